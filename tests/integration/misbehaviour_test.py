"""Sockets that fail in every way: haproxy_up 0, a log line that says why, never half a page,
and the next scrape after the fault is whole again."""

import os
import re
import unittest

from harness import wait_until
from interposer import Interposer
from programs import Steward
from small import PageCase, SmallHAProxy

TIMEOUT = {"X-Prometheus-Scrape-Timeout-Seconds": "1.5"}  # less 0.5 s: answers within 1 s


class Misbehaviour(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home, servers=150))
        cls.between = cls.shared(Interposer(cls.home, cls.haproxy.socket))
        cls.steward = cls.shared(Steward(cls.home, "--haproxy.timeout=1s",
                                         f"--haproxy.socket=edge=unix:{cls.between.socket}"))
        cls.whole = len(cls().assert_up(cls.steward.get())["haproxy_server_status"].samples)

    def assert_fault(self, log, where="show stat", **fault):
        """While the fault lasts the page says 0 and the log why; afterwards all is well."""
        with self.between.faulty(where=where, **fault):
            self.assert_down_and_logged(log)
        self.assert_whole()

    def assert_down_and_logged(self, log, headers=None):
        read = len(self.steward.log())
        answer = self.steward.get(headers=headers or {})
        self.assert_down(answer)
        self.assertTrue(self.steward.running())
        new = wait_until("a log line", lambda: self.steward.log()[read:])
        self.assertRegex(new, log)
        self.assertIn("edge: ", new, "the line must say where")
        self.assertEqual(new.count("\n"), 1)
        return answer

    def assert_whole(self):
        families = self.assert_up(self.steward.get())
        self.assertEqual(len(families["haproxy_server_status"].samples), self.whole)

    def test_a_missing_socket(self):
        self.between.stop()
        self.addCleanup(self.assert_whole)
        self.addCleanup(self.between.listen)
        self.assert_down_and_logged("No such file")

    def test_a_socket_file_that_nobody_listens_on(self):
        self.between.stop(unlink=False)
        self.addCleanup(self.assert_whole)
        self.addCleanup(self.between.listen)
        self.assert_down_and_logged("(?i)connection refused")

    def test_a_socket_that_accepts_and_never_answers_costs_no_more_than_the_timeout(self):
        with self.between.faulty(hang=True, where=""):
            answer = self.assert_down_and_logged("(?i)time|deadline|within")
            self.assertLess(answer.seconds, 1.6)
            self.assertGreater(answer.seconds, 0.7)
        self.assert_whole()

    def test_the_deadline_is_prometheus_own_less_half_a_second(self):
        for seconds in (1.0, 2.0):
            with self.subTest(timeout=seconds), self.between.faulty(hang=True, where=""):
                headers = {"X-Prometheus-Scrape-Timeout-Seconds": str(seconds)}
                answer = self.assert_down_and_logged("(?i)time|deadline|within", headers)
                self.assertAlmostEqual(answer.seconds, seconds - 0.5, delta=0.35)
        self.assert_whole()

    def test_an_answer_that_trickles_past_the_deadline(self):
        with self.between.faulty(piece=1000, pause=0.2):
            answer = self.assert_down_and_logged("(?i)time|deadline|within", TIMEOUT)
            self.assertLess(answer.seconds, 1.5)
        self.assert_whole()

    def test_an_answer_that_starts_past_the_deadline(self):
        with self.between.faulty(delay=3):
            answer = self.assert_down_and_logged("(?i)time|deadline|within", TIMEOUT)
            self.assertLess(answer.seconds, 1.5)
        self.assert_whole()

    def test_a_connection_closed_without_an_answer(self):
        self.assert_fault("closed|cut|empty|nothing", drop=True)

    def test_an_answer_cut_in_the_middle_of_a_row(self):
        self.assert_fault("(?i)cut|middle of a row",
                          cut=lambda answer: answer.rindex(b"\nmany,m7") + 30)

    def test_an_answer_cut_between_two_rows(self):
        self.assert_fault("cut|middle of a row", cut=lambda answer: answer.rindex(b"\nmany,m7") + 1)

    def test_an_answer_without_its_final_empty_line(self):
        self.assert_fault("cut|middle of a row", cut=lambda answer: len(answer) - 1)

    def test_every_answer_may_be_the_one_that_is_cut(self):
        for where in ("show info", "show stat"):
            with self.subTest(cut=where):
                self.assert_fault("cut|middle of a row", where=where,
                                  cut=lambda answer: len(answer) // 2)

    def test_a_row_with_a_field_less_or_more_is_an_error_of_the_whole_page(self):
        for change in (lambda answer: answer.replace(b"app,app1,", b"app,", 1),
                       lambda answer: answer.replace(b"app,app1,", b"app,app1,0,0,", 1)):
            self.assert_fault("cells|columns|fields", change=change)

    def test_a_quote_that_is_never_closed(self):
        self.assert_fault("quote|middle of a row",
                          change=lambda answer: answer.replace(b"app,app1", b'app,"app1'))

    def test_a_web_page_instead_of_statistics(self):
        page = b"<!DOCTYPE html>\n<html><body>Statistics Report</body></html>\n\n"
        self.assert_fault("(?i)html|header", change=lambda _: page)

    def test_binary_rubbish_instead_of_statistics(self):
        self.assert_fault(".", change=lambda _: bytes(range(256)) * 300 + b"\n\n")
        for character in self.steward.log():
            self.assertTrue(character == "\n" or character.isprintable(), repr(character))

    def test_haproxys_refusals_are_told_in_its_own_words(self):
        for words in ("Permission denied", "Unknown command: 'show', but maybe one of these"):
            with self.subTest(words=words):
                refusal = words.encode() + b"\n\n"
                self.assert_fault(re.escape(words[:17]), change=lambda _: refusal)

    def test_no_answer_at_all_but_an_empty_line(self):
        self.assert_fault(".", change=lambda _: b"\n")

    def test_answers_in_odd_pieces_are_whole_answers(self):
        for piece in (1, 4095, 16384, 16385):
            with self.subTest(piece=piece), self.between.faulty(where="", piece=piece):
                self.assert_whole()


class Permission(PageCase):
    def test_a_socket_that_may_not_be_opened(self):
        haproxy = self.start(SmallHAProxy(self.home))
        steward = self.start(Steward(self.home, socket=haproxy.socket, user="nobody"))
        self.assert_up(steward.get())
        os.chmod(haproxy.socket, 0o600)
        self.assert_down(steward.get())
        self.assertRegex(steward.log(), "Permission denied")
        self.assertIn(str(haproxy.socket), steward.log())
        os.chmod(haproxy.socket, 0o666)
        self.assert_up(steward.get())

    def test_a_socket_of_level_user_gives_all_but_what_it_hides(self):
        haproxy = self.start(SmallHAProxy(self.home, level="user", name="user"))
        steward = self.start(Steward(self.home, socket=haproxy.socket))
        families = self.assert_up(steward.get())
        self.assertEqual(len(families["haproxy_server_status"].samples), 5 * 5)


if __name__ == "__main__":
    unittest.main()
