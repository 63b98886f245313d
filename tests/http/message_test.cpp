#include "steward/http/message.hpp"

#include <catch2/catch_test_macros.hpp>

using steward::http::Request;

TEST_CASE("a header is found whatever its case, the first if it repeats") {
  Request request;
  request.headers = {{"Accept", "a"}, {"X-Thing", "one"}, {"x-thing", "two"}};
  CHECK(request.header("ACCEPT") == "a");
  CHECK(request.header("x-thing") == "one");
  CHECK(request.header("X-Thin") == std::nullopt);
  CHECK(request.header("") == std::nullopt);
}
