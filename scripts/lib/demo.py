"""The moving parts of scripts/demo: demo.py STEWARD [--once]. All on loopback, on free ports."""

import contextlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "haproxy.cfg"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 15  # seconds a program may take to come up
TELLING = re.compile(
    r"haproxy_up\b|haproxy_server_(status|admin_state)\{[^}]*\} 1$"
    r"|haproxy_server_(weight|current_sessions|current_session_rate)\{"
    r'|haproxy_frontend_(current_sessions|http_requests_total)\{proxy="www"'
    r'|haproxy_frontend_http_responses_total\{proxy="www",code="[245]xx"')


class Failed(Exception):
    """The demo cannot go on; the message says why."""


class Web(http.server.BaseHTTPRequestHandler):
    """One of the servers behind HAProxy: quick, now and then slow, and sometimes it fails."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        if self.path == "/slow":
            time.sleep(0.5)
        status = {"/broken": 500, "/missing": 404}.get(self.path, 200)
        body = f"{status} from {self.server.server_port}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """HAProxy logs."""


class WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that went away is nothing to print."""


def start_web_server():
    """Its port. It ends with this process."""
    server = WebServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, timeout=5):
    """The body of a 2xx answer."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def make_traffic(url, stop):
    """About ten requests a second, until stop is set."""
    paths = ["/"] * 12 + ["/api/list"] * 5 + ["/slow", "/missing", "/broken"]
    number = 0
    while not stop.wait(0.1):
        number += 1
        with contextlib.suppress(OSError, http.client.HTTPException):
            get(url + paths[number * 7 % len(paths)])


def wait_for(what, answers, process, log):
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answers()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"{what} did not come up; it said:\n{log.read_text()}")
        time.sleep(0.05)


def start(stack, folder, name, command, **options):
    """A program that is stopped, by its pid, when the stack unwinds; returns it and its log."""
    log = folder / f"{name}.log"
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log.open("wb"),
                               stderr=subprocess.STDOUT, start_new_session=True, **options)
    stack.callback(stop_process, process)
    return process, log


def stop_process(process):
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def runtime_command(path, line):
    """One command to HAProxy's runtime socket; its answer."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(5)
        link.connect(str(path))
        link.sendall(line.encode() + b"\n")
        return b"".join(iter(lambda: link.recv(65536), b"")).decode()


def start_haproxy(stack, folder):
    """The address of the site, and the runtime socket."""
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"
    port, admin = free_port(), folder / "admin.sock"
    servers = {f"{name}_PORT": str(start_web_server())
               for name in ("WEB1", "WEB2", "WEB3", "SPARE")}
    process, log = start(stack, folder, "haproxy", [program, "-db", "-f", EXAMPLE],
                         env={**os.environ, **servers, "HAPROXY_PORT": str(port),
                              "HAPROXY_SOCKET": str(admin)})
    site = f"http://127.0.0.1:{port}"
    wait_for("HAProxy", lambda: get(f"{site}/"), process, log)
    return site, admin


def start_steward(stack, folder, binary, admin):
    """The address of the steward."""
    port = free_port()
    process, log = start(stack, folder, "steward", [
        binary, "serve", "--haproxy.socket", f"unix:{admin}",
        "--web.listen-address", f"127.0.0.1:{port}"])
    steward = f"http://127.0.0.1:{port}"
    wait_for("the steward", lambda: get(f"{steward}/-/ready"), process, log)
    return steward


def print_telling(steward):
    lines = [line for line in get(f"{steward}/metrics").splitlines() if TELLING.match(line)]
    print("\n".join(lines))
    if "haproxy_up 1" not in lines:
        raise Failed("haproxy_up is not 1")


def run(stack, binary, once):
    folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-demo-")))
    site, admin = start_haproxy(stack, folder)
    steward = start_steward(stack, folder, binary, admin)
    stop = threading.Event()
    stack.callback(stop.set)
    threading.Thread(target=make_traffic, args=(site, stop), daemon=True).start()
    for line in ("set server web/web3 state drain", "set server web/web2 weight 50%"):
        runtime_command(admin, line)
    print(f"\nthe site      {site}/         (web3 is drained, web2 has half its weight)\n"
          f"its socket    {admin}\n"
          f"the metrics   {steward}/metrics\n", flush=True)
    if once:
        time.sleep(3)  # for some traffic
        print_telling(steward)
        return
    print("Ctrl-C stops it all.", flush=True)
    threading.Event().wait()


def end(*_):
    """The first signal ends the demo; more of them do not disturb the cleaning up."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(binary, once=None):
    for number in ENDING:
        signal.signal(number, end)
    try:
        with contextlib.ExitStack() as stack:
            run(stack, binary, once is not None)
    except Failed as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        print("\nstopped")


if __name__ == "__main__":
    main(*sys.argv[1:])
