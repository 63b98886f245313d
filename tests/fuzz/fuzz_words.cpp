// The small texts that files, flags, bodies and queries are full of: durations, times, addresses,
// URLs, names, values, options. The first byte chooses which. What is taken is written back in
// words that mean the same; what is refused has a reason of one line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.hpp"
#include "steward/base/address.hpp"
#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/base/time.hpp"
#include "steward/cli/http_client.hpp"
#include "steward/cli/verb_requests.hpp"
#include "steward/control/principal.hpp"
#include "steward/control/server_options.hpp"
#include "steward/control/server_ref.hpp"

using namespace steward;
using steward::fuzz::require;

namespace {

// Whether it was taken.
template <class T>
bool taken(const Result<T>& result) {
  if (result) return true;
  const std::string& why = result.error().message;
  require(!why.empty() && why.find_first_of(std::string_view("\r\n\0", 3)) == why.npos);
  require(to_utf8(why) == why);
  return false;
}

void check_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!taken(duration)) return;
  require(duration->count() >= 0 && *duration <= limits::kDurationMax);
  require(parse_duration(format_duration(*duration)) == *duration);
}

void check_time(std::string_view text) {
  const auto time = parse_time(text);
  if (taken(time)) require(parse_time(format_time(*time)) == *time);
}

void check_addresses(std::string_view text) {
  const auto address = parse_address(text);
  if (taken(address)) require(parse_address(to_string(*address)) == *address);
  const auto listen = parse_listen_address(text);
  if (taken(listen)) require(parse_listen_address(to_string(*listen)) == *listen);
}

void check_url(std::string_view text) {
  const auto url = cli::parse_url(text);
  if (!taken(url)) return;
  require(cli::parse_url(cli::to_string(*url)) == *url);
  require(!url->unix_path.empty() || (url->port > 0 && !url->host.empty()));
}

// What becomes a part of a command is one word.
void check_server(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    return word.find_first_of(std::string_view(" ;\r\n\\#<\0", 8)) == word.npos;
  };
  const auto address = control::parse_server_address(text);
  if (taken(address)) {
    require(is_word(*address) && control::parse_server_address(*address) == *address);
  }
  if (control::valid_haproxy_name(text)) require(is_word(text) && !text.empty());
  const auto equals = std::min(text.find('='), text.size());
  const auto options =
      control::server_options({{std::string(text.substr(0, equals)),
                                std::string(text.substr(std::min(equals + 1, text.size())))}},
                              nullptr, {});
  if (taken(options)) require(options->find_first_of(";\r\n\\#<") == options->npos);
}

void check_text(std::string_view text) {
  const std::string clean = to_utf8(text);
  require(to_utf8(clean) == clean);
  for (const char c : printable(text)) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  (void)control::glob_match(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  (void)taken(cli::parse_server_name(text));
  require(!valid_instance_name(text) || text.size() <= 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr void (*kChecks[])(std::string_view) = {check_duration, check_time,   check_addresses,
                                                   check_url,      check_server, check_text};
  kChecks[data[0] % std::size(kChecks)](text);
  return 0;
}
