"""What the steward is asked to do while HAProxy is at fault. Each says in a few words what it
answered, and what became of it."""

from alerting import now
from control import sick

QUICK = {"X-Prometheus-Scrape-Timeout-Seconds": "2"}


class Action:
    def prepare(self, case):
        """Before the fault."""

    def ask(self, case):
        """While it lasts: the answer in words."""
        raise NotImplementedError

    def outcome(self, case):
        """What has become of it, in words."""
        raise NotImplementedError


class Scrape(Action):
    def ask(self, case):
        page = case.steward.get("/metrics", QUICK)
        case.assertLess(page.seconds, 2.0)
        case.assertEqual(page.status, 200)
        return next(line for line in page.text.splitlines() if line.startswith("haproxy_up "))

    outcome = ask


class OnOverride(Action):
    """With an override that drains a server."""

    def __init__(self, server):
        self.server = server

    def drained(self, case, **fields):
        result = case.steward.done("drain", self.server, **fields)
        case.steward.wait_phase(result["override"], "active")
        return result["override"]

    def outcome(self, case):
        seen = case.steward.override(self.override)
        words = [seen["phase"], seen.get("end", ""), case.state(self.server)]
        return " ".join(word for word in words if word)


class Apply(OnOverride):
    def ask(self, case):
        (result,) = case.steward.tell(sick(self.server, starts=now()))
        self.override = result["override"]
        return " ".join(filter(None, (result["result"], result.get("guard"))))


class Release(OnOverride):
    def prepare(self, case):
        self.override = self.drained(case)

    def ask(self, case):
        return str(case.steward.delete(f"/api/v1/overrides/{self.override}").status)


class Expire(OnOverride):
    """The lease runs out while the fault lasts."""

    def prepare(self, case):
        self.override = self.drained(case, **{"for": "1s"})

    def ask(self, case):
        return case.steward.override(self.override)["phase"]


class Step(Action):
    """A rollout in a backend of its own, before its step from maintenance."""

    def prepare(self, case):
        self.rollout = case.started(backend="rolled", cycle=["r1"], soak="200ms", approval=True,
                                    health_timeout="30s")["id"]
        case.steward.wait_step(self.rollout, 0, "approval")

    def ask(self, case):
        return str(case.steward.tell_rollout(self.rollout, "approve").status)

    def outcome(self, case):
        return f"{case.steward.rollout(self.rollout)['phase']} {case.state('r1', 'rolled')}"


class OnMembership(Action):
    """One is asked for just before the fault, another one while it lasts."""

    def prepare(self, case):
        self.first = self.request(case, 0).json["memberships"][0]["id"]

    def ask(self, case):
        answer = self.request(case, 1)
        return " ".join(filter(None, (str(answer.status), answer.json.get("code"))))

    def outcome(self, case):
        there = case.state(self.servers[0]) is not None
        return f"{case.steward.membership(self.first)['stage']} {'there' if there else 'gone'}"


class Add(OnMembership):
    servers = ("new1", "new2")

    def request(self, case, number):
        return case.steward.add(self.servers[number], case.new.address, options={"inter": "200ms"})


class Remove(OnMembership):
    servers = ("web4", "web5")

    def request(self, case, number):
        return case.steward.remove(self.servers[number], timeout="30s")


def actions():
    """In the order in which they are prepared: what is to be under way comes last."""
    return {"scrape": Scrape(), "apply": Apply("web1"), "release": Release("web2"),
            "rollout step": Step(), "expire": Expire("web3"), "add": Add(), "remove": Remove()}
