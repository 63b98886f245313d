#include "steward/config/control_load.hpp"

#include <crypt.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "steward/base/duration.hpp"
#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/files.hpp"
#include "steward/config/guards_load.hpp"
#include "steward/config/rules_load.hpp"

namespace steward::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

Result<ListenAddress> parse_control_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (!text.starts_with(kUnix) && !text.starts_with('/')) {
    return parse_listen_address(text).map([](TcpAddress a) { return ListenAddress(std::move(a)); });
  }
  return parse_address(text).map(
      [](Address a) { return ListenAddress(std::get<UnixAddress>(std::move(a))); });
}

Result<std::uint32_t> parse_mode(std::string_view text) {
  std::uint32_t mode = 0;
  const bool octal = (text.size() == 3 || text.size() == 4) &&
                     text.find_first_not_of("01234567") == std::string_view::npos;
  for (const char digit : octal ? text : std::string_view()) {
    mode = mode * 8 + static_cast<std::uint32_t>(digit - '0');
  }
  if (octal && mode <= 0777) return mode;
  return fail(ErrorCode::invalid, "'{}' is not a file mode; write it as \"0660\"", printable(text));
}

// A duration between two others.
auto duration_from(milliseconds least, milliseconds most) {
  return [least, most](std::string_view text) {
    return parse_duration(text).and_then([&](milliseconds d) -> Result<milliseconds> {
      if (d >= least && d <= most) return d;
      return fail(ErrorCode::invalid, "it is from {} to {}, not {}", format_duration(least),
                  format_duration(most), format_duration(d));
    });
  };
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 3> kUnits{
      {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
  if (text == "0") return std::uint64_t{0};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_number<std::uint32_t>(text.substr(0, text.size() - unit.size()));
    if (number) return std::uint64_t{*number} << shift;
  }
  return fail(ErrorCode::invalid, "'{}' is not a size; write it as 512MiB or 1GiB",
              printable(text));
}

Result<std::string> parse_principal_name(std::string_view text) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-";
  if (!text.empty() && text.size() <= 64 &&
      text.find_first_not_of(kLetters) == std::string_view::npos) {
    return std::string(text);
  }
  return fail(ErrorCode::invalid,
              "'{}' is not a principal's name; use 1 to 64 letters, digits and _ . @ -",
              printable(text));
}

Result<std::string> parse_sha256(std::string_view text) {
  if (text.size() == 64 &&
      text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos) {
    return std::string(text);
  }
  // The text may be the token itself: it is not repeated.
  return fail(ErrorCode::invalid,
              "it is not a SHA-256 in 64 hexadecimal digits; `haproxy-steward hash-token` makes "
              "one of a token");
}

Result<std::string> parse_bcrypt(std::string_view text) {
  const std::string hash(text);
  const bool bcrypt =
      text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
  if (bcrypt && text.size() == 60 && crypt_checksalt(hash.c_str()) == CRYPT_SALT_OK) return hash;
  return fail(ErrorCode::invalid, "it is not a bcrypt hash, as `htpasswd -nB` makes");
}

Result<std::string> parse_text(std::string_view text) {
  if (!text.empty()) return std::string(text);
  return fail(ErrorCode::invalid, "it is empty");
}

// A path, from the folder of the configuration file.
auto path_beside(const std::string& file_name) {
  return [&file_name](std::string_view text) {
    return parse_text(text).map([&](const std::string& path) { return beside(file_name, path); });
  };
}

Result<std::uint16_t> parse_percent(std::string_view text) {
  const auto value = control::parse_value(control::Setting::weight, text);
  if (value && value->percent && value->level > 0) return value->level;
  return fail(ErrorCode::invalid, "'{}' is not a percentage from 1% to 100%", printable(text));
}

// Where hold files go; "none" is empty.
auto hold_directory_beside(const std::string& file_name) {
  return [&file_name](std::string_view text) -> Result<std::optional<std::string>> {
    if (text == "none") return std::optional<std::string>("");
    return path_beside(file_name)(text);
  };
}

void read_ramp(Section& section, control::ReturnRamp& ramp) {
  section.require("from");
  section.read("from", ramp.from, parse_percent);
  section.require("over");
  section.read("over", ramp.over, duration_from(1s, 24h));
}

void read_listener(Section& section, Control& control, const std::string& file_name) {
  ControlListener& listener = control.listener;
  section.read_list("listen_addresses", listener.listen, parse_control_address,
                    limits::kListenAddresses);
  section.read("config_file", listener.web_config_file, path_beside(file_name));
  section.read("insecure", listener.insecure);
  section.read("socket_mode", listener.socket_mode, parse_mode);
  section.read("shadow", control.shadow);
  section.read("pause_file", control.pause_file, path_beside(file_name));
  section.read("hold_directory", control.hold_directory, hold_directory_beside(file_name));
  section.read("state_files", control.state_files);
  section.read("manual_lease", control.manual_lease);
  section.read("tick", control.tick, duration_from(100ms, 1min));
  section.read("transaction_timeout", control.transaction_timeout, duration_from(100ms, 1min));
  section.read("attempts", control.attempts, 1, 100);
  section.section("return_ramp", control.return_ramp, read_ramp);
}

