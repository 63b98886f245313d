"""Small real things around a HAProxy: web servers, an agent, a resolver, a certificate, clients."""

import contextlib
import http.server
import socket
import socketserver
import ssl
import subprocess
import threading

from harness import free_port, http_get


class Served(contextlib.AbstractContextManager):
    """A socketserver on a thread of its own, on a free loopback port."""

    def __init__(self, handler, kind=socketserver.ThreadingTCPServer):
        kind.allow_reuse_address = True
        kind.daemon_threads = True
        kind.request_queue_size = 64
        self.port = free_port()
        self._server = kind(("127.0.0.1", self.port), handler)
        self._server.handle_error = lambda *_: None  # clients leave, and may
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.daemon = True

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello\n" * 20
        status = {"/missing": 404, "/broken": 500, "/moved": 302}.get(self.path, 200)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class WebServer(Served):
    def __init__(self):
        super().__init__(_Page, http.server.ThreadingHTTPServer)


class Agent(Served):
    """Answers every agent check with the same words."""

    def __init__(self, words="75%\n"):
        class Talk(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(words.encode())

        super().__init__(Talk)


class SilentResolver(contextlib.AbstractContextManager):
    """A name server that takes questions and never answers."""

    def __init__(self):
        self.port = free_port(socket.SOCK_DGRAM)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))

    def __exit__(self, *_):
        self._socket.close()


def certificate(home, name="site", common_name="www.example.org", days=30):
    """A self-signed certificate with its key in one file, as HAProxy wants it."""
    key, crt, pem = (home / f"{name}.{end}" for end in ("key", "crt", "pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj",
         f"/CN={common_name}", "-addext", f"subjectAltName=DNS:{common_name},IP:127.0.0.1",
         "-keyout", key, "-out", crt],
        check=True, capture_output=True)
    pem.write_bytes(crt.read_bytes() + key.read_bytes())
    return pem


def requests(port, count, path="/", status=None):
    """`count` plain HTTP requests; their statuses, checked if one is expected."""
    seen = [http_get(port, path).status for _ in range(count)]
    if status is not None and set(seen) != {status}:
        raise AssertionError(f"{path} on port {port} answered {seen}, not {status}")
    return seen


def tls_requests(port, count):
    """`count` handshakes with a request each; the certificate is not verified."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), 5) as raw:
            with context.wrap_socket(raw, server_hostname="www.example.org") as link:
                link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                while link.recv(4096):
                    pass


def garbage(port):
    """What is no HTTP request: counts as a request error."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(b"\x00\x01 this is not HTTP\r\n\r\n")
        link.recv(4096)


def aborted(port, path="/"):
    """A client that asks and leaves."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
