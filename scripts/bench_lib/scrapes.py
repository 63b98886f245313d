"""One scale after the other: every contestant scrapes the same HAProxy, in turn, round by round,
so that what disturbs the machine disturbs them all."""

import contextlib
import dataclasses
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable

from . import client, processes

SHAPES = {100: (10, 10), 1_000: (50, 20), 10_000: (100, 100), 50_000: (500, 100)}
ROUNDS = {100: 40, 1_000: 25, 10_000: 9, 50_000: 5}
QUICK_ROUNDS = {100: 8, 1_000: 6, 10_000: 4, 50_000: 2}
SCALE_SECONDS = 100.0  # no further round after it
MEASURES = ("wall_ms", "cpu_ms", "haproxy_cpu_ms")

RAW, RAW_ALL, PROMEX = "raw: show stat", "raw: stat + info + servers state", "promex"
EXPORTER = "prometheus-haproxy-exporter"
STEWARD, PACED = "steward, pacing off", "steward, pacing auto"
GZIPPED, OPENMETRICS = "steward, gzip", "steward, OpenMetrics"
GZIP = "Accept-Encoding: gzip"
ACCEPT_OPENMETRICS = "Accept: application/openmetrics-text; version=1.0.0"


@dataclasses.dataclass
class Contestant:
    name: str
    ask: Callable  # (keep) -> client.Answer
    process: processes.Process | None = None  # its own; none when HAProxy does the work
    rounds: list = dataclasses.field(default_factory=list)
    samples: int | None = None
    size: int = 0

    def check(self):
        """A first scrape, kept: counts the samples, refuses a page without HAProxy's metrics."""
        answer = self.ask(True)
        self.size = answer.size
        if answer.head.startswith(b"HTTP/"):
            text = client.page_text(answer)
            self.samples = client.count_samples(text)
            if b"\nhaproxy_up 0" in text or b"haproxy_server_" not in text:
                raise RuntimeError(f"{self.name}: the page has no metrics of HAProxy's servers")

    def scrape(self, haproxy):
        own, haproxy_cpu = self.process.cpu_ms() if self.process else 0.0, haproxy.cpu_ms()
        answer = self.ask(False)
        self.rounds.append({
            "wall_ms": answer.wall_ms,
            "cpu_ms": self.process.cpu_ms() - own if self.process else None,
            "haproxy_cpu_ms": haproxy.cpu_ms() - haproxy_cpu,
        })
        if answer.size < 0.8 * self.size:
            raise RuntimeError(f"{self.name}: {answer.size} bytes, at first {self.size}")

    def result(self, servers):
        """Every measure as the list of its rounds, so that contestants compare round by round."""
        row = {"servers": servers, "name": self.name, "bytes": self.size, "samples": self.samples,
               "peak_rss_mb": self.process.peak_rss_mb() if self.process else None}
        for measure in MEASURES:
            values = [a_round[measure] for a_round in self.rounds]
            row[measure] = None if None in values else values
        return row


def raw(name, haproxy, *commands):
    def ask(keep):
        answers = [client.read_socket(haproxy.socket, command, keep) for command in commands]
        return client.Answer(sum(a.wall_ms for a in answers), sum(a.size for a in answers), b"")
    return Contestant(name, ask)


def page(name, port, process, *headers):
    return Contestant(name, lambda keep: client.fetch(port, headers, keep), process)


def contestants(options, haproxy, folder, stack):
    """Those wanted and installed, started; each steward its own process, so that its peak memory
    is that of its own kind of scrape."""
    def wanted(name):
        return not options.only or any(word in name for word in options.only)

    def steward(name, pacing, *headers):
        process = stack.enter_context(
            processes.Steward(options.steward, haproxy, folder, name.replace(" ", "-"), pacing))
        return page(name, process.port, process, *headers)

    if wanted(RAW):
        yield raw(RAW, haproxy, "show stat")
    if wanted(RAW_ALL):
        yield raw(RAW_ALL, haproxy, "show stat", "show info", "show servers state")
    if wanted(PROMEX):
        yield page(PROMEX, haproxy.promex_port, None)
    if wanted(EXPORTER) and pathlib.Path(processes.PROMETHEUS_HAPROXY_EXPORTER).exists():
        process = stack.enter_context(processes.PrometheusHaproxyExporter(haproxy, folder))
        yield page(EXPORTER, process.port, process)
    if options.steward.exists():
        for name, pacing, *headers in ((STEWARD, "off"), (PACED, "auto"), (GZIPPED, "off", GZIP),
                                       (OPENMETRICS, "off", ACCEPT_OPENMETRICS)):
            if wanted(name):
                yield steward(name, pacing, *headers)


def measure_scale(options, servers):
    rounds = (QUICK_ROUNDS if options.quick else ROUNDS)[servers]
    end = time.monotonic() + SCALE_SECONDS
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-bench-"))
        haproxy = stack.enter_context(processes.HAProxy(options.haproxy, folder, *SHAPES[servers]))
        running = list(contestants(options, haproxy, folder, stack))
        for contestant in running:
            contestant.check()
        for done in range(rounds):
            if done and time.monotonic() > end:
                break
            for contestant in running:
                contestant.scrape(haproxy)
        return [contestant.result(servers) for contestant in running]


def measure(options):
    results = []
    for servers in options.servers:
        print(f"bench: {servers:,} servers ...", file=sys.stderr, flush=True)
        results += measure_scale(options, servers)
    return results
