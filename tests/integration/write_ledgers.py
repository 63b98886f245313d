#!/usr/bin/env python3
"""Writes the ledgers of tests/fixtures/ledgers again; see the README there.

  STEWARD_BIN=PATH write_ledgers.py [FOLDER]     PATH: a haproxy-steward of the first edition
"""

import contextlib
import datetime
import json
import pathlib
import shutil
import signal
import sys

import first_edition
from control import sick
from harness import folder, wait_until

REPEATS = 12


def act(steward, who, action, server, backend, **fields):
    """What somebody asks for by hand: the override."""
    token = first_edition.token_words(steward.home, who)
    answer = steward.post("/webhook?wait=5s", {"action": action, "backend": backend,
                                               "server": server, **fields},
                          token=token)
    (result,) = answer.json["results"]
    if answer.status != 200 or result["result"] == "rejected":
        raise AssertionError(answer.text)
    return result["override"]


def in_force(steward, who, *what, **fields):
    override = act(steward, who, *what, **fields)
    steward.wait_phase(override, "active")
    return override


def fire(steward, name, server, backend):
    (result,) = steward.tell(sick(server, name, proxy=backend), wait="5s")
    return result["override"]


def hold_servers(steward, site):
    """Every setting, by people and by rules."""
    fire(steward, "Sick", "web1", "web")
    in_force(steward, "alice", "maint", "web2", "web", **{"for": "24h"}, reason="new disk")
    in_force(steward, "bob", "drain", "web3", "web", **{"for": "unlimited"})
    fire(steward, "Slow", "web4", "web")
    in_force(steward, "alice", "weight", "web5", "web", value="90%",
             ramp={"from": "10%", "over": "4h"}, **{"for": "24h"})
    in_force(steward, "alice", "health", "web6", "web", value="down")
    in_force(steward, "alice", "checks", "web7", "web", value="disabled")
    fire(steward, "Sick", "floor1", "floor")           # held by min_available
    in_force(steward, "alice", "drain", "edge1", "edge", force=True)
    fire(steward, "Slow", "agents1", "agents")
    site.lb1.command("set server hand/hand1 state drain")
    wait_until("it to be seen", lambda: steward.get(
        "/api/v1/servers?backend=hand").json["servers"][0]["state"] == "drain")
    in_force(steward, "alice", "ready", "hand1", "hand", **{"for": "24h"})


def end_some(steward):
    """Overrides that are over: released, resolved, and what the audit has of them."""
    for _ in range(REPEATS):
        override = in_force(steward, "bob", "drain", "web8", "web")
        steward.delete(f"/api/v1/overrides/{override}")
        steward.wait_phase(override, "released")
    resolved = fire(steward, "Sick", "web8", "web")
    steward.tell(sick("web8", proxy="web", status="resolved"), wait="5s")
    steward.wait_phase(resolved, "released")
    expired = in_force(steward, "bob", "drain", "web8", "web", **{"for": "1s"})
    steward.wait_phase(expired, "released")


def move_servers(steward, site):
    """Memberships: one present, one absent, one that drains for as long as its clients stay."""
    answer = steward.add("new9", first_edition.ADDED, backend="moving",
                         options={"inter": "100ms"}, reason="more room")
    steward.wait_stage(answer.json["memberships"][0]["id"], "present")
    answer = steward.remove("moving1", backend="moving")
    steward.wait_stage(answer.json["memberships"][0]["id"], "absent")
    site.visit_until(lambda: int(site.lb1.rows()["moving", "moving2"]["scur"]))
    answer = steward.remove("moving2", backend="moving", timeout="20m")
    steward.wait_stage(answer.json["memberships"][0]["id"], "draining")


def roll(steward):
    """Rollouts: one that waits for approval, one paused, one done, one rolled back."""
    def started(backend, *servers, **fields):
        answer = steward.roll(backend=backend, cycle=list(servers), **fields)
        if answer.status != 202:
            raise AssertionError(answer.text)
        return answer.json["id"]

    done = started("rolled", "rolled1", "rolled2", soak="0s")
    steward.wait_rollout(done, "done")
    aborted = started("rolled", "rolled1", approval=True)
    steward.wait_step(aborted, 0, "approval")
    steward.tell_rollout(aborted, "abort", reason="wrong version")
    steward.wait_rollout(aborted, "rolled_back")
    paused = started("paused", "paused1", "paused2", approval=True, soak="0s")
    steward.wait_step(paused, 0, "approval")
    steward.tell_rollout(paused, "pause", reason="lunch")
    waiting = started("cycled", "cycled1", "cycled2", approval=True, soak="0s",
                      reason="a new kernel")
    steward.wait_step(waiting, 0, "approval")


def leave_releasing(steward, site):
    """An override that nobody can take back: its HAProxy has stopped."""
    override = in_force(steward, "alice", "drain", "spare1", "spare")
    site.lb2.end(signal.SIGKILL)
    wait_until("it to notice", lambda: not steward.value("haproxy_steward_instance_up",
                                                         haproxy="lb2"))
    steward.delete(f"/api/v1/overrides/{override}", role="admin")
    steward.wait_phase(override, "releasing")


def everything(steward, site):
    hold_servers(steward, site)
    end_some(steward)
    move_servers(steward, site)
    roll(steward)
    leave_releasing(steward, site)


def paused(steward, _):
    """Automation paused: what alerts hold stays held, what comes later waits."""
    fire(steward, "Sick", "web1", "web")
    in_force(steward, "alice", "maint", "web2", "web", **{"for": "24h"})
    answer = steward.post("/api/v1/automation", {"paused": True, "reason": "a big sale"},
                          token=first_edition.token_words(steward.home, "alice"))
    if answer.status != 200:
        raise AssertionError(answer.text)
    fire(steward, "Sick", "web3", "web")


def said(steward):
    """What the API says of the ledger."""
    def get(path):
        return steward.get(f"/api/v1/{path}", role="admin").json
    return {"written": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "overrides": get("overrides?limit=1000")["overrides"],
            "memberships": get("memberships")["memberships"],
            "rollouts": get("rollouts")["rollouts"], "automation": get("automation"),
            "verify": get("audit/verify"), "audit": len(get("audit?limit=1000")["lines"])}


def write(name, into, life, sig):
    """`sig` ends the steward: what SIGTERM leaves is one file, what SIGKILL leaves is not."""
    with folder() as home, contextlib.ExitStack() as stack:
        site = stack.enter_context(first_edition.Site(home))
        steward = stack.enter_context(first_edition.steward(home, site))
        life(steward, site)
        words = json.dumps(said(steward), indent=1)
        steward.end(sig)
        target = into / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for path in sorted(steward.storage.glob("*.db*")):
            if not path.name.endswith("-shm"):
                shutil.copyfile(path, target / path.name)
        (into / f"{name}.expect.json").write_text(words + "\n")
        print(name, *(f"{path.name} {path.stat().st_size}" for path in sorted(target.iterdir())))


def main(into=first_edition.LEDGERS):
    write("first-edition-everything", pathlib.Path(into), everything, signal.SIGTERM)
    write("first-edition-paused", pathlib.Path(into), paused, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
