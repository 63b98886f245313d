#include "steward/cli/connect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/cli/http_client.hpp"
#include "steward/cli/local_client.hpp"
#include "steward/cli/shell.hpp"
#include "steward/config/files.hpp"
#include "steward/config/yaml.hpp"

namespace steward::cli {
namespace {

// A header is made of it.
Result<std::string> checked_token(std::string text, std::string_view where) {
  text = trim(text);
  const bool plain =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (plain && !text.empty() && text.size() <= limits::kSecretBytes) return text;
  return fail(ErrorCode::invalid, "{}: no token; it is one line of printable letters", where);
}

Result<std::string> token_of(const ConnectionOptions& options) {
  if (options.token_file.empty()) {
    if (options.token.empty()) return std::string();
    return checked_token(options.token, "STEWARD_TOKEN");
  }
  auto text = config::read_file(options.token_file, limits::kSecretBytes);
  if (!text) return tl::unexpected(text.error());
  return checked_token(*std::move(text), options.token_file);
}

Result<void> read_socket(const Typed& flag, ConnectionOptions& options) {
  if (!flag) return {};
  auto instance = parse_socket_flag(*flag);
  if (!instance) return fail_within("--socket", instance.error());
  options.socket = instance->socket;
  return {};
}

Result<void> read_timeout(const Typed& flag, ConnectionOptions& options) {
  if (!flag) return {};
  const auto timeout = parse_duration(*flag);
  if (!timeout) return fail_within("--timeout", timeout.error());
  if (timeout->count() == 0) return fail(ErrorCode::invalid, "--timeout: it cannot be 0");
  options.timeout = *timeout;
  return {};
}

Result<void> read_output(const Typed& flag, ConnectionOptions& options) {
  if (!flag) return {};
  const auto output =
      config::one_of<Output>({{"table", Output::table}, {"json", Output::json}})(*flag);
  if (!output) return fail_within("--output", output.error());
  options.output = *output;
  return {};
}

Result<void> read_url(const ConnectionFlags& flags, const Environment& environment,
                      ConnectionOptions& options) {
  const Typed& url = flags.url ? flags.url : environment.url;
  if (flags.socket && flags.url) {
    return fail(ErrorCode::invalid, "--socket and --url: one of them, with or without a daemon");
  }
  if (!url || url->empty()) return {};
  if (const auto parsed = parse_url(*url); !parsed) {
    return fail_within(flags.url ? "--url" : "STEWARD_URL", parsed.error());
  }
  options.url = *url;
  return {};
}

std::string typed_again(const ConnectionFlags& flags) {
  std::string out;
  const auto add = [&out](std::string_view name, const Typed& value) {
    if (value) out += fmt::format(" {} {}", name, shell_quoted(*value));
  };
  add("--url", flags.url);
  add("--token-file", flags.token_file);
  add("--cacert", flags.cacert);
  add("--socket", flags.socket);
  return out;
}

}  // namespace

Result<ConnectionOptions> options_of(const ConnectionFlags& flags, const Environment& environment) {
  ConnectionOptions options;
  for (const auto& read :
       {read_socket(flags.socket, options), read_timeout(flags.timeout, options),
        read_output(flags.output, options), read_url(flags, environment, options)}) {
    if (!read) return tl::unexpected(read.error());
  }
  options.token_file = flags.token_file.value_or(environment.token_file.value_or(""));
  options.token = environment.token.value_or("");
  options.cacert = flags.cacert.value_or("");
  options.flags = typed_again(flags);
  return options;
}

Result<std::unique_ptr<Client>> connect(const ConnectionOptions& options) {
  if (options.socket) return local_client(*options.socket, options.timeout);
  auto token = token_of(options);
  if (!token) return tl::unexpected(token.error());
  const auto url = parse_url(options.url);
  if (!url) return tl::unexpected(url.error());
  return http_client({*url, *std::move(token), options.cacert, options.timeout});
}

}  // namespace steward::cli
