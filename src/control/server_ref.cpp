#include "steward/control/server_ref.hpp"

#include "steward/base/text.hpp"

namespace steward::control {
namespace {

constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:.-";
constexpr std::size_t kNameBytes = 255;

}  // namespace

bool valid_haproxy_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

Result<ServerRef> parse_server_ref(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() == 2 && valid_haproxy_name(parts[0]) && valid_haproxy_name(parts[1])) {
    return ServerRef{{}, std::string(parts[0]), std::string(parts[1])};
  }
  return fail(ErrorCode::invalid,
              "'{}' is not a server: write backend/server, as in web/web1; names have letters, "
              "digits and _ : . -",
              printable(text));
}

std::string to_string(const ServerRef& ref) {
  return ref.instance.empty() ? fmt::format("{}/{}", ref.backend, ref.server)
                              : fmt::format("{}:{}/{}", ref.instance, ref.backend, ref.server);
}

std::size_t ServerRefHash::operator()(const ServerRef& ref) const {
  constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;
  const std::hash<std::string_view> hash;
  return (hash(ref.instance) * kOdd + hash(ref.backend)) * kOdd + hash(ref.server);
}

std::size_t ServerKeyHash::operator()(const ServerKey& key) const {
  constexpr std::size_t kOdd = 0x9E3779B97F4A7C15U;
  const std::hash<std::string_view> hash;
  return hash(key.backend) * kOdd + hash(key.server);
}

}  // namespace steward::control
