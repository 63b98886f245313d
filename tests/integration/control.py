"""A steward that acts on HAProxy: its configuration, its API, and what it remembers."""

import contextlib
import hashlib
import http.client
import json
import queue
import socket
import threading
import urllib.parse

from alerting import alert, delivery
from harness import Case, free_port, http_get, wait_until
from programs import Steward

# Guards that are in nobody's way, but for the last server of a backend.
LAX = {
    "min_available": {"count": 0, "percent": 0},
    "max_overridden": {"percent": 100},
    "mass_alert": {"percent": 100},
    "rate": {"count": 0},
    "total_rate": {"count": 0},
    "flap": {"hold": "0s"},
}
ROLES = ("viewer", "operator", "admin")


def rule(name, *, match=None, **fields):
    """A rule for alerts of this name about the server of labels proxy and server."""
    return {"name": name, "match": match or [f'alertname="{name}"'],
            "target": {"backend": {"source_labels": ["proxy"]},
                       "server": {"source_labels": ["server"]}},
            "set": {"state": "drain"}, "for": "1h", "min_hold": "0s", **fields}


def secret_file(path, words):
    """A file that nobody else can read."""
    path.touch(0o600)
    path.write_text(words + "\n")
    return path


def token_of(home, name):
    """The token of a principal, in a file as everywhere; the same whenever it is asked for."""
    words = hashlib.sha256(f"{home}{name}".encode()).hexdigest()
    return secret_file(home / f"{name}.token", words)


class ControlledSteward(Steward):
    """`haproxy-steward serve` with a control listener, a ledger in `home`, and a principal for
    each role with that name and a token. `sockets`: {instance: path}, or one path (instance lb1).
    `more` is merged into the configuration, section by section. A successor() has the same
    configuration and ledger."""

    def __init__(self, home, sockets, *, rules=(), guards=None, principals=(), name="steward",
                 control_port=None, environment=None, ready=True, **more):
        self._made_with = {"home": home, "sockets": sockets, "rules": rules, "guards": guards,
                           "principals": principals, "name": name, "ready": ready, **more}
        self.control_port = control_port or free_port()
        self.home = home
        self.storage = home / f"{name}-storage"
        self.tokens = {role: token_of(home, role) for role in ROLES}
        if not isinstance(sockets, dict):
            sockets = {"lb1": sockets}
        config = {
            "instances": [{"name": each, "socket": f"unix:{path}"}
                          for each, path in sockets.items()],
            "control": {"listen_addresses": [f"127.0.0.1:{self.control_port}"], "tick": "200ms",
                        "transaction_timeout": "2s", **more.pop("control", {})},
            "storage": {"path": str(self.storage)},
            "principals": [{"name": role, "role": role, "token_files": [str(path)]}
                           for role, path in self.tokens.items()] + list(principals),
            "rules": list(rules),
            "guards": LAX | (guards or {}),
            **more,
        }
        if not rules:
            del config["rules"]
        super().__init__(home, config=json.dumps(config, indent=1), name=name,
                         environment=environment, ready=ready)

    def _ready(self):
        return super()._ready() and self.accepts()

    def successor(self, **changes):
        """The next process; this one has ended."""
        return ControlledSteward(**self._made_with | {"control_port": self.control_port} | changes)

    def token(self, role):
        return self.tokens[role].read_text().strip()

    def request(self, method, path, body=None, *, role="operator", token=None, headers=None,
                timeout=15.0, source="127.0.0.1"):
        """With the token of a role, or another, or none; a body that is no bytes is sent as
        JSON. `source` is the loopback address it comes from: failures are counted by it."""
        fields = {}
        if token or role:
            fields["Authorization"] = f"Bearer {token or self.token(role)}"
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
        link = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=timeout,
                                          source_address=(source, 0))
        return http_get(self.control_port, path, fields | (headers or {}), method=method,
                        body=body, connection=link)

    def get(self, path="/metrics", headers=None, *, role="viewer", **options):
        """From the control listener; the pages of the other one from there."""
        if path.split("?")[0] in ("/metrics", "/"):
            return super().get(path, headers, **options)
        return self.request("GET", path, role=role, headers=headers, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def tell(self, *alerts, wait=None, role="operator", **fields):
        """Delivers alerts; the results of the answer."""
        answer = self.post("/webhook" + (f"?wait={wait}" if wait else ""),
                           delivery(*alerts, **fields), role=role)
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.text}")
        return answer.json["results"]

    def act(self, action, server, *, backend="web", wait="5s", role="admin", **fields):
        """One manual action: the answer of the webhook."""
        body = {"action": action, "backend": backend, "server": server, **fields}
        return self.post("/webhook" + (f"?wait={wait}" if wait else ""), body, role=role)

    def done(self, action, server, **fields):
        """One manual action that has to be done: its one result."""
        answer = self.act(action, server, **fields)
        if answer.status != 200 or answer.json["results"][0]["result"] == "rejected":
            raise AssertionError(f"{answer.status}: {answer.text}")
        return answer.json["results"][0]

    def override(self, override_id):
        answer = self.get(f"/api/v1/overrides/{override_id}")
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.text}")
        return answer.json

    def overrides(self, **query):
        return self._listed("overrides", "overrides", query)

    def live(self, **query):
        """All of them, up to a thousand."""
        return self.overrides(**{"phase": "pending,active,releasing", "limit": 1000} | query)

    def audit(self, **query):
        """Its lines, oldest first."""
        return self._listed("audit", "lines", {"limit": 1000} | query)

    def _listed(self, path, what, query):
        answer = self.get(f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.text}")
        return answer.json[what]

    def events_of(self, override_id):
        """What the audit says happened to an override, in order."""
        return [line["event"] for line in self.audit(override=override_id)]

    def wait_phase(self, override_id, phase, timeout=20.0, guard=None):
        """The override, once it is in this phase (and held by this guard)."""
        def there():
            seen = self.override(override_id)
            return seen if seen["phase"] == phase and seen.get("guard") == guard else None
        try:
            return wait_until(f"{override_id} to be {phase}", there, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.override(override_id)}") from None

    def value(self, name, **labels):
        """A sample of the steward's own metrics; 0 if there is none."""
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(name + ("{" if labels else " ")) and all(
                    f'{key}="{value}"' in line for key, value in labels.items()):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def events(self, last=None, role="viewer"):
        return EventStream(self, last, role)


