#include "steward/cli/client.hpp"

#include <fmt/format.h>

#include <cctype>
#include <iterator>

#include "steward/cli/cli.hpp"

namespace steward::cli {
namespace {

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    }
  }
  return out;
}

constexpr std::string_view kWhoAreYou =
    "the daemon does not know us: no token, or not one of its own; it is read from --token-file, "
    "STEWARD_TOKEN_FILE or STEWARD_TOKEN";

Failure failure_of_status(const Reply& reply) {
  if (reply.status == 401) return {failed, std::string(kWhoAreYou)};
  std::string detail = text_at(reply.body, "detail");
  if (detail.empty()) {
    detail = fmt::format(
        "the daemon answered {}, and not as a steward does: is its control "
        "listener at --url?",
        reply.status);
  }
  const std::string code = text_at(reply.body, "code");
  const bool is_refused = reply.status == 403 || reply.status == 409;
  const std::string kind = is_refused && !code.empty() ? fmt::format("refused ({}): ", code) : "";
  return {is_refused ? refused : failed, kind + detail};
}

}  // namespace

std::string api_path(std::initializer_list<std::string_view> parts) {
  std::string path = "/api/v1";
  for (const auto part : parts) path += "/" + encoded(part);
  return path;
}

std::string with_query(
    std::string path,
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  char before = '?';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    path += before + std::string(name) + "=" + encoded(value);
    before = '&';
  }
  return path;
}

Failure failure_of(const Error& error) {
  return {error.code == ErrorCode::timed_out ? timed_out : failed, error.message};
}

Done<Json> body_of(Result<Reply> reply) {
  if (!reply) return tl::unexpected(failure_of(reply.error()));
  const bool good = reply->status >= 200 && reply->status < 300;
  if (!good) return tl::unexpected(failure_of_status(*reply));
  if (reply->body.is_object()) return std::move(reply->body);
  return tl::unexpected(Failure{failed, "the daemon's answer is not what a steward says"});
}

std::string text_at(const Json& object, std::string_view key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->dump(-1, ' ', true, Json::error_handler_t::replace);
}

const Json& list_at(const Json& object, std::string_view key) {
  static const Json none = Json::array();
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

std::string pretty(const Json& json) {
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace steward::cli