void read_storage(Section& section, Storage& storage, const std::string& file_name) {
  section.read("path", storage.path, path_beside(file_name));
  section.read("retention", storage.retention, duration_from(1h, limits::kDurationMax));
  section.read("size", storage.bytes, parse_size);
  section.read("tombstones", storage.tombstones, duration_from(1min, limits::kDurationMax));
  section.read_list("abandon", storage.abandon, parse_text, limits::kListItems);
}

void read_credentials(Section& section, Credentials& into, const std::string& file_name) {
  constexpr std::size_t kTwo = 2;  // the old one and the new one, while one replaces the other
  section.read_list("token_sha256", into.token_sha256, parse_sha256, kTwo);
  section.read_list("token_files", into.token_files, path_beside(file_name), kTwo);
  section.read("password_bcrypt", into.password_bcrypt, parse_bcrypt);
  section.read_list("certificate_sans", into.certificate_sans, parse_text, limits::kListItems);
  section.read_list("hmac_secret_files", into.hmac_secret_files, path_beside(file_name), kTwo);
  if (into == Credentials{}) {
    section.problem("name",
                    "it has no way to prove who it is: give it token_sha256, token_files, "
                    "password_bcrypt, certificate_sans or hmac_secret_files");
  }
}

void read_principal(Section& section, PrincipalConfig& config, std::set<std::string>& names,
                    const std::string& file_name) {
  control::Principal& principal = config.principal;
  section.require("name");
  section.read("name", principal.name, [&](std::string_view text) {
    return parse_principal_name(text).and_then([&](std::string name) -> Result<std::string> {
      if (names.insert(name).second) return name;
      return fail(ErrorCode::invalid, "another principal is called '{}'", name);
    });
  });
  section.require("role");
  section.read("role", principal.role, control::parse_role);
  section.read_list("backends", principal.backends, parse_text, limits::kListItems);
  section.read_list("actions", principal.actions, control::parse_action, limits::kListItems);
  read_credentials(section, config.credentials, file_name);
}

bool is_loopback(const ListenAddress& address) {
  const auto* tcp = std::get_if<TcpAddress>(&address);
  return tcp == nullptr || tcp->host == "localhost" || tcp->host == "::1" ||
         tcp->host.starts_with("127.");
}

}  // namespace

void read_control(Section& root, Control& control, const std::string& file_name) {
  root.section("control", control,
               [&](Section& section, Control& into) { read_listener(section, into, file_name); });
  root.section("storage", control.storage,
               [&](Section& section, Storage& into) { read_storage(section, into, file_name); });
  std::set<std::string> names;
  root.sections(
      "principals", control.principals,
      [&](Section& section, PrincipalConfig& into) {
        read_principal(section, into, names, file_name);
      },
      limits::kPrincipals);
  read_rules(root, control.rules);
  read_guards(root, control.limits);
}

// systemd names several folders as "/run/a:/run/b".
std::string hold_directory_of(const Control& control, std::string_view runtime_directory) {
  return control.hold_directory.value_or(
      std::string(runtime_directory.substr(0, runtime_directory.find(':'))));
}

bool needs_tls(const ControlListener& listener, const ListenAddress& address) {
  return !is_loopback(address) && !listener.insecure;
}

std::vector<std::string> validate_control(const Control& control) {
  std::vector<std::string> problems;
  const ControlListener& listener = control.listener;
  if (control.principals.empty()) {
    if (!control.rules.empty()) {
      problems.emplace_back("rules: nobody can send alerts, for no principals are configured");
    }
    return problems;
  }
  if (listener.listen.empty()) {
    problems.emplace_back("control.listen_addresses: none is given; the default is 127.0.0.1:9180");
  }
  const bool open = std::ranges::any_of(
      listener.listen, [&](const auto& each) { return needs_tls(listener, each); });
  if (open && listener.web_config_file.empty()) {
    problems.emplace_back(
        "control.listen_addresses: beyond loopback, whoever listens in learns the credentials: "
        "configure TLS (control.config_file), or write insecure: true");
  }
  std::size_t secrets = 0;
  for (const auto& each : control.principals) secrets += each.credentials.hmac_secret_files.size();
  if (secrets > limits::kHmacSecrets) {
    problems.push_back(
        fmt::format("principals: {} hmac_secret_files in all; at most {} can be, for each is tried "
                    "on every signed request",
                    secrets, limits::kHmacSecrets));
  }
  const bool certificates = std::ranges::any_of(control.principals, [](const auto& each) {
    return !each.credentials.certificate_sans.empty();
  });
  if (certificates && listener.web_config_file.empty()) {
    problems.emplace_back(
        "principals: certificate_sans need TLS that verifies client certificates "
        "(control.config_file)");
  }
  return problems;
}

}  // namespace steward::config
