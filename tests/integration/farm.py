"""A HAProxy with web servers behind it that count, and steady traffic through it."""

import collections
import contextlib
import http.server
import threading
import time

from harness import Meanwhile, free_port, http_get, wait_until
from parts import Served
from programs import HAProxy


class CountingWeb(Served):
    """A web server that says its name and counts its requests (not checks and scrapes). It can
    turn sick: its metric `web_sick` says so; bad: its checks fail; or erring: it answers 500; and
    its checks can take a while."""

    def __init__(self, name):
        self.name = name
        self.sick = self.bad = self.erring = False
        self.check_takes = 0.0  # seconds
        self.requests = 0
        web = self

        class Page(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body = web.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(Page, http.server.ThreadingHTTPServer)

    def answer(self, path):
        if path == "/health":
            time.sleep(self.check_takes)
            return (503 if self.bad else 200), b"checked\n"
        if path == "/metrics":
            return 200, (f'web_sick{{proxy="web",server="{self.name}"}} '
                         f"{int(self.sick)}\n").encode()
        self.requests += 1
        return (500 if self.erring else 200), self.name.encode()


CONFIG = """
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend www
  bind 127.0.0.1:{www}
  default_backend web
backend web
  balance roundrobin
  option httpchk GET /health
  default-server check inter 100ms fastinter 100ms rise 2 fall 2
{servers}{rest}"""


class Farm(HAProxy):
    """`count` counting web servers as web/web1 … with a weight of 100 each. `options` are those
    of a server by its name; `rest` is appended to the configuration, where {web1} is the address
    of the first."""

    def __init__(self, home, version=None, *, count=4, rest="", options=None, name="farm", **more):
        self.www = free_port()
        self._stack = contextlib.ExitStack()
        self.webs = {f"web{i}": CountingWeb(f"web{i}") for i in range(1, count + 1)}
        addresses = {web: f"127.0.0.1:{part.port}" for web, part in self.webs.items()}
        servers = "".join(f"  server {web} {address} weight 100 {(options or {}).get(web, '')}\n"
                          for web, address in addresses.items())
        super().__init__(home, CONFIG.format(www=self.www, servers=servers,
                                             rest=rest.format(**addresses)),
                         version, name=name, **more)

    def __enter__(self):
        for web in self.webs.values():
            self._stack.enter_context(web)
        super().__enter__()
        wait_until("the checks to be done", self._checked)
        return self

    def __exit__(self, *details):
        super().__exit__(*details)
        self._stack.close()

    def _checked(self):
        return all(not row["check_status"].startswith("*") and row["check_status"] != "INI"
                   for row in self.rows().values() if row["type"] == "2")

    def server(self, name, backend="web"):
        """Its row of `show servers state`."""
        lines = self.command(f"show servers state {backend}").splitlines()
        header = lines[1].removeprefix("# ").split()
        for line in lines[2:]:
            row = dict(zip(header, line.split()))
            if row.get("srv_name") == name:
                return row
        raise AssertionError(f"{backend} has no {name}: {lines}")

    def state(self, name, backend="web"):
        """ready, drain or maint, as forced by an operator."""
        bits = int(self.server(name, backend)["srv_admin_state"])
        return "maint" if bits & 1 else "drain" if bits & 8 else "ready"

    def states(self, backend="web"):
        return {name: self.state(name, backend)
                for proxy, name in self.servers() if proxy == backend}

    def weight(self, name, backend="web"):
        return int(self.server(name, backend)["srv_uweight"])

    def checks_run(self, name, backend="web"):
        return bool(int(self.server(name, backend)["srv_check_state"]) & 4)

    def status(self, name, backend="web"):
        return self.rows()[backend, name]["status"]

    def wait_state(self, name, state, timeout=20.0, backend="web"):
        wait_until(f"{backend}/{name} to be {state}",
                   lambda: self.state(name, backend) == state, timeout)


class Traffic(Meanwhile):
    """Steady requests through a HAProxy until it ends; who answered them, by the server's name."""

    def __init__(self, port, every=0.005):
        self.port = port
        self.every = every
        self.served = collections.Counter()
        self.failed = []
        self._lock = threading.Lock()

    def _run(self):
        while not self._over.wait(self.every):
            try:
                answer = http_get(self.port, "/", timeout=5)
            except OSError as error:
                self.failed.append(repr(error))
                continue
            with self._lock:
                if answer.status == 200:
                    self.served[answer.text] += 1
                else:
                    self.failed.append(answer.status)

    def during(self, requests=60, timeout=15.0):
        """Who answered the next so many requests."""
        with self._lock:
            before = collections.Counter(self.served)
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                seen = self.served - before
            if seen.total() >= requests:
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"{seen.total()} answers in {timeout} s; failed: "
                                     f"{self.failed[-5:]}")
            time.sleep(0.02)
