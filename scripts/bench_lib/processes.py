"""What is measured: HAProxy, the steward, prometheus-haproxy-exporter. Each is a context manager
that starts its process in a folder, waits until it answers, and ends it by its pid."""

import contextlib
import pathlib
import socket
import subprocess
import time

from . import client

START_DEADLINE = 30.0
STOP_DEADLINE = 10.0
PROMETHEUS_HAPROXY_EXPORTER = "/usr/bin/prometheus-haproxy-exporter"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child process; cpu_ms() counts all its threads, those that ended too."""

    def __init__(self, name, command, folder):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.child = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def wait_until_ready(self):
        deadline = time.monotonic() + START_DEADLINE
        while not self.ready():
            if self.child.poll() is not None or time.monotonic() > deadline:
                end = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start: {' '.join(self.command)}\n{end}")
            time.sleep(0.02)

    def ready(self):
        raise NotImplementedError

    def cpu_ms(self):
        # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel: nanoseconds, where
        # /proc/PID/stat has ticks of 10 ms.
        return time.clock_gettime((~self.child.pid << 3) | 2) * 1e3

    def peak_rss_mb(self):
        for line in pathlib.Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"no VmHWM of {self.name}")


def accepts(port):
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class HAProxy(Process):
    """One thread, `backends` x `servers_each` servers without health checks, its built-in exporter
    and a frontend that answers 200 by itself."""

    def __init__(self, binary, folder, backends, servers_each):
        self.backends, self.servers_each = backends, servers_each
        self.socket = pathlib.Path(folder) / "haproxy.sock"
        self.traffic_port, self.promex_port = free_port(), free_port()
        config = pathlib.Path(folder) / "haproxy.cfg"
        config.write_text(self.configuration())
        super().__init__("haproxy", [binary, "-db", "-f", config], folder)

    def configuration(self):
        lines = [
            "global",
            f"  stats socket {self.socket} mode 600 level admin",
            "  nbthread 1",
            "defaults",
            "  mode http",
            "  timeout client 60s",
            "  timeout server 60s",
            "  timeout connect 5s",
            "frontend traffic",
            f"  bind 127.0.0.1:{self.traffic_port}",
            "  http-request return status 200",
            "frontend promex",
            f"  bind 127.0.0.1:{self.promex_port}",
            "  http-request use-service prometheus-exporter if { path /metrics }",
        ]
        for backend in range(self.backends):
            lines.append(f"backend app-{backend:04}")
            lines += [f"  server srv-{n:03} 127.0.0.1:9" for n in range(self.servers_each)]
        return "\n".join(lines) + "\n"

    def ready(self):
        try:
            return b"Uptime_sec" in client.read_socket(self.socket, "show info").head
        except OSError:
            return False


class Exporter(Process):
    """A process that answers /metrics on self.port."""

    def ready(self):
        return accepts(self.port)


class PrometheusHaproxyExporter(Exporter):
    def __init__(self, haproxy, folder):
        self.port = free_port()
        super().__init__("prometheus-haproxy-exporter", [
            PROMETHEUS_HAPROXY_EXPORTER, f"--haproxy.scrape-uri=unix:{haproxy.socket}",
            "--haproxy.timeout=60s", f"--web.listen-address=127.0.0.1:{self.port}"], folder)


class Steward(Exporter):
    def __init__(self, binary, haproxy, folder, name, pacing):
        self.port = free_port()
        config = pathlib.Path(folder) / f"{name}.yml"
        config.write_text(f"scrape: {{pacing: {pacing}}}\n")
        super().__init__(name, [
            binary, "serve", f"--config.file={config}", f"--haproxy.socket=unix:{haproxy.socket}",
            f"--web.listen-address=127.0.0.1:{self.port}"], folder)
