#include "steward/config/control_load.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <sstream>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/config/load.hpp"

using namespace steward;
using namespace steward::config;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using control::Setting;

namespace {

Control control_of(const std::string& text) {
  auto config = parse(text, "/etc/steward/s.yml");
  if (!config) throw std::runtime_error(config.error().front());
  return config->control;
}

// All problems, one a line.
std::string control_problems(const std::string& text) {
  const auto config = parse(text, "s.yml");
  std::string all;
  for (const auto& each : config ? validate_control(config->control) : config.error()) {
    all += each + "\n";
  }
  return all;
}

const std::string kPrincipal =
    "principals:\n  - name: am\n    role: operator\n    token_files: [token]\n";
const std::string kRule =
    "rules:\n  - name: r\n    match: ['a=\"b\"']\n    set: {state: drain}\n"
    "    target: {address: {source_labels: [instance]}}\n";

}  // namespace

TEST_CASE("the example has every key, and is right") {
  std::ifstream file(STEWARD_FIXTURES "/../../examples/steward.yml");
  std::stringstream text;
  text << file.rdbuf();
  const Control control = control_of(text.str());
  CHECK(validate_control(control).empty());
  REQUIRE(control.rules.size() == 2);
  CHECK(control.rules[0].set == control::Value{Setting::state, control::kDrain});
  CHECK(control.rules[0].lease == 2h);
  CHECK(control.rules[1].mode == control::Mode::shadow);
  CHECK(control.principals[0].principal.backends == std::vector<std::string>{"web*", "api"});
  CHECK(control.limits.backends.at("web").min_available_count == 3);
  CHECK(control.limits.backends.at("web").min_available_percent == 50);
  CHECK(control.limits.backends.at("web").min_wanted_count == 4);
  // What the example says to be the default, is.
  Control defaults;
  control::Limits limits = control.limits;
  limits.backends.clear();
  CHECK(limits == defaults.limits);
  CHECK(control.storage == defaults.storage);
  CHECK(control.listener == defaults.listener);
  CHECK(control.manual_lease == defaults.manual_lease);
  CHECK(control.hold_directory == "/run/haproxy-steward");
  CHECK(control.state_files == defaults.state_files);
}

TEST_CASE("nothing said is nothing to control") {
  CHECK(control_of("instances: [{socket: /s}]") == Control{});
  CHECK(validate_control(Control{}).empty());
}

TEST_CASE("files are taken from the folder of the configuration") {
  const Control control = control_of(kPrincipal);
  CHECK(control.principals[0].credentials.token_files[0] == "/etc/steward/token");
}

TEST_CASE("hold files go to the folder that is named, or to systemd's, or nowhere") {
  const auto folder = [](const std::string& said, std::string_view runtime_directory) {
    return hold_directory_of(control_of("control: {" + said + "}"), runtime_directory);
  };
  CHECK(folder("hold_directory: /run/h", "/run/steward") == "/run/h");
  CHECK(folder("hold_directory: h", "") == "/etc/steward/h");
  CHECK(folder("", "/run/steward") == "/run/steward");
  CHECK(folder("", "/run/steward:/run/more") == "/run/steward");
  CHECK(folder("", "").empty());
  CHECK(folder("hold_directory: none", "/run/steward").empty());
  CHECK(control_of("control: {state_files: true}").state_files);
  CHECK(control_problems("control: {hold_directory: ''}").find("it is empty") != std::string::npos);
}

TEST_CASE("limits of a backend are laid over the common ones, wherever those stand") {
  const Control control = control_of(
      "guards:\n  backends:\n    - name: web\n      min_available: {percent: 75}\n"
      "  min_available: {count: 4}\n  rate: {count: 1, window: 2m}\n");
  const auto& web = control.limits.of("web");
  CHECK(web.min_available_count == 4);
  CHECK(web.min_available_percent == 75);
  CHECK(web.rate_window == 2min);
  CHECK(control.limits.of("api").min_available_percent == 50);
}

