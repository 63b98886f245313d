#include "steward/stats/certificates.hpp"

#include <catch2/catch_test_macros.hpp>

#include <clocale>

#include "support/fixture.hpp"
#include "support/require_ok.hpp"

using namespace steward;
using namespace steward::stats;

namespace {

std::optional<std::int64_t> not_after(const std::string& time) {
  const auto certificate =
      REQUIRE_OK(parse_certificate("Filename: a.pem\nnotAfter: " + time + "\n\n"));
  if (!certificate.not_after) return std::nullopt;
  return certificate.not_after->time_since_epoch().count();
}

}  // namespace

TEST_CASE("the names of the certificates loaded leave out those of an open transaction") {
  CHECK(REQUIRE_OK(parse_certificate_names("# transaction\n*/etc/a.pem\n# filename\n/etc/a.pem\n"
                                           "/etc/b c.pem\n\n")) ==
        std::vector<std::string>{"/etc/a.pem", "/etc/b c.pem"});
  CHECK(REQUIRE_OK(parse_certificate_names("\n")).empty());
  CHECK_FALSE(parse_certificate_names("Permission denied\n\n"));
}

TEST_CASE("a certificate tells whose it is and how long it holds") {
  const auto certificate =
      REQUIRE_OK(parse_certificate(test::read_fixture("captures/3.2.26/show_ssl_cert_site.txt")));
  CHECK(certificate.file == "/etc/haproxy/certs/site.pem");
  CHECK(certificate.subject == "/CN=www.example.org/O=Example");
  CHECK(certificate.used);
  CHECK(certificate.not_before->time_since_epoch().count() == 1'795'394'550);
  CHECK(certificate.not_after->time_since_epoch().count() == 1'803'170'550);
}

TEST_CASE("times are read whatever the locale, with a padded day and far ahead") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // has no effect where it is not installed
  CHECK(not_after("May  1 00:00:00 2027 GMT") == 1'809'129'600);
  std::setlocale(LC_ALL, before.c_str());
  CHECK(not_after("Dec 31 23:59:59 9999 GMT") == 253'402'300'799);
}

TEST_CASE("a time that is none is absent") {
  for (const char* bad : {"", "soon", "Foo 21 00:42:30 2027 GMT", "Feb 30 00:42:30 2027 GMT",
                          "Feb 21 24:42:30 2027 GMT", "Feb 21 00:42 2027 GMT",
                          "Feb 21 00:42:30 2027 CET", "Feb 21 00:42:30 20270000000 GMT"}) {
    INFO(bad);
    CHECK_FALSE(not_after(bad));
  }
}

TEST_CASE("what is not a certificate is an error") {
  CHECK_FALSE(parse_certificate("Filename: a.pem\n"));
  CHECK_FALSE(parse_certificate("\n"));
  CHECK_FALSE(parse_certificate("Status: Used\n\n"));
}
