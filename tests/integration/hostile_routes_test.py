"""Every route of openapi.yaml, by everybody who may not: who is nobody, whose role is too small,
and who is limited to another backend. Nothing changes."""

import unittest

import yaml

from alerting import delivery, now
from control import secret_file, sick
from harness import ROOT
from hostile import DRAIN, HostileCase

RANKS = ("viewer", "operator", "admin")
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
ROLLOUT = {"backend": "web", "cycle": ["web1"]}
# What a permitted caller would send.
BODIES = {
    "/webhook": DRAIN, "/api/v1/overrides": DRAIN, "/api/v1/evaluate": delivery(),
    "/api/v1/automation": {"paused": True}, "/api/v1/rollouts": ROLLOUT,
    "/api/v1/servers/{backend}/{server}": {"address": "127.0.0.1:1"},
    "/api/v1/rollouts/{id}/{change}": {},
}


def routes():
    """(method, path, role or None) of all that is described."""
    description = yaml.safe_load((ROOT / "src/http/openapi.yaml").read_text())
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                yield method.upper(), path, operation.get("x-role")


class Routes(HostileCase):
    principals = ({"name": "elsewhere", "role": "admin", "backends": ["other"],
                   "token_files": ["elsewhere.token"]},
                  {"name": "drainer", "role": "admin", "actions": ["drain"],
                   "token_files": ["drainer.token"]})

    @classmethod
    def prepare(cls):
        for name in ("elsewhere", "drainer"):
            secret_file(cls.home / f"{name}.token", f"the token of {name}, which is long")

    def ask_route(self, method, path, *, identity="01ARZ3NDEKTSV4RRFFQ69G5FAV", **options):
        concrete = path.format(id=identity, backend="web", server="web1", change="abort")
        body = BODIES.get(path, {}) if method == "POST" else None
        return self.steward.request(method, concrete, body, **options)

    def test_nobody_gets_in(self):
        for number, (method, path, role) in enumerate(routes()):
            if role is None:
                continue
            for token in (None, "wrong"):
                with self.subTest(route=f"{method} {path}", token=token):
                    answer = self.ask_route(method, path, role=None, token=token,
                                            source=f"127.8.{number}.{1 + bool(token)}")
                    self.assert_problem(answer, 401, "unauthenticated")

    def test_a_smaller_role_is_not_enough(self):
        for method, path, role in routes():
            for less in RANKS[:RANKS.index(role)] if role else ():
                with self.subTest(route=f"{method} {path}", role=less):
                    self.assert_problem(self.ask_route(method, path, role=less), 403, "forbidden")

    def test_no_other_method_opens_a_route(self):
        known = {(method, path) for method, path, _ in routes()}
        for path in sorted({path for _, path in known}):
            for method in METHODS:
                method = method.upper()
                if (method, path) in known or method in ("GET", "HEAD", "OPTIONS"):
                    continue
                with self.subTest(route=f"{method} {path}"):
                    answer = self.ask_route(method, path, role="admin")
                    self.assertIn(answer.status, (404, 405, 411), answer.text)

    def test_who_is_limited_to_another_backend_changes_nothing_here(self):
        token = (self.home / "elsewhere.token").read_text().strip()
        changes = [(method, path) for method, path, role in routes()
                   if role in ("operator", "admin")]
        for method, path in changes:
            with self.subTest(route=f"{method} {path}"):
                answer = self.ask_route(method, path, token=token)
                if answer.status == 200 and path == "/webhook":
                    self.assert_one(answer.json["results"], "rejected", guard="forbidden")
                elif "{id}" in path:
                    self.assertIn(answer.status, (403, 404), answer.text)
                else:
                    self.assert_problem(answer, 403, "forbidden")
        answer = self.steward.post("/webhook", delivery(sick("web1", starts=now())), token=token)
        self.assert_one(answer.json["results"], "rejected")
        for name in ("WEB", "web ", "other/../web", "{other,web}", "*", "web\u200b", "o?her"):
            for path in ("/webhook", "/api/v1/overrides"):
                with self.subTest(name=name, path=path):
                    answer = self.steward.post(path, DRAIN | {"backend": name}, token=token)
                    self.assertNotEqual(answer.status, 201, answer.text)
                    if answer.status == 200:
                        self.assert_one(answer.json["results"], "rejected")

    def test_who_may_only_drain_does_nothing_else(self):
        token = (self.home / "drainer.token").read_text().strip()
        for action in ({"action": "maint"}, {"action": "weight", "value": 0},
                       {"action": "health", "value": "down"}, {"action": "checks", "value": "disabled"}):
            with self.subTest(action=action):
                answer = self.steward.post("/webhook", DRAIN | action, token=token)
                self.assert_one(answer.json["results"], "rejected", guard="forbidden")
        for method, path in (("POST", "/api/v1/servers/{backend}/{server}"),
                             ("DELETE", "/api/v1/servers/{backend}/{server}"),
                             ("POST", "/api/v1/rollouts")):
            with self.subTest(route=f"{method} {path}"):
                self.assertIn(self.ask_route(method, path, token=token).status, (400, 403, 409))


class Others(HostileCase):
    """What somebody else made is theirs: no route ends it for who may not."""

    principals = Routes.principals
    prepare = classmethod(Routes.prepare.__func__)

    def test_an_override_of_another_backend_is_not_released(self):
        token = (self.home / "elsewhere.token").read_text().strip()
        made = self.steward.done("drain", "web2")["override"]
        try:
            for identity in (made, made.lower(), f"%20{made}", f"{made}%00", f"./{made}"):
                for who in ({"token": token}, {"role": "viewer"}, {"role": None}):
                    answer = self.steward.delete(f"/api/v1/overrides/{identity}", **who)
                    self.assertIn(answer.status, (400, 401, 403, 404), answer.text)
            self.assertEqual(self.steward.override(made)["phase"], "active")
        finally:
            self.assertEqual(self.steward.delete(f"/api/v1/overrides/{made}?wait=5s",
                                                 role="admin").status, 200)
            self.between.forget()


if __name__ == "__main__":
    unittest.main()
