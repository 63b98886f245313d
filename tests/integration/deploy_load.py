"""What a deployment meets: web applications that can be stopped dead, a HAProxy before them, and
clients that count every request that was not answered with 200.

  deploy_load.py PORT    the clients alone: a JSON report for each line read, until the end of input
"""

import asyncio
import collections
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time

from harness import free_port, wait_until
from programs import HAProxy

KEPT, FRESH = 6, 3     # clients that keep their connection; that open one for each request
PAUSE = 0.02           # seconds between two requests of a client
SLOW_EVERY = 20        # each so manieth request is a slow one
SLOW_TAKES = 0.3       # seconds
PATIENCE = 5.0         # seconds a client waits for an answer


class Clients:
    """Asks until told to stop, and remembers what became of it."""

    def __init__(self, port):
        self.port = port
        self.served = collections.Counter()   # by who answered
        self.failed = collections.Counter()   # by what went wrong
        self.late = 0                         # answers that took over a second
        self.over = False

    def report(self):
        return {"served": self.served, "failed": self.failed, "late": self.late}

    async def run(self):
        jobs = [self._client(number, number < KEPT) for number in range(KEPT + FRESH)]
        await asyncio.gather(*jobs)

    async def _client(self, number, keeps):
        link = None
        while not self.over:
            number += 1
            path = "/slow" if number % SLOW_EVERY == 0 else "/"
            started = time.monotonic()
            try:
                link = link or await asyncio.wait_for(self._connect(), PATIENCE)
                status, name, close = await asyncio.wait_for(self._ask(link, path), PATIENCE)
                if status == 200:
                    self.served[name] += 1
                else:
                    self.failed[str(status)] += 1
            except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
                self.failed[type(error).__name__] += 1
                close = True
            self.late += time.monotonic() - started > 1
            if link and (close or not keeps):
                link[1].close()
                link = None
            await asyncio.sleep(PAUSE)

    def _connect(self):
        return asyncio.open_connection("127.0.0.1", self.port)

    async def _ask(self, link, path):
        reader, writer = link
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.split("content-length:")[1].split()[0]))
        return int(head.split()[1]), body.decode(), "connection: close" in head


async def _main(port):
    clients = Clients(port)
    work = asyncio.create_task(clients.run())
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(clients.report()), flush=True)
    clients.over = True
    await work
    print(json.dumps(clients.report()), flush=True)


class Load(contextlib.AbstractContextManager):
    """The clients, in a process of their own until the context ends."""

    def __init__(self, port):
        self.late = 0     # answers that took over a second, as last seen
        self._process = subprocess.Popen([sys.executable, __file__, str(port)], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        self.more(20)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def seen(self):
        """(answers by who gave them, failures by what they were) until now."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read(self._process.stdout.readline())

    def stop(self):
        """The same, at the end: every request under way was waited for."""
        return self._read(self._process.communicate(timeout=2 * PATIENCE)[0].splitlines()[-1])

    def more(self, requests):
        """What came of the next requests, at least so many."""
        served, failed = self.seen()
        def asked():
            now, wrong = self.seen()
            if (now - served).total() + (wrong - failed).total() >= requests:
                return now - served, wrong - failed
        return wait_until(f"{requests} more requests", asked, every=0.1)

    def _read(self, line):
        report = json.loads(line)
        self.late = report["late"]
        return collections.Counter(report["served"]), collections.Counter(report["failed"])


class Applications(contextlib.AbstractContextManager):
    """Web applications on a thread, on free ports. One that stops takes its connections along,
    as a process does."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # whoever stops leaves somebody waiting
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.all = {}

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        for application in self.all.values():
            application.forget()
        self.do(self._rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @staticmethod
    async def _rest():
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def do(self, job):
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(5)

    def application(self, name, port=None):
        """One that does not run yet."""
        self.all[name] = Application(self, name, port or free_port())
        return self.all[name]

    def running(self, name, **more):
        return self.application(name, **more).start()


class Application:
    """Answers with its name. `bad`: its checks fail; `erring`: every so manieth answer is a 500.
    `checked`, `requests`: how many there were."""

    def __init__(self, home, name, port):
        self.name, self.port = name, port
        self.address = f"127.0.0.1:{port}"
        self.bad, self.erring = False, 0
        self.requests = self.checked = 0
        self.slow_takes = SLOW_TAKES
        self._home, self._server, self._links = home, None, set()
        self._keep_port()

    def _keep_port(self):
        """While it does not run nobody else shall: a bound socket that refuses connections."""
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(("127.0.0.1", self.port))

    def start(self):
        self._kept.close()
        self._server = self._home.do(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def stop(self):
        if self._server:
            self._home.do(self._stop())
            self._keep_port()

    def forget(self):
        """For good."""
        self.stop()
        self._kept.close()

    async def _stop(self):
        self._server.close()
        for writer in self._links:
            writer.transport.abort()
        self._server = None

    async def _serve(self, reader, writer):
        self._links.add(writer)
        with contextlib.suppress(OSError, EOFError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                status, body = await self._answer(head.split()[1].decode())
                writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                             .encode())
        self._links.discard(writer)
        writer.close()

    async def _answer(self, path):
        if path == "/health":
            self.checked += 1
            return (503 if self.bad else 200), ""
        self.requests += 1
        if path == "/slow":
            await asyncio.sleep(self.slow_takes)
        erring = self.erring and self.requests % self.erring == 0
        return (500 if erring else 200), self.name


CONFIG = """\
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  option idle-close-on-response
frontend www
  bind 127.0.0.1:{www}
  default_backend {backend}
backend {backend}
  balance roundrobin
  option httpchk GET /health
{lines}  default-server check inter 200ms rise 2 fall 2
{servers}{rest}"""


class Site(HAProxy):
    """A HAProxy before running applications web1 …. `lines` are more of the backend's, `options`
    those of a server by its name, `rest` comes after the backend; {web1} in it is the address of
    the first."""

    def __init__(self, home, version=None, *, count=4, backend="web", lines="", options=None,
                 rest="", name="site", **more):
        self.www, self.backend = free_port(), backend
        self._stack = contextlib.ExitStack()
        self.applications = self._stack.enter_context(Applications())
        self.old = [self.applications.running(f"web{i}") for i in range(1, count + 1)]
        servers = "".join(f"  server {each.name} {each.address} weight 100 "
                          f"{(options or {}).get(each.name, '')}\n" for each in self.old)
        rest = rest.format(**{each.name: each.address for each in self.old})
        try:
            super().__init__(home, CONFIG.format(www=self.www, backend=backend, lines=lines,
                                                 servers=servers, rest=rest),
                             version, name=name, **more)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self):
        super().__enter__()
        wait_until("the checks to be done", lambda: all(
            row["check_status"].startswith("L7") for row in self.servers_of().values()))
        return self

    def __exit__(self, *details):
        super().__exit__(*details)
        self._stack.close()

    def servers_of(self, backend=None):
        """{server: its row of `show stat`}."""
        return {name: row for (proxy, name), row in self.rows().items()
                if proxy == (backend or self.backend) and row["type"] == "2"}

    def state_of(self, server, backend=None):
        """Its row of `show servers state`, or None."""
        lines = self.command(f"show servers state {backend or self.backend}").splitlines()
        header = lines[1].removeprefix("# ").split()
        rows = (dict(zip(header, line.split())) for line in lines[2:])
        return next((row for row in rows if row.get("srv_name") == server), None)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
