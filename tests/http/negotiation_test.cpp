#include "steward/http/negotiation.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward::http;

namespace {
constexpr auto kText = PageFormat::text_0_0_4;
constexpr auto kOpenMetrics = PageFormat::openmetrics_1_0;
}  // namespace

TEST_CASE("Prometheus gets OpenMetrics 1.0") {
  CHECK(negotiate_format("application/openmetrics-text;version=1.0.0,"
                         "application/openmetrics-text;version=0.0.1;q=0.75,"
                         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == kOpenMetrics);
  CHECK(negotiate_format("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                         "application/openmetrics-text;version=0.0.1;q=0.5,"
                         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                         "text/plain;version=0.0.4;q=0.3,*/*;q=0.2") == kOpenMetrics);
  CHECK(negotiate_format("application/openmetrics-text; version=1.0.0; charset=utf-8") ==
        kOpenMetrics);
}

TEST_CASE("Prometheus configured for the text format gets it") {
  CHECK(negotiate_format("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                         "text/plain;version=0.0.4;q=0.5,"
                         "application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.1") == kText);
}

TEST_CASE("curl, browsers and nobody in particular get text") {
  CHECK(negotiate_format("") == kText);
  CHECK(negotiate_format("*/*") == kText);
  CHECK(negotiate_format("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") ==
        kText);
  CHECK(negotiate_format("application/json") == kText);
  CHECK(negotiate_format("application/vnd.google.protobuf;encoding=delimited") == kText);
}

TEST_CASE("at equal quality the order decides") {
  CHECK(negotiate_format("application/openmetrics-text, text/plain") == kOpenMetrics);
  CHECK(negotiate_format("text/plain, application/openmetrics-text") == kText);
  CHECK(negotiate_format("text/plain;q=0.5,application/openmetrics-text;q=0.5") == kText);
}

TEST_CASE("a version of OpenMetrics nobody serves here is not taken for 1.0") {
  CHECK(negotiate_format("application/openmetrics-text;version=0.0.1") == kText);
  CHECK(negotiate_format("application/openmetrics-text;version=2.0.0,*/*;q=0.1") == kText);
}

TEST_CASE("the most exact element speaks for text") {
  CHECK(negotiate_format("*/*,text/plain;q=0.1,application/openmetrics-text;q=0.2") ==
        kOpenMetrics);
  CHECK(negotiate_format("text/*;q=0.9,application/openmetrics-text;q=0.2,*/*;q=0.1") == kText);
}

TEST_CASE("quality 0 and unreadable quality are refusals") {
  CHECK(negotiate_format("application/openmetrics-text;q=0") == kText);
  CHECK(negotiate_format("application/openmetrics-text;q=0.000,text/plain;q=0") == kText);
  for (const char* q : {"2", "1.5", "-1", "abc", "", "0.1234", ".5", "1.", "-.50"}) {
    INFO(q);
    const bool one = std::string_view(q) == "1.";
    CHECK((negotiate_format("application/openmetrics-text;q=" + std::string(q)) == kOpenMetrics) ==
          one);
  }
}

TEST_CASE("case and blanks do not matter") {
  CHECK(
      negotiate_format("  Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 ,text/plain;q=.1") ==
      kOpenMetrics);
}

TEST_CASE("content types name version and charset") {
  CHECK(content_type(kText) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(content_type(kOpenMetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("gzip is accepted by name or by star, unless refused") {
  CHECK(accepts_gzip("gzip"));
  CHECK(accepts_gzip("deflate, GZIP;q=0.5"));
  CHECK(accepts_gzip("*"));
  CHECK(accepts_gzip("br;q=1.0, *;q=0.1"));
  CHECK(accepts_gzip("identity, gzip"));
  CHECK_FALSE(accepts_gzip(""));
  CHECK_FALSE(accepts_gzip("identity"));
  CHECK_FALSE(accepts_gzip("gzip;q=0"));
  CHECK_FALSE(accepts_gzip("*;q=1, gzip;q=0"));
  CHECK_FALSE(accepts_gzip("gzip2, notgzip"));
}
