"""What a decision costs: from the webhook to HAProxy changed and read back, beside what HAProxy and
the disk allow in the same run."""

import contextlib
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

from . import client, processes

ONE, MANY, IDLE, LOAD = "one alert", "1,000 alerts at once", "idle tick", "200 requests a second"
TOKEN = "a token for the benchmark alone"
SMALL, LARGE = (10, 10), (100, 100)  # backends x servers
ROUNDS, QUICK_ROUNDS = 100, 20
# Seconds at which alerts start: one that is older than what was resolved just now is overtaken.
MANY_FROM, LATEST = 50, 59
RATE, LOAD_SECONDS, QUICK_LOAD_SECONDS = 200, 60, 10
LINE_BYTES = 8_000
RULE = {"name": "drain", "match": ['alertname="Sick"'], "set": {"state": "drain"}, "for": "1h",
        "min_hold": "0s", "target": {"backend": {"source_labels": ["proxy"]},
                                     "server": {"source_labels": ["server"]}}}
SLOW = RULE | {"name": "slow", "match": ['alertname="Slow"'], "set": {"weight": "50%"}}
# The guards decide each time, and let pass.
GUARDS = {"min_available": {"count": 0, "percent": 0}, "max_overridden": {"percent": 100},
          "mass_alert": {"percent": 100}, "rate": {"count": 0}, "total_rate": {"count": 0},
          "flap": {"hold": "0s"}}


class ControlledSteward(processes.Exporter):
    def __init__(self, binary, haproxy, folder, name="control"):
        self.port, self.control = processes.free_port(), processes.free_port()
        token = pathlib.Path(folder) / f"{name}.token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        config = pathlib.Path(folder) / f"{name}.yml"
        config.write_text(json.dumps({
            "instances": [{"name": "lb1", "socket": f"unix:{haproxy.socket}"}],
            "web": {"listen_addresses": [f"127.0.0.1:{self.port}"]},
            "log": {"level": "warn"},
            "control": {"listen_addresses": [f"127.0.0.1:{self.control}"]},
            "storage": {"path": str(pathlib.Path(folder) / f"{name}-storage")},
            "principals": [{"name": "bench", "role": "admin", "token_files": [str(token)]}],
            "rules": [RULE, SLOW], "guards": GUARDS}))
        super().__init__(name, [binary, "serve", f"--config.file={config}"], folder)

    def ready(self):
        with contextlib.suppress(OSError):
            link = http.client.HTTPConnection("127.0.0.1", self.control, timeout=5)
            link.request("GET", "/-/ready")
            return link.getresponse().status == 200
        return False

    def metric(self, name):
        text = client.page_text(client.fetch(self.port, keep=True)).decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(name))


