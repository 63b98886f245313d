#include "steward/http/authenticator.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "http/hex.hpp"
#include "http/support.hpp"
#include "steward/base/limits.hpp"
#include "steward/http/signature.hpp"

using namespace steward;
using namespace steward::http;
using namespace std::chrono_literals;

namespace {

const std::string kToken = "a-token-of-alice-0123";
const std::string kOther = "the-next-token-of-hers";
const std::string kSecret = "a-secret-of-the-pipeline";
const Authenticator::Now kNow{std::chrono::steady_clock::time_point(1h),
                              std::chrono::sys_seconds(1'800'000'000s)};

struct Roll {
  config::Control control;
  config::Secrets secrets;

  Roll() {
    add("alice", {config::token_hash(kToken), config::token_hash(kOther)}, {});
    add("pipeline", {}, {kSecret});
    add("lb", {}, {});
    control.principals[2].credentials.certificate_sans = {"lb1.example"};
    add("bob", {}, {});
    control.principals[3].credentials.password_bcrypt = test::bcrypt("secret");
  }
  void add(const std::string& name, std::vector<std::string> hashes,
           std::vector<std::string> hmac) {
    control.principals.push_back({{name, control::Role::operator_, {}, {}}, {}});
    secrets.principals.push_back({std::move(hashes), std::move(hmac)});
  }
};

Request with(Fields headers) {
  Request request;
  request.method = "POST";
  request.headers = std::move(headers);
  request.remote_address = "10.0.0.1";
  return request;
}

// The principal's name, or the code of the refusal.
std::string who(Authenticator& door, const Request& request, std::string_view body = "",
                Authenticator::Now now = kNow) {
  auto verdict = door.authenticate(request, body, now);
  if (const auto* principal = std::get_if<control::Principal>(&verdict)) return principal->name;
  return std::get<Authenticator::Refusal>(verdict).code;
}

Request signed_with(const std::string& secret, std::chrono::sys_seconds time,
                    std::string_view body) {
  return with({{"X-Steward-Timestamp", std::to_string(time.time_since_epoch().count())},
               {"X-Steward-Signature", "sha256=" + test::hex(sign(secret, time, body).value())}});
}

}  // namespace

TEST_CASE("a bearer token is its principal's, also the second while they are rotated") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  CHECK(who(door, with({{"Authorization", "Bearer " + kToken}})) == "alice");
  CHECK(who(door, with({{"authorization", "bearer " + kOther}})) == "alice");
}

TEST_CASE("whatever is not quite the token is refused") {
  for (const std::string& header :
       {"Bearer " + kToken + "x", "Bearer  " + kToken, "Bearer " + kToken + " ",
        "Bearer\t" + kToken, "Bearer " + kToken.substr(1), std::string("Bearer "),
        std::string("Bearer"), std::string(""), "Token " + kToken, kToken,
        "Bearer " + kToken + std::string(1, '\0'), "Bearer " + config::token_hash(kToken),
        std::string("Bearer A-TOKEN-OF-ALICE-0123")}) {
    CAPTURE(header);
    Authenticator door(Roll{}.control, Roll{}.secrets);
    CHECK(who(door, with({{"Authorization", header}})) == "unauthenticated");
  }
}

TEST_CASE("a user and their password are a principal's, and no other pair is") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  CHECK(who(door, with({{"Authorization", "Basic Ym9iOnNlY3JldA=="}})) == "bob");
  CHECK(who(door, with({{"authorization", "basic Ym9iOnNlY3JldA=="}})) == "bob");
  for (const std::string pair : {"Ym9iOlNlY3JldA==",  // bob:Secret
                                 "Ym9iOg==",          // bob:
                                 "YWxpY2U6c2VjcmV0",  // alice:secret
                                 "Ym9iOnNlY3JldAA=",  // bob:secret and a NUL
                                 "Ym9iOnNlY3JldA", ""}) {
    CAPTURE(pair);
    Authenticator another(Roll{}.control, Roll{}.secrets);
    CHECK(who(another, with({{"Authorization", "Basic " + pair}})) == "unauthenticated");
  }
}

