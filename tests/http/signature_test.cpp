#include "steward/http/signature.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cctype>
#include <utility>

#include "http/hex.hpp"
#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::http;
using namespace std::chrono_literals;

namespace {

const std::string kStamp = "1800000000";
const std::chrono::sys_seconds kTime(1'800'000'000s);
const SeenSignatures::Time kFirstSeen(1h);

Digest digest_of(std::size_t number) {
  return sign("secret", kTime, std::to_string(number)).value();
}

std::string upper(std::string text) {
  for (char& each : text) each = static_cast<char>(std::toupper(each));
  return text;
}

std::optional<Signature> parse(Fields headers) {
  Request request;
  request.headers = std::move(headers);
  return parse_signature(request);
}

}  // namespace

TEST_CASE("a signature is HMAC-SHA256 over the seconds, a colon and the body") {
  // printf '1800000000:{"a":1}' | openssl dgst -sha256 -hmac a-secret-of-the-pipeline
  CHECK(test::hex(sign("a-secret-of-the-pipeline", kTime, R"({"a":1})").value()) ==
        "ee1bf21730d6b207aff20a81e4320cef26060da21a126f965ed23b745844b19c");
}

TEST_CASE("the digits of a signature may be of either case, with a prefix or without") {
  const std::string plain = test::hex(digest_of(1));
  for (const std::string& text : {plain, "sha256=" + plain, upper(plain), "sha256=" + upper(plain),
                                  " sha256=" + plain + " "}) {
    CAPTURE(text);
    const auto signature = parse({{"x-steward-timestamp", kStamp}, {"X-STEWARD-SIGNATURE", text}});
    REQUIRE(signature);
    CHECK(signature->time == kTime);
    CHECK(signature->digests == std::vector<Digest>{digest_of(1)});
  }
}

TEST_CASE("Grafana's header is a signature, too") {
  const Fields headers{{"X-Steward-Timestamp", kStamp},
                       {"X-Grafana-Alerting-Signature", test::hex(digest_of(1))}};
  const auto signature = parse(headers);
  REQUIRE(signature);
  CHECK(signature->digests == std::vector<Digest>{digest_of(1)});
}

TEST_CASE("a header may have four signatures, and not five") {
  std::string text = "sha256=" + test::hex(digest_of(1));
  for (std::size_t i = 2; i <= 4; ++i) text += "," + test::hex(digest_of(i));
  const auto four = parse({{"X-Steward-Timestamp", kStamp}, {"X-Steward-Signature", text}});
  REQUIRE(four);
  CHECK(four->digests ==
        std::vector<Digest>{digest_of(1), digest_of(2), digest_of(3), digest_of(4)});
  text += "," + test::hex(digest_of(5));
  CHECK_FALSE(parse({{"X-Steward-Timestamp", kStamp}, {"X-Steward-Signature", text}}));
}

TEST_CASE("a header that is missing or repeated makes no signature") {
  const std::pair<std::string, std::string> stamp{"X-Steward-Timestamp", kStamp};
  const std::pair<std::string, std::string> ours{"X-Steward-Signature", test::hex(digest_of(1))};
  const std::pair<std::string, std::string> grafana{"X-Grafana-Alerting-Signature", ours.second};
  CHECK(parse({stamp, ours}));
  for (const Fields& headers :
       std::vector<Fields>{{},
                           {stamp},
                           {ours},
                           {stamp, stamp, ours},
                           {stamp, ours, ours},
                           {stamp, {"x-steward-signature", ours.second}, ours},
                           {stamp, ours, grafana}}) {
    CAPTURE(headers.size());
    CHECK_FALSE(parse(headers));
  }
}

TEST_CASE("a signature that is badly formed still counts as one") {
  Request request;
  CHECK_FALSE(has_signature(request));
  request.headers = {{"X-Steward-Timestamp", kStamp}};
  CHECK_FALSE(has_signature(request));
  request.headers = {{"x-grafana-alerting-signature", ""}};
  CHECK(has_signature(request));
}

TEST_CASE("a signature is remembered as long as its time could be accepted") {
  SeenSignatures seen;
  const auto last = kFirstSeen + 2 * limits::kSignatureAge + 1s;
  CHECK(seen.add({digest_of(1)}, kFirstSeen) == Use::first);
  CHECK(seen.add({digest_of(1)}, kFirstSeen) == Use::again);
  CHECK(seen.add({digest_of(1)}, last) == Use::again);
  CHECK(seen.add({digest_of(1)}, last + 1ns) == Use::first);
}

TEST_CASE("all signatures of a request are used up with it") {
  SeenSignatures seen;
  CHECK(seen.add({digest_of(1), digest_of(2)}, kFirstSeen) == Use::first);
  CHECK(seen.add({digest_of(2)}, kFirstSeen) == Use::again);
  CHECK(seen.add({digest_of(3), digest_of(1)}, kFirstSeen) == Use::again);
  // A request that is refused uses up none.
  CHECK(seen.add({digest_of(3)}, kFirstSeen) == Use::first);
}

TEST_CASE("no more signatures are remembered than the limit, and none is forgotten for it") {
  SeenSignatures seen;
  for (std::size_t i = 0; i < limits::kSignaturesKept - 1; ++i) {
    if (seen.add({digest_of(i)}, kFirstSeen) != Use::first) FAIL("signature " << i);
  }
  const std::vector<Digest> two{digest_of(1'000'000), digest_of(1'000'001)};
  CHECK(seen.add(two, kFirstSeen) == Use::full);
  CHECK(seen.add({two[0]}, kFirstSeen) == Use::first);
  CHECK(seen.add({two[1]}, kFirstSeen) == Use::full);
  CHECK(seen.add({digest_of(0)}, kFirstSeen) == Use::again);
  CHECK(seen.add(two, kFirstSeen + 11min) == Use::first);
}
