#include "steward/http/socket.hpp"

#include <fcntl.h>

#include <catch2/catch_test_macros.hpp>

#include "http/support.hpp"

using namespace steward;
using namespace steward::http;

TEST_CASE("a port that is taken is an error that says so") {
  const Socket first = REQUIRE_OK(listen_on({"127.0.0.1", 0}));
  const auto second = listen_on({"127.0.0.1", local_port(first)});
  REQUIRE_FALSE(second);
  CHECK(second.error().message ==
        "cannot listen on 127.0.0.1:" + std::to_string(local_port(first)) +
            ": address already in use");
}

TEST_CASE("every address means IPv4 and IPv6") {
  const Socket all = REQUIRE_OK(listen_on({"", 0}));
  const test::Client v4(local_port(all));
  const Socket accepted = accept_from(all);
  REQUIRE(accepted.is_open());
  CHECK(peer_host(accepted) == "127.0.0.1");

  const Socket v6(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(local_port(all));
  to.sin6_addr = in6addr_loopback;
  REQUIRE(::connect(v6.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  CHECK(peer_host(accept_from(all)) == "::1");

  CHECK_FALSE(listen_on({"", local_port(all)}));
  CHECK(listen_on({"", local_port(all)}).error().message ==
        "cannot listen on :" + std::to_string(local_port(all)) + ": address already in use");
}

TEST_CASE("one IPv6 address is listened on alone") {
  const Socket six = REQUIRE_OK(listen_on({"::1", 0}));
  CHECK(listen_on({"127.0.0.1", local_port(six)}));
}

TEST_CASE("a name is looked up, and one that is not there is an error") {
  CHECK(listen_on({"localhost", 0}));
  CHECK_FALSE(listen_on({"no.such.host.invalid", 0}));
  const auto elsewhere = listen_on({"192.0.2.1", 0});
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().message ==
        "cannot listen on 192.0.2.1:0: cannot assign requested address");
}

TEST_CASE("accepted sockets do not block, and none is none") {
  const Socket listening = REQUIRE_OK(listen_on({"127.0.0.1", 0}));
  CHECK_FALSE(accept_from(listening).is_open());
  const test::Client client(local_port(listening));
  const Socket accepted = accept_from(listening);
  CHECK((::fcntl(accepted.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a socket has one owner") {
  Socket first = REQUIRE_OK(listen_on({"127.0.0.1", 0}));
  const int descriptor = first.get();
  Socket second(std::move(first));
  CHECK(second.get() == descriptor);
  second = Socket();
  CHECK(::fcntl(descriptor, F_GETFD) == -1);
}

TEST_CASE("an IPv6 peer counts as its network, an IPv4 one as itself") {
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(network_of("fe80::1%eth0") == "fe80::/64");
  CHECK(network_of("::1") == "::/64");
  CHECK(network_of("192.0.2.7") == "192.0.2.7");
  CHECK(network_of("unix") == "unix");
  CHECK(network_of("").empty());
}