TEST_CASE("nobody comes in without credentials, nor with two of them") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  CHECK(who(door, with({})) == "unauthenticated");
  CHECK(who(door, with({{"Authorization", "Bearer " + kToken},
                        {"Authorization", "Bearer " + kToken}})) == "unauthenticated");
  Request both = signed_with(kSecret, kNow.wall, "");
  both.headers.emplace_back("Authorization", "Bearer " + kToken);
  CHECK(who(door, both) == "unauthenticated");
}

TEST_CASE("a verified certificate is its principal's, unless other credentials are sent") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  Request request = with({});
  request.certificate_sans = {"x.example", "lb1.example"};
  CHECK(who(door, request) == "lb");
  request.headers.emplace_back("Authorization", "Bearer wrong");
  CHECK(who(door, request) == "unauthenticated");
  request.headers.emplace_back("Authorization", "Bearer " + kToken);
  CHECK(who(door, request) == "unauthenticated");
  Request stranger = with({});
  stranger.certificate_sans = {"LB1.example"};
  CHECK(who(door, stranger) == "unauthenticated");
}

TEST_CASE("a signature is good for one body, one time and one use") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  const Request request = signed_with(kSecret, kNow.wall, "body");
  CHECK(who(door, request, "Body") == "unauthenticated");
  CHECK(who(door, request, "body") == "pipeline");
  CHECK(who(door, request, "body") == "unauthenticated");
  Roll roll;
  door.reload(roll.control, roll.secrets);
  CHECK(who(door, request, "body") == "unauthenticated");
}

TEST_CASE("a signature is too old, or from the future, beyond five minutes") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  CHECK(who(door, signed_with(kSecret, kNow.wall - 300s, "a"), "a") == "pipeline");
  CHECK(who(door, signed_with(kSecret, kNow.wall + 300s, "b"), "b") == "pipeline");
  CHECK(who(door, signed_with(kSecret, kNow.wall - 301s, "c"), "c") == "unauthenticated");
  CHECK(who(door, signed_with(kSecret, kNow.wall + 301s, "d"), "d") == "unauthenticated");
}

TEST_CASE("setting the clock back does not make a signature good again") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  const Request request = signed_with(kSecret, kNow.wall, "body");
  CHECK(who(door, request, "body") == "pipeline");
  auto ahead = kNow;
  ahead.steady += 1s;
  ahead.wall += 1h;
  CHECK(who(door, signed_with(kSecret, ahead.wall, "other"), "other", ahead) == "pipeline");
  auto back = kNow;
  back.steady += 2s;
  CHECK(who(door, request, "body", back) == "unauthenticated");
}

TEST_CASE("one of several signatures is enough, while a secret is replaced") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  Request request = signed_with("another-secret-of-some-length", kNow.wall, "x");
  request.headers[1].second += ", sha256=" + test::hex(sign(kSecret, kNow.wall, "x").value());
  CHECK(who(door, request, "x") == "pipeline");
}

TEST_CASE("none of several signatures is good again once one of them was") {
  const std::string next = "the-next-secret-of-the-pipeline";
  Roll both;
  both.secrets.principals[1].hmac = {kSecret, next};
  Request request = signed_with(kSecret, kNow.wall, "x");
  request.headers[1].second += ", sha256=" + test::hex(sign(next, kNow.wall, "x").value());
  const Request stripped = signed_with(next, kNow.wall, "x");

  Authenticator door(both.control, both.secrets);
  CHECK(who(door, request, "x") == "pipeline");
  CHECK(who(door, stripped, "x") == "unauthenticated");

  Authenticator rotated(Roll{}.control, Roll{}.secrets);  // knows the next secret later only
  CHECK(who(rotated, request, "x") == "pipeline");
  rotated.reload(both.control, both.secrets);
  CHECK(who(rotated, stripped, "x") == "unauthenticated");
}

TEST_CASE("signatures out of shape are refused") {
  const std::string good = test::hex(sign(kSecret, kNow.wall, "").value());
  const std::string time = std::to_string(kNow.wall.time_since_epoch().count());
  for (const auto& [stamp, signature] : Fields{{time, good.substr(2)},
                                               {time, good + "00"},
                                               {time, "sha512=" + good},
                                               {"", good},
                                               {time + ".5", good},
                                               {"-" + time, good},
                                               {"99999999999999999", good},
                                               {time, std::string(64, 'z')},
                                               {time, ""},
                                               {time, good + ",,"}}) {
    CAPTURE(stamp, signature);
    Authenticator door(Roll{}.control, Roll{}.secrets);
    CHECK(who(door, with({{"X-Steward-Timestamp", stamp}, {"X-Steward-Signature", signature}})) ==
          "unauthenticated");
  }
}

