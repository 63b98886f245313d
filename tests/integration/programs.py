"""The programs under test: real HAProxies of several versions, and the steward's own binary."""

import contextlib
import csv
import functools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import unittest

from harness import ROOT, Process, free_port, http_get, wait_until



@functools.lru_cache
def haproxies():
    """{"2.6": path, …}, oldest first: what scripts/haproxies offers, or what STEWARD_HAPROXIES
    says ("3.0=/path,…")."""
    given = os.environ.get("STEWARD_HAPROXIES")
    if given:
        return _oldest_first(pair.split("=", 1) for pair in given.split(","))
    listing = subprocess.run([ROOT / "scripts" / "haproxies"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return _oldest_first(line.split(None, 1) for line in listing.splitlines() if line.strip())


def core_haproxies():
    """The versions that tests of the core run on: an old one, one between, a new one."""
    wanted = [version for version in haproxies() if version in ("2.6", "3.0", "3.2")]
    return wanted or [oldest(), newest()]


def on_each_haproxy(loader, *cases):
    """A suite of these cases once for each core version, which is their `version`."""
    suite = unittest.TestSuite()
    for version in core_haproxies():
        for case in cases:
            name = f"{case.__name__}_HAProxy_{version.replace('.', '_')}"
            suite.addTests(loader.loadTestsFromTestCase(
                type(name, (case,), {"version": version})))
    return suite


def number_of(version):
    return tuple(int(part) for part in version.split("."))


def _oldest_first(pairs):
    found = dict(sorted(pairs, key=lambda pair: number_of(pair[0])))
    if len(found) < 2:
        raise AssertionError(f"two HAProxies at least are needed, there is {found}")
    return found


def oldest():
    return next(iter(haproxies()))


def newest():
    return next(reversed(haproxies()))


def ask(path, line, timeout=15.0):
    """One transaction with a unix socket: the whole answer, as text."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout)
        link.connect(str(path))
        link.sendall(line.encode(errors="surrogateescape") + b"\n")
        answer = bytearray()
        while piece := link.recv(65536):
            answer += piece
    return answer.decode(errors="surrogateescape")


class HAProxy(Process):
    """A running HAProxy. `config` is the text after the global section that is written here;
    `level` is that of its stats socket, `socket`."""

    def __init__(self, home, config, version=None, *, name="haproxy", level="admin",
                 extra_global="", master=False):
        self.version = version or oldest()
        self.master = master
        self.config_path = home / f"{name}.cfg"
        self.socket = home / f"{name}.sock"
        self.master_socket = home / f"{name}-master.sock"
        text = (f"global\n  stats socket {self.socket} mode 666 level {level}\n"
                f"  stats timeout 30s\n  maxconn 2000\n{extra_global}{config}")
        self.config_path.write_bytes(text.encode(errors="surrogateescape"))
        mode = ["-W", "-S", f"{self.master_socket},mode,666"] if master else ["-db"]
        super().__init__(name, [haproxies()[self.version], *mode, "-f", self.config_path], home)

    def __enter__(self):
        try:
            wait_until(f"{self.name} to answer on its socket", self._answers)
        except AssertionError as error:
            log = self.log()
            self.__exit__()
            raise AssertionError(f"{error}\n{log}") from None
        return self

    def restart(self):
        """Ends it at once and starts it again."""
        self.end(signal.SIGKILL)
        self._launch()
        wait_until(f"{self.name} to answer again", self._answers)

    def _answers(self):
        if not self.running():
            raise AssertionError(f"HAProxy did not start:\n{self.log()}")
        if self.master and "worker" not in ask(self.master_socket, "show proc;quit"):
            return False
        return ask(self.socket, "show info")

    def command(self, line):
        return ask(self.socket, line)

    def rows(self):
        """`show stat` as {(proxy, server): {column: value}}."""
        header, *lines = csv.reader(self.command("show stat").removeprefix("# ").splitlines())
        return {(row[0], row[1]): dict(zip(header, row)) for row in lines if row}

    def servers(self):
        """(backend, server) of every server."""
        return [key for key, row in self.rows().items() if row["type"] == "2"]


def steward_binary():
    given = os.environ.get("STEWARD_BIN")
    if not given:
        raise AssertionError("set STEWARD_BIN to the haproxy-steward to test")
    return pathlib.Path(given)


def built_with(name):
    """A variable of the build that made the steward; "" if there is none."""
    cache = steward_binary().parent / "CMakeCache.txt"
    text = cache.read_text() if cache.exists() else ""
    found = re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def run_steward(*arguments, timeout=30.0, **options):
    """A subcommand that ends by itself: its CompletedProcess, with text."""
    return subprocess.run([str(steward_binary()), *map(str, arguments)], text=True,
                          capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL,
                          **options)


class Steward(Process):
    """`haproxy-steward serve`, ready. A plain `socket` becomes --haproxy.socket, `config` the
    text of --config.file; `user` runs it as somebody else than root; `environment` is added to
    the test's."""

    def __init__(self, home, *arguments, socket=None, config=None, user=None, name="steward",
                 ready=True, scheme="http", environment=None):
        self.port = free_port()
        self._await_ready = ready
        self.scheme = scheme
        argv = [steward_binary(), "serve", f"--web.listen-address=127.0.0.1:{self.port}"]
        if socket is not None:
            argv.append(f"--haproxy.socket={_address(socket)}")
        if config is not None:
            path = home / f"{name}-{self.port}.yml"
            path.write_text(config)
            argv.append(f"--config.file={path}")
        options = {"env": os.environ | environment} if environment else {}
        if user is not None:  # where a build lies is not open to everyone
            argv[0] = home / "haproxy-steward"
            shutil.copy2(steward_binary(), argv[0])
            options |= {"user": user, "group": "nogroup", "extra_groups": []}
        super().__init__(name, [*argv, *arguments], home, **options)

    def __enter__(self):
        if self._await_ready:
            try:
                wait_until("the steward to be ready", self._ready)
            except AssertionError as error:
                log = self.log()
                self.__exit__()
                raise AssertionError(f"{error}\n{log}") from None
        return self

    def _ready(self):
        if not self.running():
            raise AssertionError(f"the steward did not start:\n{self.log()}")
        if self.scheme != "http":
            return self.accepts()
        return self.get("/-/ready").status == 200

    def accepts(self):
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), 1)):
            return True

    def get(self, path="/metrics", headers=None, **options):
        return http_get(self.port, path, headers, **options)


def _address(socket):
    text = str(socket)
    return text if ":" in text.split("/")[0] else f"unix:{text}"
