"""Requests that two servers would read differently, or that have no end: one answer, a refusal,
and the connection is closed. Each class of cpp-httplib's published holes is here."""

import gzip
import json
import socket
import unittest
import zlib

from hostile import DRAIN, HostileCase, resident_kib, statuses, wire

BODY = json.dumps(DRAIN)
CHUNKED = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
REFUSALS = {400, 405, 411, 413, 414, 415, 431}


class Framing(HostileCase):
    def hidden(self, door):
        """A request that does something, where it is permitted."""
        return (f"POST {door.post} HTTP/1.1\r\nHost: x\r\n{door.who}Content-Type: application/json"
                f"\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}")

    def assert_refused(self, answer, wanted=frozenset(REFUSALS)):
        """One refusal and the end, or the end without a word."""
        seen = statuses(answer)
        self.assertLessEqual(len(seen), 1, answer[:2000])
        self.assertLessEqual(set(seen), set(wanted), answer[:500])

    def smuggle(self, door, fields, body, method="POST"):
        """A request with these headers and this body, and another one hidden behind it."""
        return wire(door.port, f"{method} {door.post} HTTP/1.1\r\nHost: x\r\n{door.who}"
                    f"Content-Type: application/json\r\n{fields}\r\n{body}{self.hidden(door)}")

    def test_length_and_chunks_at_odds_are_one_refusal(self):
        for fields in ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                       "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                       "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                       "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                       "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
                       "Transfer-Encoding : chunked\r\n", "Transfer-Encoding:\x0bchunked\r\n",
                       "Transfer-Encoding: chunked, identity\r\n", "transfer-encoding: CHUNKED\r\n",
                       "X: y\r\n Transfer-Encoding: chunked\r\n",
                       "X: y\nTransfer-Encoding: chunked\r\n", "X: y\rTransfer-Encoding: chunked\r\n"):
            for door in self.each(fields=fields):
                self.assert_refused(self.smuggle(door, fields, "0\r\n\r\n"))

    def test_lengths_that_are_more_than_one_or_none_are_one_refusal(self):
        for fields in ("Content-Length: 0\r\nContent-Length: 0\r\n",
                       "Content-Length: 2\r\nContent-Length: 200\r\n", "Content-Length: 2, 2\r\n",
                       "Content-Length: +2\r\n", "Content-Length: -2\r\n", "Content-Length: 0x2\r\n",
                       "Content-Length: 2 2\r\n", "Content-Length: \r\n", "Content-Length : 2\r\n",
                       "Content-Length: 2\x00\r\n", "Content-Length: 99999999999999999999\r\n",
                       "Content-Length: 18446744073709551615\r\n", "Content-Length: 1e1\r\n",
                       "Content_Length: 2\r\nContent-Length: two\r\n"):
            for door in self.each(fields=fields):
                self.assert_refused(self.smuggle(door, fields, "{}"))

    def test_a_body_where_none_belongs_hides_nothing(self):
        for method in ("GET", "HEAD"):
            for door in self.each(method=method):
                text = self.hidden(door)
                self.assert_refused(self.smuggle(door, f"Content-Length: {len(text)}\r\n", "",
                                                 method))

    def test_the_body_of_a_stranger_is_no_request(self):
        door = self.doors[1]
        text = self.hidden(door)
        answer = wire(door.port, f"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: "
                      f"{len(text)}\r\n\r\n{text}", source="127.7.0.1")
        self.assertEqual(statuses(answer), [401])

    def test_lines_that_end_in_a_bare_line_feed_are_none(self):
        for door in self.each():
            text = f"GET {door.page} HTTP/1.1\nHost: x\n{door.who.replace(chr(13), '')}\n"
            self.assert_refused(wire(door.port, text))

    def test_a_head_without_end_is_cut_and_takes_no_memory(self):
        line = b"X-Long: " + b"y" * 1000 + b"\r\n"
        for flood in (line * 20_000, b"X: " + b"y" * 20_000_000, b"a" * 20_000_000,
                      b"A:b\r\n" * 1_000_000):
            for door in self.each(flood=flood[:20]):
                before = resident_kib(self.steward.pid)
                self.assert_refused(wire(door.port, b"GET / HTTP/1.1\r\nHost: x\r\n" + flood))
                self.assert_flat(before)
        for door in self.each(flood="request line"):
            self.assert_refused(wire(door.port, b"GET /" + b"a" * 20_000_000))

    def test_chunks_are_not_read_however_many_or_odd(self):
        for body in ("fffffffffffffffe\r\n", "-2\r\nxx\r\n", "1;" + "x=y;" * 200_000 + "\r\na\r\n",
                     "10000\r\n" + "x" * 65536 + "\r\n", "1\r\nx\r\n" * 100_000, CHUNKED):
            for door in self.each(body=body[:20]):
                before = resident_kib(self.steward.pid)
                answer = self.ask(door, door.post, "Transfer-Encoding: chunked\r\n", "POST", body)
                self.assert_refused(answer, {411})
                self.assert_flat(before)

    def test_a_trailer_is_no_header(self):
        door = self.doors[1]
        chunks = CHUNKED.removesuffix("\r\n") + f"{door.who}X-Steward-Timestamp: 1\r\n\r\n"
        answer = wire(door.port, "POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                      f"Trailer: Authorization\r\n\r\n{chunks}", source="127.7.0.2")
        self.assert_refused(answer, {411})

    def test_a_compressed_body_is_not_unpacked(self):
        zeros = b"\0" * (64 << 20)
        for coding, packed in (("gzip", gzip.compress(zeros)), ("deflate", zlib.compress(zeros)),
                               ("br", b"\x5b\xff\xff\x03\xc0\x02" * 100), ("gzip, gzip", b"x")):
            for door in self.each(coding=coding):
                before = resident_kib(self.steward.pid)
                answer = self.ask(door, door.post, f"Content-Encoding: {coding}\r\n"
                                  f"Content-Length: {len(packed)}\r\n", "POST",
                                  packed.decode("latin-1"))
                self.assert_refused(answer, {413, 415})
                self.assert_flat(before)

    def test_a_body_that_is_announced_takes_no_memory_before_it_comes(self):
        door = self.doors[1]
        before = resident_kib(self.steward.pid)
        links = []
        head = (f"POST /webhook HTTP/1.1\r\nHost: x\r\n{door.who}"
                "Content-Type: application/json\r\nContent-Length: 1048576\r\n\r\n")
        for _ in range(60):
            links.append(self.start(socket.create_connection(("127.0.0.1", door.port), 5)))
            links[-1].sendall(head.encode())
        self.assertEqual(statuses(self.ask(door)), [200])
        self.assert_flat(before)


if __name__ == "__main__":
    unittest.main()