TEST_CASE("a token that was taken away is refused after a reload") {
  Roll roll;
  Authenticator door(roll.control, roll.secrets);
  roll.secrets.principals[0].token_sha256.pop_back();
  door.reload(roll.control, roll.secrets);
  CHECK(who(door, with({{"Authorization", "Bearer " + kToken}})) == "alice");
  CHECK(who(door, with({{"Authorization", "Bearer " + kOther}})) == "unauthenticated");
}

TEST_CASE("a source that fails too often is told so, but its right credentials still count") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  for (unsigned i = 0; i < limits::kAuthFailures; ++i) {
    CHECK(who(door, with({})) == "unauthenticated");
  }
  CHECK(who(door, with({})) == "too_many_failures");
  CHECK(who(door, with({{"Authorization", "Bearer " + kToken}})) == "alice");
  Request elsewhere = with({});
  elsewhere.remote_address = "10.0.0.2";
  CHECK(who(door, elsewhere) == "unauthenticated");
  auto later = kNow;
  later.steady += 6s;
  CHECK(who(door, with({}), "", later) == "unauthenticated");
}

TEST_CASE("credentials count while others are read anew") {
  Roll roll;
  Authenticator door(roll.control, roll.secrets);
  std::atomic<bool> stop{false};
  std::thread reloading([&] {
    while (!stop) door.reload(roll.control, roll.secrets);
  });
  unsigned let_in = 0;
  for (unsigned i = 0; i < 500; ++i) {
    const std::string body = std::to_string(i);
    const bool token = who(door, with({{"Authorization", "Bearer " + kToken}})) == "alice";
    const bool signature = who(door, signed_with(kSecret, kNow.wall, body), body) == "pipeline";
    let_in += token && signature ? 1U : 0U;
  }
  stop = true;
  reloading.join();
  CHECK(let_in == 500);
}

TEST_CASE("a request with the wrong secret uses up nobody's signature") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  const Request request = signed_with(kSecret, kNow.wall, "body");
  CHECK(who(door, request, "another body") == "unauthenticated");
  CHECK(who(door, request, "body") == "pipeline");
}

TEST_CASE(
    "signatures that cannot be remembered are refused for now, and not held against anybody") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  for (std::size_t i = 0; i < limits::kSignaturesKept; ++i) {
    const std::string body = std::to_string(i);
    if (who(door, signed_with(kSecret, kNow.wall, body), body) != "pipeline") FAIL(body);
  }
  const Request one_more = signed_with(kSecret, kNow.wall, "more");
  for (unsigned i = 0; i <= limits::kAuthFailures; ++i) {
    const auto verdict = door.authenticate(one_more, "more", kNow);
    REQUIRE(std::holds_alternative<Authenticator::Refusal>(verdict));
    CHECK(std::get<Authenticator::Refusal>(verdict).status == 503);
    CHECK(std::get<Authenticator::Refusal>(verdict).code == "overloaded");
  }
  CHECK(who(door, with({})) == "unauthenticated");
}

TEST_CASE("what the log gets of a refusal has no secret in it") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  const std::string token = "a-guess-at-a-token";
  const auto verdict = door.authenticate(with({{"Authorization", "Bearer " + token}}), "", kNow);
  REQUIRE(std::holds_alternative<Authenticator::Refusal>(verdict));
  CHECK_FALSE(std::get<Authenticator::Refusal>(verdict).detail.empty());
  CHECK(std::get<Authenticator::Refusal>(verdict).detail.find(token) == std::string::npos);
}

TEST_CASE("a refusal never says which part was wrong") {
  Authenticator door(Roll{}.control, Roll{}.secrets);
  const auto message = [&](const Request& request) {
    return std::get<Authenticator::Refusal>(door.authenticate(request, "", kNow)).message;
  };
  const std::string none = message(with({}));
  CHECK(message(with({{"Authorization", "Bearer x"}})) == none);
  CHECK(message(with({{"Authorization", "Basic Ym9iOng="}})) == none);
  CHECK(message(signed_with(kSecret, kNow.wall - 1h, "")) == none);
}
