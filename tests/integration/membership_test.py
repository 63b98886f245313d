"""Servers added at runtime: in service after a passed check, or not there at all."""

import unittest

from deploy_load import Load
from deployment import DeployCase
from harness import free_port, holds, wait_until
from parts import certificate
from programs import on_each_haproxy

REST = """\
backend fixed
  balance static-rr
  server on {web1} check
backend mapped
  balance source
  server on {web1} check
frontend tls
  bind 127.0.0.1:TLS ssl crt PEM
  http-request return status 200
backend secure
  server on 127.0.0.1:TLS ssl verify none check
backend plain
  server on {web1} maxconn 33
backend bare
"""


class Added(DeployCase):
    def test_it_serves_after_a_passed_check_and_not_before(self):
        self.begin()
        new = self.application()
        new.bad = True
        load = self.enterContext(Load(self.site.www))
        asked = self.added("web9", new, reason="more room")
        self.assertEqual((asked["instance"], asked["backend"], asked["server"], asked["wish"],
                          asked["address"], asked["principal"], asked["reason"]),
                         ("lb1", "web", "web9", "present", new.address, "admin", "more room"))
        self.assertIn(asked["stage"], ("adding", "joining"))
        self.steward.wait_stage(asked["id"], "joining")
        wait_until("its checks", lambda: new.checked > 1)
        holds("nobody is sent there", lambda: new.requests == 0, 1.0)
        new.bad = False
        standing = self.steward.wait_stage(asked["id"], "present")
        self.assertNotIn("ended", standing)
        served, _ = load.more(200)
        self.assertGreater(served[new.name] / served.total(), 0.1, served)  # a fifth
        self.assertEqual(load.stop()[1], {})
        row = self.site.servers_of()["web9"]
        self.assertEqual((row["status"], row["weight"]), ("UP", "100"))
        self.assertTrue(row["check_status"].endswith("L7OK"), row)  # "* L7OK" while the next runs
        events = self.steward.events_of(asked["id"])
        self.assertEqual([each for each in events if each in ("added", "joined")],
                         ["added", "joined"], events)
        self.assert_at_rest("web1", "web2", "web3", "web4", "web9")

    def test_one_that_starts_slowly_serves_all_the_same(self):
        self.begin()
        self.stand("web9", self.application(), options={"slowstart": "5m", "inter": "200ms"})
        self.assertEqual(self.state("web9"), "ready")

    def test_it_is_like_its_sibling_but_for_what_is_named(self):
        self.begin(site={"options": {"web2": "weight 40 maxconn 77"}})
        self.stand("web8", self.application(), like="web2")
        self.stand("web9", self.application(), like="web2",
                   options={"inter": "150ms", "maxconn": 50, "weight": 7})
        rows = self.site.servers_of()
        self.assertEqual((rows["web8"]["weight"], rows["web8"]["slim"]), ("40", "77"))
        self.assertEqual((rows["web9"]["weight"], rows["web9"]["slim"]), ("7", "50"))
        self.assertIn("inter 150ms", " ".join(self.between.mutating()))

    def test_one_that_never_becomes_healthy_is_taken_out_again(self):
        self.begin()
        new = self.application()
        new.bad = True
        asked = self.added("web9", new, timeout="1s")
        self.steward.wait_stage(asked["id"], "joining")
        failed = self.steward.wait_stage(asked["id"], "failed")
        self.assertTrue(failed["ended"])
        self.assertIn("check", failed["detail"])
        self.assertEqual(new.requests, 0)
        self.assert_at_rest("web1", "web2", "web3", "web4")

    def test_one_that_is_not_there_at_all_is_taken_out_again(self):
        self.begin()
        asked = self.added("web9", self.application(running=False), timeout="1s")
        self.steward.wait_stage(asked["id"], "failed")
        self.assert_at_rest("web1", "web2", "web3", "web4")
        self.stand("web9", self.application())  # and may come later

    def test_a_sibling_with_tls_needs_to_be_told_how_to_verify(self):
        tls = free_port()
        self.begin(site={"rest": REST.replace("TLS", str(tls)).replace(
            "PEM", str(certificate(self.home)))})
        answer = self.steward.add("other", f"127.0.0.1:{tls}", backend="secure")
        self.assertIn("verify", self.assert_problem(answer, 422, "invalid_value")["detail"])
        answer = self.steward.add("other", f"127.0.0.1:{tls}", backend="secure",
                                  options={"verify": "none"})
        (asked,) = answer.json["memberships"]
        self.steward.wait_stage(asked["id"], "present")
        self.assertEqual(self.site.state_of("other", "secure")["srv_use_ssl"], "1")
        self.assertTrue(self.site.servers_of("secure")["other"]["check_status"].startswith("L"))

    def test_a_sibling_without_checks_makes_one_without_checks(self):
        self.begin(site={"rest": REST.partition("frontend")[0] + "backend plain\n"
                         "  server on {web1} maxconn 33\n"})
        asked = self.added("other", self.application(), backend="plain")
        self.steward.wait_stage(asked["id"], "present")
        row = self.site.servers_of("plain")["other"]
        self.assertEqual((row["status"], row["slim"]), ("no check", "33"))

    def test_a_backend_that_takes_none_says_so(self):
        self.begin(site={"rest": REST.partition("frontend")[0]})
        for backend in ("fixed", "mapped"):
            with self.subTest(backend=backend):
                answer = self.steward.add("other", "127.0.0.1:9", backend=backend, timeout="3s")
                if answer.status == 202:  # the socket does not tell of every one
                    (asked,) = answer.json["memberships"]
                    failed = self.steward.wait_stage(asked["id"], "failed")
                    self.assertIn("dynamic load balancing", failed["detail"])
                else:
                    problem = self.assert_problem(answer, 422, "invalid_value")
                    self.assertIn("dynamic", problem["detail"])
                self.assert_servers("on", backend=backend)
        self.assertEqual(self.steward.add("other", "127.0.0.1:9", backend="fixed").status, 422)

    def test_one_that_is_ended_while_it_joins_is_taken_out_again(self):
        self.begin()
        new = self.application()
        new.bad = True
        asked = self.added("web9", new)
        self.steward.wait_stage(asked["id"], "joining")
        self.assertEqual(self.steward.end_membership(asked["id"]).status, 200)
        self.steward.wait_stage(asked["id"], "failed", "ended")
        self.assert_at_rest("web1", "web2", "web3", "web4")

    def test_one_that_stands_and_is_ended_stays_as_it_is(self):
        self.begin()
        standing = self.stand("web9", self.application())
        answer = self.steward.end_membership(standing["id"])
        self.assertEqual((answer.status, answer.json["stage"]), (200, "ended"))
        self.assert_at_rest("web1", "web2", "web3", "web4", "web9")

    def test_what_is_wished_of_it_before_it_is_let_in_spoils_nothing(self):
        self.begin()
        wishes = {"weight": {"value": 30}, "drain": {}, "health": {"value": "up"}}
        for action, fields in wishes.items():
            with self.subTest(action=action):
                name, new = f"new-{action}", self.application()
                new.bad = True
                asked = self.added(name, new)
                answers = []
                wait_until("it to be known", lambda: answers.append(self.steward.act(
                    action, name, wait=None, **fields))
                    or answers[-1].json["results"][0]["result"] == "created", every=0.005)
                new.bad = False
                self.steward.wait_stage(asked["id"], "present")
                (result,) = answers[-1].json["results"]
                self.steward.wait_phase(result["override"], "active")
                self.steward.delete(f"/api/v1/overrides/{result['override']}", role="admin")
                self.steward.wait_phase(result["override"], "released")
                wait_until("it to serve", lambda: self.state(name) == "ready")
                row = self.site.servers_of()[name]
                self.assertEqual((row["status"], row["weight"]), ("UP", "100"))
                wait_until("a check to pass",
                           lambda: self.site.servers_of()[name]["check_status"].endswith("L7OK"))

    def test_somebody_who_deletes_it_by_hand_is_obeyed(self):
        self.begin()
        standing = self.stand("web9", self.application())
        wait_until("it to be deleted", lambda: "deleted" in self.site.command(
            "set server web/web9 state maint;del server web/web9"))
        self.steward.wait_stage(standing["id"], "yielded")
        self.assert_at_rest("web1", "web2", "web3", "web4")

    def test_somebody_who_puts_another_in_its_place_is_obeyed(self):
        self.begin()
        other = self.application()
        with self.between.faulty(where="add server", delay=1):
            asked = self.added("web9", self.application())
            self.site.command(f"add server web/web9 {other.address}")
            seen = self.steward.wait_stage(asked["id"], "yielded", "failed")
        self.assertEqual(self.site.state_of("web9")["srv_port"], str(other.port), seen)
        self.assertEqual(self.state("web9"), "maint")