class Caller:
    """One connection that is kept."""

    def __init__(self, port):
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, alerts, wait="60s"):
        """Milliseconds until the answer; all must be done."""
        body = json.dumps({"version": "4", "alerts": alerts})
        began = time.perf_counter()
        self.link.request("POST", f"/webhook?wait={wait}" if wait else "/webhook", body,
                          {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        answer = self.link.getresponse()
        results = json.loads(answer.read())["results"]
        took = (time.perf_counter() - began) * 1e3
        left = [each for each in results if each.get("phase") not in ("active", "released")]
        if answer.status != 200 or (wait and left):
            raise RuntimeError(f"webhook: {answer.status} {left[:1] or results[:1]}")
        return took


def alert(backend, server, status="firing", start=LATEST, name="Sick"):
    return {"status": status, "fingerprint": f"{backend}-{server}", "startsAt":
            f"2026-01-01T00:00:{start:02}Z", "labels": {
                "alertname": name, "proxy": f"app-{backend:04}", "server": f"srv-{server:03}"}}


def timed(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def sync_once(folder):
    """A small write to a file that is synced, as a journal does it."""
    with open(pathlib.Path(folder) / "synced", "ab") as file:
        file.write(b"x" * 4096)
        file.flush()
        os.fdatasync(file.fileno())


def command(server, state):
    return f"set server app-{server // 99:04}/srv-{server % 99:03} state {state}"


def one_alert(options, folder, haproxy, steward):
    caller, ours, base = Caller(steward.control), [], []
    state = lambda: client.read_socket(haproxy.socket, "show servers state")
    for turn in range(QUICK_ROUNDS if options.quick else ROUNDS):
        status, word = ("firing", "drain") if turn % 2 == 0 else ("resolved", "ready")
        ours.append(caller.post([alert(0, 0, status, turn // 2 % 60)]))
        base.append(timed(lambda: client.read_socket(
            haproxy.socket, f"set server app-0000/srv-001 state {word}")) + timed(state)
            + timed(lambda: sync_once(folder)))
    servers = haproxy.backends * haproxy.servers_each
    return {"name": f"{ONE}, {servers:,} servers", "ours_ms": ours, "base_ms": base,
            "base": "set server + show servers state + fsync"}


def chained(servers, state):
    lines = [""]
    for server in range(servers):
        text = command(server, state)
        if len(lines[-1]) + len(text) > LINE_BYTES:
            lines.append("")
        lines[-1] += (";" if lines[-1] else "") + text
    return lines


def many_alerts(options, haproxy, steward):
    """And the raw commands on the same servers, between."""
    caller, ours, base = Caller(steward.control), [], []
    everyone = [(server // 99, server % 99) for server in range(1_000)]
    for turn in range(2 if options.quick else 6):
        status, word = ("firing", "drain") if turn % 2 == 0 else ("resolved", "ready")
        ours.append(caller.post([alert(*each, status, MANY_FROM + turn // 2) for each in everyone]))
        base.append(sum(timed(lambda line=line: client.read_socket(haproxy.socket, line))
                        for line in chained(1_000, word))
                    + timed(lambda: client.read_socket(haproxy.socket, "show servers state")))
    socat = statistics.median(timed(lambda: subprocess.run(
        ["socat", "-", f"unix-connect:{haproxy.socket}"], input=b"show version\n",
        stdout=subprocess.DEVNULL, check=True)) for _ in range(20))
    return {"name": MANY, "ours_ms": ours, "base_ms": base, "socat_ms": socat * 1_000,
            "base": "the commands raw, chained + show servers state"}


def idle_tick(haproxy, steward):
    """With an override on each of the 10,000 servers; the last of a backend is never drained."""
    caller = Caller(steward.control)
    for begin in range(0, 100, 10):
        caller.post([alert(backend, server, name="Slow" if server == 99 else "Sick")
                     for backend in range(begin, begin + 10) for server in range(100)])
    seconds, count = (f"haproxy_steward_reconcile_duration_seconds_{end}"
                      for end in ("sum", "count"))
    ours, base = [], []
    for _ in range(5):
        before = steward.metric(seconds), steward.metric(count)
        time.sleep(2.5)
        after = steward.metric(seconds), steward.metric(count)
        ours.append((after[0] - before[0]) / (after[1] - before[1]) * 1e3)
        base.append(client.read_socket(haproxy.socket, "show servers state").wall_ms)
    return {"name": f"{IDLE}, 10,000 overrides", "ours_ms": ours, "base_ms": base,
            "base": "show servers state"}


def scrapes(steward, seconds):
    walls, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        walls.append(client.fetch(steward.port).wall_ms)
        time.sleep(0.25)
    return walls


def under_load(options, steward):
    """Scrapes beside a caller that repeats an alert RATE times a second, and without."""
    seconds = QUICK_LOAD_SECONDS if options.quick else LOAD_SECONDS
    caller, stopped, errors, sent = Caller(steward.control), threading.Event(), [], []

    def repeat():
        began = time.monotonic()
        try:
            while not stopped.is_set():
                sent.append(caller.post([alert(0, 0)], wait=None))
                time.sleep(max(0.0, began + len(sent) / RATE - time.monotonic()))
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            errors.append(error)

    idle = scrapes(steward, seconds / 4)
    thread = threading.Thread(target=repeat)
    thread.start()
    busy = scrapes(steward, seconds)
    stopped.set()
    thread.join()
    if errors:
        raise RuntimeError(f"after {len(sent)} requests: {errors[0]}")
    return {"name": LOAD, "ours_ms": busy, "base_ms": idle, "base": "scrapes without them",
            "requests": len(sent), "seconds": seconds, "request_p50_ms": statistics.median(sent)}


def measure(options):
    results = []
    for shape in (SMALL, LARGE):
        with tempfile.TemporaryDirectory() as folder, processes.HAProxy(
                options.haproxy, folder, *shape) as haproxy:
            with ControlledSteward(options.steward, haproxy, folder) as steward:
                results.append(one_alert(options, folder, haproxy, steward))
                if shape == SMALL:
                    results.append(under_load(options, steward))
                else:
                    results.append(many_alerts(options, haproxy, steward))
                    results.append(idle_tick(haproxy, steward))
    return results
