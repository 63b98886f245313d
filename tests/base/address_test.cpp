#include "steward/base/address.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace steward;

TEST_CASE("a socket address is unix or tcp, in the exporter's forms too") {
  CHECK(parse_address("unix:/run/h.sock") == Address{UnixAddress{"/run/h.sock"}});
  CHECK(parse_address("/run/h.sock") == Address{UnixAddress{"/run/h.sock"}});
  CHECK(parse_address("unix:///run/h.sock") == Address{UnixAddress{"/run/h.sock"}});
  CHECK(parse_address("tcp:lb:9999") == Address{TcpAddress{"lb", 9999}});
  CHECK(parse_address("tcp://127.0.0.1:9999") == Address{TcpAddress{"127.0.0.1", 9999}});
  CHECK(parse_address("tcp:[::1]:9999") == Address{TcpAddress{"::1", 9999}});
}

TEST_CASE("what is not a socket address says what to write") {
  for (const char* bad : {"", "run/h.sock", "unix:h.sock", "tcp:lb", "tcp::9", "tcp:lb:0",
                          "tcp:lb:70000", "tcp:::1:9", "tcp:a b:9", "http://x/"}) {
    INFO(bad);
    const auto address = parse_address(bad);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == ErrorCode::invalid);
  }
  CHECK_FALSE(parse_address("unix:/" + std::string(108, 'x')));
}

TEST_CASE("a listening address may leave out the host") {
  CHECK(parse_listen_address(":9101") == TcpAddress{"", 9101});
  CHECK(parse_listen_address("[::]:0") == TcpAddress{"::", 0});
  CHECK_FALSE(parse_listen_address("9101"));
}

TEST_CASE("addresses are written as they are read") {
  for (const char* text : {"unix:/run/h.sock", "tcp:lb:9999", "tcp:[::1]:9999"}) {
    CHECK(to_string(*parse_address(text)) == text);
  }
}

TEST_CASE("only an IPv6 address has brackets before its port") {
  CHECK(host_port("10.0.0.9", 80) == "10.0.0.9:80");
  CHECK(host_port("::1", 80) == "[::1]:80");
  CHECK(host_port("lb.example", 0) == "lb.example:0");
}

TEST_CASE("an instance name is a label value and a query parameter") {
  CHECK(valid_instance_name("lb-1.eu_west"));
  CHECK_FALSE(valid_instance_name(""));
  CHECK_FALSE(valid_instance_name("a b"));
  CHECK_FALSE(valid_instance_name(std::string(65, 'a')));
}