TEST_CASE("every problem of a rule is told at its place") {
  const std::string all = control_problems(
      "rules:\n"
      "  - name: 'a b'\n"
      "    match: []\n"
      "    target: {backend: {source_labels: [x]}}\n"
      "    set: {state: ready}\n"
      "    for: 1ms\n"
      "    mode: maybe\n"
      "  - name: two\n"
      "    match: ['a=~(']\n"
      "    target: {address: {source_labels: [x], replacement: '$7'}}\n"
      "    set: {state: drain, weight: 0}\n"
      "    sett: 1\n");
  CAPTURE(all);
  for (const char* part : {"s.yml:2:", "match: an empty list", "target: it needs an address",
                           "would undo", "a lease is from 1s", "'maybe' is not one of",
                           "s.yml:9:", "group '7'", "set: it has one of", "did you mean 'set'"}) {
    CHECK_THAT(all, ContainsSubstring(part));
  }
}

TEST_CASE("a principal without credentials, or with a bad one, is refused") {
  CHECK_THAT(control_problems("principals: [{name: a, role: viewer}]"),
             ContainsSubstring("no way to prove"));
  CHECK_THAT(control_problems("principals: [{name: a, role: root, token_files: [x]}]"),
             ContainsSubstring("'root' is not a role"));
  const std::string secret = "hunter2hunter2";
  const auto token =
      control_problems("principals: [{name: a, role: viewer, token_sha256: [" + secret + "]}]");
  CHECK_THAT(token, ContainsSubstring("hash-token"));
  CHECK_THAT(token, !ContainsSubstring(secret));
  CHECK_THAT(control_problems("principals: [{name: a, role: viewer, password_bcrypt: md5}]"),
             ContainsSubstring("bcrypt"));
  CHECK_THAT(
      control_problems(kPrincipal + "  - name: am\n    role: viewer\n    token_files: [x]\n"),
      ContainsSubstring("another principal"));
}

TEST_CASE("what only the whole can break") {
  CHECK_THAT(control_problems(kRule), ContainsSubstring("no principals"));
  CHECK(control_problems(kPrincipal + kRule).empty());
  CHECK_THAT(control_problems(kPrincipal + "control: {listen_addresses: [':9180']}"),
             ContainsSubstring("insecure: true"));
  CHECK(control_problems(kPrincipal + "control: {listen_addresses: [':9180'], insecure: true}")
            .empty());
  CHECK(control_problems(kPrincipal + "control: {listen_addresses: ['unix:/run/c.sock']}").empty());
  CHECK_THAT(control_problems("principals: [{name: a, role: viewer, certificate_sans: [x]}]"),
             ContainsSubstring("verifies client certificates"));
}

TEST_CASE("so many secrets of signatures, and no more") {
  const auto with_secrets = [](std::size_t count) {
    std::string text = "principals:\n";
    for (std::size_t i = 0; i < count; ++i) {
      text += fmt::format("  - {{name: p{}, role: viewer, hmac_secret_files: [s{}]}}\n", i, i);
    }
    return control_problems(text);
  };
  CHECK(with_secrets(limits::kHmacSecrets).empty());
  CHECK_THAT(with_secrets(limits::kHmacSecrets + 1),
             ContainsSubstring("33 hmac_secret_files in all; at most 32"));
}

TEST_CASE("sizes, modes and times out of range are refused") {
  CHECK(control_of("storage: {size: 512MiB}").storage.bytes == 512U << 20U);
  CHECK(control_of("storage: {size: 0}").storage.bytes == 0);
  CHECK(!control_problems("storage: {size: 1GB}").empty());
  CHECK(!control_problems("storage: {retention: 1s}").empty());
  CHECK(control_of("control: {socket_mode: '0600'}").listener.socket_mode == 0600);
  CHECK(!control_problems("control: {socket_mode: '0999'}").empty());
  CHECK(!control_problems("control: {tick: 1ms}").empty());
  CHECK(!control_problems("control: {attempts: 0}").empty());
  CHECK(!control_problems("guards: {min_available: {percent: 101}}").empty());
}
