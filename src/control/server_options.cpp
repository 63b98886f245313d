#include "steward/control/server_options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "steward/base/address.hpp"
#include "steward/base/nearest.hpp"
#include "steward/base/text.hpp"

namespace steward::control {
namespace {

// Source: HAProxy's management.txt, "add server", and "add server help" of 3.2. Not among them is
// what reads a file that is chosen by the caller for something else than TLS, or runs anything.
constexpr std::array<std::string_view, 17> kFlags{"check",
                                                  "check-ssl",
                                                  "check-send-proxy",
                                                  "agent-check",
                                                  "backup",
                                                  "ssl",
                                                  "send-proxy",
                                                  "send-proxy-v2",
                                                  "send-proxy-v2-ssl",
                                                  "send-proxy-v2-ssl-cn",
                                                  "tfo",
                                                  "allow-0rtt",
                                                  "no-ssl-reuse",
                                                  "no-sslv3",
                                                  "no-tlsv10",
                                                  "no-tlsv11",
                                                  "no-check-sni-auto"};
constexpr std::array<std::string_view, 45> kValued{"inter",
                                                   "fastinter",
                                                   "downinter",
                                                   "rise",
                                                   "fall",
                                                   "port",
                                                   "addr",
                                                   "weight",
                                                   "maxconn",
                                                   "minconn",
                                                   "maxqueue",
                                                   "slowstart",
                                                   "cookie",
                                                   "proto",
                                                   "check-proto",
                                                   "check-alpn",
                                                   "check-sni",
                                                   "verify",
                                                   "verifyhost",
                                                   "ca-file",
                                                   "crt",
                                                   "crl-file",
                                                   "sni",
                                                   "alpn",
                                                   "ciphers",
                                                   "ciphersuites",
                                                   "ssl-min-ver",
                                                   "ssl-max-ver",
                                                   "on-error",
                                                   "on-marked-down",
                                                   "on-marked-up",
                                                   "observe",
                                                   "error-limit",
                                                   "pool-max-conn",
                                                   "pool-low-conn",
                                                   "max-reuse",
                                                   "pool-purge-delay",
                                                   "agent-addr",
                                                   "agent-port",
                                                   "agent-inter",
                                                   "tcp-ut",
                                                   "ws",
                                                   "init-state",
                                                   "id",
                                                   "track"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool one_word(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-.:/,@%+=").find(c) != std::string_view::npos;
  });
}

Result<void> check_option(const std::string& keyword, const std::string& value) {
  if (has(kFlags, keyword)) {
    if (value.empty() || value == "true" || value == "false") return {};
    return fail(ErrorCode::invalid, "option {}: it takes no value", keyword);
  }
  if (has(kValued, keyword)) {
    if (one_word(value)) return {};
    return fail(ErrorCode::invalid, "option {}: '{}' is not one word", keyword,
                printable(value, 80));
  }
  std::vector<std::string> known(kFlags.begin(), kFlags.end());
  known.insert(known.end(), kValued.begin(), kValued.end());
  return fail(ErrorCode::invalid, "option '{}' is not one that a server can be added with; {}",
              printable(keyword, 80), suggestion(keyword, known));
}

void set(ServerOptions& options, const std::string& keyword, std::string value) {
  const auto found = std::ranges::find(options, keyword, &ServerOptions::value_type::first);
  if (found == options.end()) {
    options.emplace_back(keyword, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

ServerOptions options_of(const stats::ServerState& sibling, const ServerFacts& facts) {
  ServerOptions options;
  const auto number = [&](const char* keyword, std::uint32_t value) {
    if (value > 0) options.emplace_back(keyword, std::to_string(value));
  };
  if ((sibling.check_state & stats::check_configured) != 0) {
    options.emplace_back("check", "");
    number("rise", facts.check_rise);
    number("fall", facts.check_fall);
    number("port", sibling.check_port);
  }
  options.emplace_back("weight", std::to_string(sibling.initial_weight));  // HAProxy's own is 1
  number("maxconn", facts.maxconn);
  if (sibling.use_ssl != 0) options.emplace_back("ssl", "");
  if (facts.backup) options.emplace_back("backup", "");
  return options;
}

// As HAProxy writes it: "0:0::1" is "::1". Nothing, if it is no address.
std::optional<std::string> written(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, host.c_str(), address.data()) != 1) continue;
    return inet_ntop(family, address.data(), text.data(), text.size());
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> parse_server_address(std::string_view text) {
  const auto parsed = parse_listen_address(text);
  if (!parsed || parsed->host.empty() || parsed->port == 0) {
    return fail(ErrorCode::invalid,
                "'{}' is not an address and a port: 10.0.0.9:8080 or [::1]:8080",
                printable(text, 80));
  }
  const auto host = written(parsed->host);
  if (!host) {
    return fail(ErrorCode::invalid,
                "'{}' is a name; HAProxy does not resolve those of servers added at runtime: give "
                "its address",
                printable(parsed->host, 80));
  }
  return to_string(TcpAddress{*host, parsed->port});
}

Result<std::string> server_options(const ServerOptions& named, const stats::ServerState* sibling,
                                   const ServerFacts& facts) {
  ServerOptions options;
  if (sibling != nullptr) options = options_of(*sibling, facts);
  const bool inherits_tls = sibling != nullptr && sibling->use_ssl != 0;
  for (const auto& [keyword, value] : named) {
    if (auto good = check_option(keyword, value); !good) return tl::unexpected(good.error());
    set(options, keyword, value);
  }
  const auto given = [&](std::string_view keyword) {
    return std::ranges::find(named, keyword, &ServerOptions::value_type::first) != named.end();
  };
  if (inherits_tls && !given("ssl") && !given("verify")) {
    return fail(ErrorCode::invalid,
                "{} is reached by TLS, and HAProxy does not tell how it is verified: name the "
                "option verify (required, with ca-file; or none), or ssl",
                sibling->name);
  }
  std::string text;
  for (const auto& [keyword, value] : options) {
    if (value == "false") continue;
    text += (text.empty() ? "" : " ") + keyword;
    if (has(kValued, keyword)) text += " " + value;
  }
  return text;
}

}  // namespace steward::control