class EventStream(contextlib.AbstractContextManager):
    """GET /api/v1/events, read on a thread: (id, line of the audit) each."""

    def __init__(self, steward, last, role):
        headers = {"Authorization": f"Bearer {steward.token(role)}"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self._link = http.client.HTTPConnection("127.0.0.1", steward.control_port, timeout=30)
        self._link.connect()
        self._socket = self._link.sock
        self._link.request("GET", "/api/v1/events", headers=headers)
        self.answer = self._link.getresponse()
        self._seen = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # the reader would hold up a mere close
        self._link.close()

    def _read(self):
        fields = {}
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while line := self.answer.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self._seen.put((int(fields["id"]), json.loads(fields["data"])))
                    fields = {}

    def next(self, timeout=15.0):
        return self._seen.get(timeout=timeout)


class ControlCase(Case):
    """Assertions on what the control listener answers."""

    def assert_problem(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.body[:500])
        self.assertEqual(answer.headers.get("content-type", "").split(";")[0],
                         "application/problem+json")
        problem = answer.json
        self.assertEqual((problem["status"], problem["code"]), (status, code), problem)
        self.assertEqual(problem["type"], "about:blank")
        self.assertTrue(problem["title"] and problem["detail"], problem)
        return problem

    def assert_one(self, results, result, **fields):
        """The one result of an answer, with these fields."""
        self.assertEqual(len(results), 1, results)
        self.assertEqual(results[0]["result"], result, results)
        for name, value in fields.items():
            self.assertEqual(results[0].get(name), value, results)
        return results[0]

    def assert_chain(self, steward):
        answer = steward.get("/api/v1/audit/verify", role="admin")
        self.assertEqual(answer.status, 200, answer.text)
        self.assertTrue(answer.json["intact"], answer.text)
        self.assertNotIn("broken_at", answer.json)
        return answer.json


def sick(server, name="Sick", proxy="web", **fields):
    """An alert about a server, as rule() wants it."""
    return alert(alertname=name, proxy=proxy, server=server, **fields)