class Asked(DeployCase):
    """What is refused, and to whom, at once; none of it reaches HAProxy."""

    def setUp(self):
        super().setUp()
        self.begin(site={"count": 2, "rest": "backend bare\n"})
        self.addCleanup(lambda: self.assertEqual(self.between.mutating(), []))

    def test_an_address_that_is_none(self):
        for address in ("web3:8080", "10.0.0.9", "10.0.0.9:0", "10.0.0.9:65536",
                        "10.0.0.9:80 check", "10.0.0.9:80;shutdown sessions server web/web1",
                        "10.0.0.9:80\n", "", ":80", "10.0.0.256:80", "[::1:80", "::1:80",
                        "/run/app.sock", "10.0.0.9:-1",
                        "10.0.0.9:80\u0000", "10.0.0.9:8o", " 10.0.0.9:80", "abns@x:80"):
            with self.subTest(address=address):
                self.assert_problem(self.steward.add("web9", address), 422, "invalid_value")
        for address in (7, None, ["10.0.0.9:80"], {}):
            with self.subTest(address=address):
                self.assertIn(self.steward.add("web9", address).status, (400, 422))

    def test_options_that_are_none(self):
        for options in ({"foo": "1"}, {"weight": "7 disabled"}, {"inter": "1s;del server web/web1"},
                        {"inter": "1s\n"}, {"inter": ""}, {"verify": "none\t"}, {"check\nx": True},
                        {"weight": [7]}, {"weight": {}}, {"weight": None}, {"check": "perhaps"}):
            with self.subTest(options=options):
                answer = self.steward.add("web9", "10.0.0.9:80", options=options)
                self.assertIn(answer.status, (400, 422), answer.text)
        self.assertEqual(self.steward.add("web9", "10.0.0.9:80", options="check").status // 100, 4)

    def test_names_that_are_none(self):
        for name in ("%23", "web%209", "web9%3b", "web%0a9", "%00", "w%C3%A9b"):
            with self.subTest(name=name):
                answer = self.steward.add(name, "10.0.0.9:80")
                self.assertIn(answer.status, (400, 404, 422), answer.text)

    def test_what_is_there_and_what_is_not(self):
        self.assert_problem(self.steward.add("web1", "10.0.0.9:80"), 409, "exists")
        answer = self.steward.add("web9", "10.0.0.9:80", backend="wbe")
        self.assertIn("web", self.assert_problem(answer, 404, "unknown_server")["detail"])
        self.assert_problem(self.steward.add("web9", "10.0.0.9:80", like="web7"), 404,
                            "unknown_server")
        answer = self.steward.add("web9", "10.0.0.9:80", instance="lb7")
        self.assertIn(answer.status, (404, 422), answer.text)
        for path in ("memberships/01ARZ3NDEKTSV4RRFFQ69G5FAV", "memberships/x"):
            self.assertEqual(self.steward.get(f"/api/v1/{path}").status, 404)

    def test_fields_that_are_none(self):
        for fields in ({"timeout": "soon"}, {"timeout": "-1s"}, {"tiemout": "1s"}, {"like": 7},
                       {"dry_run": "yes"}):
            with self.subTest(fields=fields):
                answer = self.steward.add("web9", "10.0.0.9:80", **fields)
                self.assertIn(answer.status, (400, 422), answer.text)

    def test_only_admins_may(self):
        for role in ("viewer", "operator"):
            self.assert_problem(self.steward.add("web9", "10.0.0.9:80", role=role), 403,
                                "forbidden")
            self.assert_problem(self.steward.remove("web1", role=role), 403, "forbidden")
        self.assertEqual(self.steward.get("/api/v1/memberships").json, {"memberships": []})

    def test_a_dry_run_says_what_haproxy_would_be_told(self):
        answer = self.steward.add("web9", "10.0.0.9:80", dry_run=True,
                                  options={"inter": "1s", "maxconn": 50})
        self.assertEqual(answer.status, 200, answer.text)
        (would,) = answer.json["memberships"]
        self.assertTrue(would["command"].startswith("add server web/web9 10.0.0.9:80 "), would)
        for words in (" check", " weight 100", " inter 1s", " maxconn 50"):
            self.assertIn(words, would["command"])
        self.assertEqual(self.steward.memberships(), [])
        self.assert_servers("web1", "web2")

    def test_an_address_of_the_newer_kind(self):
        answer = self.steward.add("web9", "[::1]:80", dry_run=True)
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIn("[::1]:80", answer.json["memberships"][0]["command"])


class Several(DeployCase):
    """What is asked for while something is under way."""

    def test_it_is_listed_and_is_not_added_twice(self):
        self.begin()
        new = self.application()
        new.bad = True
        first = self.added("web9", new)
        self.assert_problem(self.steward.add("web9", new.address), 409, "exists")
        self.steward.wait_stage(first["id"], "joining")
        self.assertEqual([each["id"] for each in self.steward.memberships(stage="joining")],
                         [first["id"]])
        self.assertEqual(self.steward.memberships(backend="other"), [])
        self.assert_problem(self.steward.add("web9", new.address), 409, "exists")
        new.bad = False
        self.steward.wait_stage(first["id"], "present")
        self.assert_problem(self.steward.add("web9", new.address), 409, "exists")
        told = [line for line in self.between.mutating() if "add server" in line]
        self.assertEqual(len(told), 1, told)

    def test_many_at_once_all_come(self):
        self.begin()
        asked = [self.added(f"many{i}", self.application()) for i in range(8)]
        for each in asked:
            self.steward.wait_stage(each["id"], "present")
        self.assert_at_rest("web1", "web2", "web3", "web4", *(f"many{i}" for i in range(8)))

    def test_a_socket_that_may_change_nothing_fails_it_in_haproxys_own_words(self):
        self.begin(site={"level": "operator"})
        asked = self.added("web9", self.application(), timeout="3s")
        failed = self.steward.wait_stage(asked["id"], "failed")
        self.assertIn("Permission denied", failed["detail"])

    def test_it_may_be_held_as_any_server(self):
        self.begin()
        self.stand("web9", self.application())
        held = self.steward.done("drain", "web9")["override"]
        self.assertEqual(self.state("web9"), "drain")
        self.steward.delete(f"/api/v1/overrides/{held}", role="admin")
        wait_until("it to be back", lambda: self.state("web9") == "ready")


def load_tests(loader, *_):
    suite = on_each_haproxy(loader, Added)
    for case in (Asked, Several):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
