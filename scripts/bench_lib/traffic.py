"""What traffic feels while the same HAProxy thread is scraped in a loop: a keep-alive client asks
every 0.5 ms (tests/bench/ping.cpp) beside each contestant."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from . import client, processes

PINGER_SOURCE = pathlib.Path(__file__).resolve().parents[2] / "tests/bench/ping.cpp"
SHAPES = ((100, 100), (5_000, 2))
ROUNDS, QUICK_ROUNDS = 5, 1
PINGS, SECONDS = 2_000, 3  # a round: so many pings, but no longer
INTERVAL_US = 500
IDLE, MONOLITHIC, PROMEX = "idle", "raw: show stat, monolithic", "promex"
STEWARD, UNPACED = "steward, pacing auto", "steward, pacing off"


def build_pinger(folder):
    pinger = pathlib.Path(folder) / "bench_ping"
    compiler = os.environ.get("CXX", "c++")
    subprocess.run([compiler, "-std=c++20", "-O2", "-o", pinger, PINGER_SOURCE], check=True)
    return pinger


def ping(pinger, port):
    run = subprocess.run([pinger, str(port), str(PINGS), str(INTERVAL_US), str(SECONDS)],
                         check=True, capture_output=True, text=True)
    count, p50, p99, longest = map(int, run.stdout.split())
    return {"pings": count, "p50_ms": p50 / 1e3, "p99_ms": p99 / 1e3, "max_ms": longest / 1e3}


def cases(options, haproxy, folder, stack):
    """(name, what is asked in a loop, or None)"""
    yield IDLE, None
    yield MONOLITHIC, lambda: client.read_socket(haproxy.socket, "show stat")
    yield PROMEX, lambda: client.fetch(haproxy.promex_port)
    if options.steward.exists():
        for name, pacing in ((STEWARD, "auto"), (UNPACED, "off")):
            steward = stack.enter_context(processes.Steward(
                options.steward, haproxy, folder, name.replace(" ", "-"), pacing))
            client.fetch(steward.port)  # auto paces by the shape seen before
            yield name, lambda port=steward.port: client.fetch(port)


def measure_case(pinger, haproxy, ask):
    if ask is None:
        return ping(pinger, haproxy.traffic_port)
    with client.Loop(ask) as loop:
        row = ping(pinger, haproxy.traffic_port)
    if loop.error:
        raise loop.error
    return row | {"scrape_ms": statistics.median(loop.walls_ms)}


def measure_shape(options, shape):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-bench-"))
        pinger = build_pinger(folder)
        haproxy = stack.enter_context(processes.HAProxy(options.haproxy, folder, *shape))
        running = list(cases(options, haproxy, folder, stack))
        rows = {name: [] for name, _ in running}
        for _ in range(QUICK_ROUNDS if options.quick else ROUNDS):
            for name, ask in running:
                rows[name].append(measure_case(pinger, haproxy, ask))
    return [{"shape": "{:,} x {:,}".format(*shape), "name": name} | summary(of)
            for name, of in rows.items()]


def summary(rows):
    """The median of the rounds; all the pings; the longest of all."""
    result = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    return result | {"pings": sum(row["pings"] for row in rows),
                     "max_ms": max(row["max_ms"] for row in rows)}


def measure(options):
    results = []
    for shape in SHAPES:
        print("bench: traffic, {:,} x {:,} ...".format(*shape), file=sys.stderr, flush=True)
        results += measure_shape(options, shape)
    return results
