#include "steward/http/web_settings.hpp"

#include <catch2/catch_test_macros.hpp>

#include "http/support.hpp"

using namespace steward;
using namespace steward::http;
using namespace steward::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Problems {
  std::vector<std::string> messages;
  ProblemHook hook() {
    return [this](const Error& error) { messages.push_back(error.message); };
  }
};

std::string users_text(const std::string& password) {
  return "basic_auth_users:\n  alice: " + bcrypt(password) + "\n";
}

}  // namespace

TEST_CASE("no file is an open, plain listener") {
  const auto source = REQUIRE_OK(WebSettingsSource::open("", {}));
  CHECK(source->current()->config == config::WebConfig{});
  CHECK(source->current()->tls == nullptr);
}

TEST_CASE("a file that cannot be used is an error at the start") {
  const TempFolder folder;
  CHECK_THAT(WebSettingsSource::open(folder.path("absent.yml"), {}).error().message,
             ContainsSubstring("absent.yml: No such file or directory"));
  const std::string broken = folder.write("web.yml", "nonsense: true\n");
  CHECK_THAT(WebSettingsSource::open(broken, {}).error().message,
             ContainsSubstring(broken + ":1:1: nonsense: unknown key"));
  const std::string no_cert =
      folder.write("tls.yml", "tls_server_config: {cert_file: absent.crt, key_file: absent.key}\n");
  CHECK_THAT(WebSettingsSource::open(no_cert, {}).error().message,
             ContainsSubstring("tls.yml: cannot use cert_file " + folder.path("absent.crt")));
}

TEST_CASE("a changed file holds from the next look on") {
  const TempFolder folder;
  const std::string file = folder.write("web.yml", users_text("one"));
  Problems problems;
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, problems.hook()));
  const auto before = source->current();
  CHECK(source->current() == before);
  folder.write("web.yml", users_text("two"));
  CHECK(source->current() != before);
  CHECK(source->current()->config.users.size() == 1);
  CHECK(problems.messages.empty());
}

TEST_CASE("a broken change is told once and the last good settings stay") {
  const TempFolder folder;
  const std::string file = folder.write("web.yml", users_text("one"));
  Problems problems;
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, problems.hook()));
  const auto good = source->current();
  folder.write("web.yml", "basic_auth_users:\n  alice: secret\n");
  for (int i = 0; i < 3; ++i) CHECK(source->current() == good);
  REQUIRE(problems.messages.size() == 1);
  CHECK_THAT(problems.messages[0],
             ContainsSubstring("the last good web config stays in use: " + file +
                               ":2:10: basic_auth_users.alice: not a bcrypt hash"));
  CHECK_THAT(problems.messages[0], !ContainsSubstring("secret"));

  std::filesystem::remove(file);
  CHECK(source->current() == good);
  CHECK(problems.messages.size() == 2);
  folder.write("web.yml", users_text("two"));
  CHECK(source->current() != good);
  CHECK(problems.messages.size() == 2);
}

TEST_CASE("certificates are watched too, and halves of a change are waited out") {
  const TempFolder folder;
  const Identity first = make_identity("first");
  const Identity second = make_identity("second");
  folder.write("s.crt", first.certificate);
  folder.write("s.key", first.key);
  const std::string file =
      folder.write("web.yml", "tls_server_config: {cert_file: s.crt, key_file: s.key}\n");
  Problems problems;
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, problems.hook()));
  const auto before = source->current()->tls;
  folder.write("s.crt", second.certificate);
  CHECK(source->current()->tls == before);  // the key does not fit yet
  CHECK(problems.messages.size() == 1);
  folder.write("s.key", second.key);
  CHECK(source->current()->tls != before);
  CHECK(problems.messages.size() == 1);
}

TEST_CASE("a file named by a broken change is watched until it comes") {
  const TempFolder folder;
  const Identity server = make_identity("server");
  folder.write("s.crt", server.certificate);
  folder.write("s.key", server.key);
  const std::string file =
      folder.write("web.yml", "tls_server_config: {cert_file: s.crt, key_file: s.key}\n");
  Problems problems;
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, problems.hook()));
  const auto before = source->current();
  folder.write("web.yml", "tls_server_config: {cert_file: new.crt, key_file: s.key}\n");
  CHECK(source->current() == before);
  folder.write("new.crt", server.certificate);
  CHECK(source->current() != before);
}

TEST_CASE("TLS is not turned off by a change of the file") {
  const TempFolder folder;
  const Identity server = make_identity("server");
  folder.write("s.crt", server.certificate);
  folder.write("s.key", server.key);
  const std::string file =
      folder.write("web.yml", "tls_server_config: {cert_file: s.crt, key_file: s.key}\n");
  Problems problems;
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, problems.hook()));
  folder.write("web.yml", users_text("one"));
  CHECK(source->current()->tls != nullptr);
  REQUIRE(problems.messages.size() == 1);
  CHECK_THAT(problems.messages[0], ContainsSubstring("without a restart"));
}

TEST_CASE("the bucket survives a change that leaves the rate alone") {
  const TempFolder folder;
  const std::string limit = "rate_limit: {interval: 1s, burst: 2}\n";
  const std::string file = folder.write("web.yml", limit);
  const auto source = REQUIRE_OK(WebSettingsSource::open(file, {}));
  const auto bucket = source->current()->bucket;
  REQUIRE(bucket);
  folder.write("web.yml", limit + users_text("one"));
  CHECK(source->current()->bucket == bucket);
  folder.write("web.yml", "rate_limit: {interval: 1s, burst: 3}\n");
  CHECK(source->current()->bucket != bucket);
}
