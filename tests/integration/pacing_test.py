"""Every way of reading HAProxy gives the same page, and asks as it says."""

import unittest

import promtext
from harness import free_port
from interposer import Interposer
from programs import HAProxy, Steward, newest, oldest
from small import PageCase

STEWARD = """\
instances:
  - name: lb
    socket: unix:{socket}
scrape:
  pacing: {pacing}
"""
FRONTEND = """
defaults
  mode http
  timeout client 1s
  timeout connect 1s
  timeout server 1s
frontend 7up
  bind 127.0.0.1:{port}
"""
BACKEND = """
backend {name}
  server-template s 1-{servers} 127.0.0.1:9 weight {weight}
"""


class Pacing(PageCase):
    version = staticmethod(oldest)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Names that are numbers: other backends have them as their ids.
        backends = [(str(number), number % 9, number) for number in range(2, 102)]
        backends += [("empty", 0, 1), ("large", 90, 5)]
        config = FRONTEND.format(port=free_port()) + "".join(
            BACKEND.format(name=name, servers=servers, weight=weight) if servers else
            f"backend {name}\n" for name, servers, weight in backends)
        cls.haproxy = cls.shared(HAProxy(cls.home, config, cls.version(), name="paced"))
        cls.between = cls.shared(Interposer(cls.home, cls.haproxy.socket))
        cls.whole = cls.series(cls.read_with("off"))

    @classmethod
    def read_with(cls, pacing, scrapes=2):
        """The last of some pages, and in cls.between what the last one asked."""
        with Steward(cls.home, config=STEWARD.format(
                socket=cls.between.socket, pacing=pacing)) as steward:
            for _ in range(scrapes):  # from the second on it knows the shape
                cls.between.forget()
                page = promtext.parse(steward.get().body)
            return page

    @staticmethod
    def series(page):
        moving = ("haproxy_process_", "haproxy_steward_", "process_")
        return {key: value for key, value in promtext.series_of(page).items()
                if not key[0].startswith(moving) and "last_change" not in key[0]}

    def test_the_page_has_every_server(self):
        servers = [key for key in self.whole if key[0] == "haproxy_server_weight"]
        self.assertEqual(len(servers), len(self.haproxy.servers()))
        self.assertGreater(len(servers), 450)

    def test_one_dump_as_fast_as_it_comes(self):
        self.read_with("off")
        self.assertEqual(self.between.lines.count("show stat"), 1)

    def test_throttled_is_one_dump_too(self):
        self.assertEqual(self.series(self.read_with("throttled")), self.whole)
        self.assertEqual(self.between.lines.count("show stat"), 1)

    def test_by_proxy_asks_some_backends_at_a_time_and_never_for_the_whole(self):
        self.assertEqual(self.series(self.read_with("by_proxy")), self.whole)
        self.assertEqual(self.between.lines.count("show stat"), 0, "it fell back to a whole dump")
        self.assertGreater(len(self.between.lines), 3)
        self.assertLess(max(map(len, self.between.lines)), 8192)

    def test_auto_chooses_once_it_knows_the_shape(self):
        for scrapes in (1, 2):
            self.assertEqual(self.series(self.read_with("auto", scrapes)), self.whole)
        self.assertEqual(self.between.lines.count("show stat"), 0)

    def test_a_backend_that_is_cut_off_among_many_is_never_half_a_page(self):
        for where, cut in (("show servers state", 200), ("show stat", 3000), ("show stat", 7)):
            with self.subTest(where=where, cut=cut):
                with self.between.faulty(where=where, cut=lambda answer: len(answer) - cut):
                    self.assert_down(self.answer("by_proxy"))

    def answer(self, pacing):
        with Steward(self.home, config=STEWARD.format(
                socket=self.between.socket, pacing=pacing)) as steward:
            return steward.get()


class PacingOfTheNewest(Pacing):
    version = staticmethod(newest)


if __name__ == "__main__":
    unittest.main()
