#include "steward/http/credentials.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>
#include <vector>

#include "http/support.hpp"

using namespace steward;
using namespace steward::http;
using test::bcrypt;

TEST_CASE("basic authentication is read strictly") {
  const auto login = parse_basic("Basic YWxpY2U6czpjcmV0");
  REQUIRE(login);
  CHECK(login->user == "alice");
  CHECK(login->password == "s:cret");  // the first colon splits
  CHECK(parse_basic("basic YWxpY2U6czpjcmV0"));
  CHECK(parse_basic("BASIC  YWxpY2U6czpjcmV0 "));
  CHECK(parse_basic("Basic Og==")->user.empty());
}

TEST_CASE("what is not basic authentication is nobody") {
  for (const char* header :
       {"", "Basic", "Basic ", "Bearer YWxpY2U6czpjcmV0", "Basic YWxpY2U",
        "Basic YWxpY2U=", "Basic YW=xpY2U6", "Basic YWxpY2U6cw=!", "Basic ====", "Basic YWxp Y2U6",
        "Basic YWxpY2U6AAAA" /* NUL */, "BasicYWxpY2U6czpjcmV0", "Basic YWxpY2U_czpjcmV0"}) {
    INFO(header);
    CHECK_FALSE(parse_basic(header));
  }
  CHECK_FALSE(parse_basic("Basic " + std::string(100'000, 'A')));
}

TEST_CASE("credentials at the limit are read, past it not") {
  // 'OjEx' is ":11", 'MTEx' is "111".
  std::string text = "Basic OjEx";
  while ((text.size() - 6) / 4 * 3 < limits::kCredentialsBytes - 3) text += "MTEx";
  CHECK(parse_basic(text));
  CHECK_FALSE(parse_basic(text + "MTExMTEx"));
}

TEST_CASE("the right password enters, everything else does not") {
  const config::WebUsers users{{"alice", bcrypt("secret")}, {"bob", bcrypt("other", "$2b$")}};
  PasswordChecker checker;
  for (int round = 0; round < 2; ++round) {  // computed, then remembered
    CHECK(checker.check(users, {"alice", "secret"}) == Verdict::granted);
    CHECK(checker.check(users, {"bob", "other"}) == Verdict::granted);
    CHECK(checker.check(users, {"alice", "other"}) == Verdict::denied);
    CHECK(checker.check(users, {"alice", ""}) == Verdict::denied);
    CHECK(checker.check(users, {"", ""}) == Verdict::denied);
    CHECK(checker.check(users, {"mallory", "secret"}) == Verdict::denied);
    CHECK(checker.check(users, {"Alice", "secret"}) == Verdict::denied);
  }
  CHECK(checker.check({}, {"alice", "secret"}) == Verdict::denied);
}

TEST_CASE("hashes of other tools are understood") {
  PasswordChecker checker;
  const config::WebUsers users{
      {"crypt_blowfish", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
      {"htpasswd", "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"}};
  CHECK(checker.check(users, {"crypt_blowfish", "U*U"}) == Verdict::granted);
  CHECK(checker.check(users, {"htpasswd", "fakepassword"}) == Verdict::granted);
  CHECK(checker.check(users, {"htpasswd", "fakepassword "}) == Verdict::denied);
}

TEST_CASE("the hash that stands in for an unknown user opens nothing") {
  // The stand-in is the first user's: its password must not let a stranger in, cached or not.
  const config::WebUsers users{{"alice", bcrypt("secret")}};
  PasswordChecker checker;
  CHECK(checker.check(users, {"mallory", "secret"}) == Verdict::denied);
  CHECK(checker.check(users, {"alice", "secret"}) == Verdict::granted);
  CHECK(checker.check(users, {"mallory", "secret"}) == Verdict::denied);
}

TEST_CASE("parts of the cache key do not run into each other") {
  // CVE-2022-46146: "user" + "hash" + "password" joined without lengths could be shifted.
  const std::string hash = bcrypt("secret");
  PasswordChecker checker;
  CHECK(checker.check({{"ab", hash}}, {"ab", "secret"}) == Verdict::granted);
  CHECK(checker.check({{"a", hash}}, {"a", "bsecret"}) == Verdict::denied);
  CHECK(checker.check({{"ab" + hash, hash}}, {"ab" + hash, ""}) == Verdict::denied);
}

TEST_CASE("a changed hash makes the old password worthless at once") {
  PasswordChecker checker;
  CHECK(checker.check({{"alice", bcrypt("old")}}, {"alice", "old"}) == Verdict::granted);
  CHECK(checker.check({{"alice", bcrypt("new")}}, {"alice", "old"}) == Verdict::denied);
  CHECK(checker.check({{"alice", bcrypt("new")}}, {"alice", "new"}) == Verdict::granted);
}

TEST_CASE("passwords of any length are checked, by their first 72 bytes") {
  const std::string password(72, 'p');
  const config::WebUsers users{{"alice", bcrypt(password)}};
  PasswordChecker checker;
  CHECK(checker.check(users, {"alice", password}) == Verdict::granted);
  CHECK(checker.check(users, {"alice", password + "ignored"}) == Verdict::granted);
  CHECK(checker.check(users, {"alice", password + std::string(900, 'x')}) == Verdict::granted);
  CHECK(checker.check(users, {"alice", password.substr(1)}) == Verdict::denied);
}

TEST_CASE("guesses without end neither fill the memory nor push out who may enter") {
  const config::WebUsers users{{"alice", bcrypt("secret")}};
  PasswordChecker checker;
  CHECK(checker.check(users, {"alice", "secret"}) == Verdict::granted);
  for (std::size_t i = 0; i < limits::kPasswordVerdictsCached + 20; ++i) {
    CHECK(checker.check(users, {"alice", std::to_string(i)}) == Verdict::denied);
  }
  CHECK(checker.check(users, {"alice", "secret"}) == Verdict::granted);
}

TEST_CASE("a remembered verdict costs no bcrypt") {
  const config::WebUsers users{
      {"htpasswd", "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"}};
  PasswordChecker checker;
  const auto timed = [&](const char* password) {
    const auto begin = std::chrono::steady_clock::now();
    (void)checker.check(users, {"htpasswd", password});
    return std::chrono::steady_clock::now() - begin;
  };
  for (const char* password : {"fakepassword", "wrong"}) {
    const auto first = timed(password);
    CHECK(timed(password) < first / 5);
  }
}

TEST_CASE("many at once agree, and those who would wait too long are told so") {
  const config::WebUsers users{
      {"htpasswd", "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"}};
  PasswordChecker checker;
  std::atomic<int> granted{0};
  std::atomic<int> busy{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < limits::kPasswordChecksWaiting * 2; ++i) {
      threads.emplace_back([&] {
        const Verdict verdict = checker.check(users, {"htpasswd", "fakepassword"});
        if (verdict == Verdict::granted) ++granted;
        if (verdict == Verdict::busy) ++busy;
      });
    }
  }
  CHECK(granted > 0);
  CHECK(granted + busy == static_cast<int>(limits::kPasswordChecksWaiting * 2));
  CHECK(checker.check(users, {"htpasswd", "fakepassword"}) == Verdict::granted);
}
