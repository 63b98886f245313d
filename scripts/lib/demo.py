"""The moving parts of scripts/demo: demo.py STEWARD [--once]. All on loopback, on free ports.

The rules are those of alerts/remediation.rules.yml and of examples/, with seconds for minutes."""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import secrets
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

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 15  # seconds a program may take to come up
class Failed(Exception):
    """The demo cannot go on; the message says why."""


class Web(http.server.BaseHTTPRequestHandler):
    """One of the servers behind HAProxy. One that errs still passes its health checks."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        status = 500 if self.server.errs and self.path != "/health" else 200
        body = f"{status} from {self.server.server_port}\n".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """HAProxy logs."""


class WebServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    errs = False

    def handle_error(self, request, client_address):
        """A client that went away is nothing to print."""


def start_web_server():
    """It ends with this process."""
    server = WebServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, timeout=5, token=None):
    """The body of a 2xx answer."""
    request = urllib.request.Request(url)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read().decode()


def make_traffic(url, stop):
    """About a hundred requests a second, until stop is set."""
    while not stop.wait(0.01):
        with contextlib.suppress(OSError, http.client.HTTPException):
            get(url + "/")


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


def start_haproxy(stack, folder):
    """The address of the site, the runtime socket, and the servers by name."""
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"
    port, admin = free_port(), folder / "admin.sock"
    webs = {name: start_web_server() for name in ("web1", "web2", "web3", "spare")}
    ports = {f"{name.upper()}_PORT": str(web.server_port) for name, web in webs.items()}
    process, log = start(stack, folder, "haproxy", [program, "-db", "-f", EXAMPLES / "haproxy.cfg"],
                         env={**os.environ, **ports, "HAPROXY_PORT": str(port),
                              "HAPROXY_SOCKET": str(admin)})
    site = f"http://127.0.0.1:{port}"
    wait_for("HAProxy", lambda: get(f"{site}/"), process, log)
    return site, admin, webs


def start_steward(stack, folder, binary, admin):
    """Its metrics, its control listener and a token for that."""
    metrics, control = free_port(), free_port()
    token = folder / "steward.token"
    token.touch(0o600)
    token.write_text(secrets.token_hex())
    config = yaml.safe_load((EXAMPLES / "steward-remediation.yml").read_text())
    config["instances"][0]["socket"] = f"unix:{admin}"
    config["web"] = {"listen_addresses": [f"127.0.0.1:{metrics}"]}
    config["control"] = {"listen_addresses": [f"127.0.0.1:{control}"]}
    config["storage"] = {"path": str(folder / "ledger")}
    config["principals"] = [
        {"name": "alertmanager", "role": "operator", "token_files": [str(token)]}]
    config["rules"] = [rule | {"mode": "enforce", "min_hold": "8s"} for rule in config["rules"]]
    # api has only two servers, which track web's: one of them has to do.
    config["guards"]["min_available"] = {"count": 1, "percent": 50}
    file = folder / "steward.yml"
    file.write_text(yaml.safe_dump(config))
    process, log = start(stack, folder, "steward", [binary, "serve", "--config.file", file])
    steward = f"http://127.0.0.1:{control}"
    wait_for("the steward", lambda: get(f"{steward}/-/ready"), process, log)
    return f"http://127.0.0.1:{metrics}/metrics", steward, token


def start_alertmanager(stack, folder, steward, token):
    port = free_port()
    config = {
        "route": {"receiver": "steward", "group_by": ["haproxy", "proxy"],
                  "group_wait": "1s", "group_interval": "1s", "repeat_interval": "30m"},
        "receivers": [{"name": "steward", "webhook_configs": [{
            "url": f"{steward}/webhook", "send_resolved": True,
            "http_config": {"authorization": {"credentials_file": str(token)}}}]}]}
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    program = shutil.which("prometheus-alertmanager") or "alertmanager"
    process, log = start(stack, folder, "alertmanager", [
        program, f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="])
    wait_for("Alertmanager", lambda: get(f"http://127.0.0.1:{port}/-/ready"), process, log)
    return port


def hurried(rules):
    """Windows of seconds."""
    rules = re.sub(r"^( +for:) .*$", r"\1 1s", rules, flags=re.MULTILINE)
    return rules.replace("[5m]", "[6s]").replace("[1m]", "[3s]")


def start_prometheus(stack, folder, metrics, alertmanager):
    port = free_port()
    rules = folder / "rules.yml"
    rules.write_text(hurried((ROOT / "alerts" / "remediation.rules.yml").read_text()))
    target = metrics.removeprefix("http://").removesuffix("/metrics")
    config = {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "450ms",
                   "evaluation_interval": "500ms"},
        "rule_files": [str(rules)],
        "alerting": {"alertmanagers": [
            {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": [{"job_name": "haproxy", "honor_labels": True, "static_configs": [
            {"targets": [target], "labels": {"haproxy": "lb1"}}]}]}
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    process, log = start(stack, folder, "prometheus", [
        "prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}"])
    wait_for("Prometheus", lambda: get(f"http://127.0.0.1:{port}/-/ready"), process, log)
    return f"http://127.0.0.1:{port}"


class Story:
    """What happens, told line by line as the audit has it."""

    EVENTS = {
        "created": "the alert came to the steward, and the guards let it pass",
        "active": "it is drained: `{command}`",
        "released": "it is back: `{command}`"}

    def __init__(self, steward, token):
        self.began = time.monotonic()
        self.steward, self.token, self.seen = steward, token.read_text(), 0

    def tell(self, text):
        print(f"{time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def wait(self, event, seconds):
        """Tells the lines up to one of this event about web2."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.fresh():
                told = self.EVENTS.get(line["event"])
                if told and line.get("setting") == "state":
                    self.tell(f"{line['target']}: " + told.format_map({"command": "", **line}))
                if line["event"] == event and line["target"] == "lb1:web/web2":
                    return
            time.sleep(0.2)
        raise Failed(f"web2 was not {event} within {seconds} s")

    def fresh(self):
        url = f"{self.steward}/api/v1/audit?after={self.seen}"
        lines = json.loads(get(url, token=self.token))["lines"]
        self.seen = max([self.seen, *(line["sequence"] for line in lines)])
        return lines


def play(story, webs):
    time.sleep(8)  # until the rules know what is usual
    story.tell("web2 begins to answer 500; its health checks still pass")
    webs["web2"].errs = True
    story.wait("active", 60)
    story.tell("web1 and web3 serve; nobody was paged")
    time.sleep(3)
    story.tell("web2 is repaired")
    webs["web2"].errs = False
    story.wait("released", 60)


def run(stack, binary, once):
    folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-demo-")))
    site, admin, webs = start_haproxy(stack, folder)
    metrics, steward, token = start_steward(stack, folder, binary, admin)
    alertmanager = start_alertmanager(stack, folder, steward, token)
    prometheus = start_prometheus(stack, folder, metrics, alertmanager)
    stop = threading.Event()
    stack.callback(stop.set)
    threading.Thread(target=make_traffic, args=(site, stop), daemon=True).start()
    print(f"\nthe site        {site}/\nits socket      {admin}\nthe metrics     {metrics}\n"
          f"Prometheus      {prometheus}/alerts\nAlertmanager    http://127.0.0.1:{alertmanager}\n"
          f"the steward     {steward}   (token: {token})\n", flush=True)
    story = Story(steward, token)
    play(story, webs)
    if once:
        return
    print("\nLook around; Ctrl-C stops it all. Who did what:\n"
          f"  {binary} audit --url {steward} --token-file {token}", flush=True)
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
