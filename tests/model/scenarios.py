"""The scenarios, and for each flaw of the design as first written what finds it."""

from dataclasses import replace

from design import CHECKS, STATE, WEIGHT
from haproxy import Conf
from world import Scenario

ENV = ("die", "live", "check", "round")
TWO = (Conf("a"), Conf("b"))
THREE = (Conf("a"), Conf("b"), Conf("c"))


def budget(**counts):
    return tuple(counts.items())


PAIR = Scenario("pair", "two servers, alerts, restarts, kills", TWO,
                events=(*ENV, "alert", "restart", "save", "kill"),
                budget=budget(die=2, alert=2, restart=2, save=1, kill=1))
TRIO = Scenario("trio", "three servers, floor 2, alerts, restarts", THREE,
                events=(*ENV, "alert", "restart", "save"),
                budget=budget(die=2, alert=3, restart=1, save=1))
PEOPLE = Scenario("people", "hands, persons, files, an absent steward", TWO,
                  events=("check", "round", "hand", "person", "save", "restart", "down", "alert"),
                  budget=budget(hand=2, person=2, save=2, restart=1, down=0, alert=1))
WATCHED = Scenario("watched", "hands, persons, reloads with a file just written", TWO, on=("a",),
                   events=("check", "round", "hand", "person", "restart", "recipe", "kill"),
                   budget=budget(hand=2, person=2, save=0, restart=2, kill=1))
RAISED = Scenario("raised", "weight 0 by configuration, raised with a lease",
                  (Conf("a", weight=0), Conf("b")), events=(*ENV, "alert", "person weight"),
                  settings=(STATE, WEIGHT), budget=budget(die=1, alert=2, person=2))
TRACKED = Scenario("tracked", "api/t follows web/a",
                   (Conf("a"), Conf("b"), Conf("t", "api", tracks="a"), Conf("u", "api")),
                   events=(*ENV, "alert", "restart"), budget=budget(die=2, alert=2, restart=1))
BACKUP = Scenario("backup", "two primaries, one backup",
                  (Conf("a"), Conf("b"), Conf("z", backup=True)),
                  events=(*ENV, "alert"), budget=budget(die=3, alert=3))
SPARES = Scenario("spares", "two of four disabled by configuration",
                  (Conf("a"), Conf("b"), Conf("c", maint=True), Conf("d", maint=True)),
                  events=(*ENV, "alert"), budget=budget(die=1, alert=1))
ROLL = Scenario("rollout", "three servers are cycled", THREE, events=(*ENV, "alert", "restart"),
                budget=budget(die=1, alert=1, restart=1), rollout=("a", "b", "c"))
FROZEN = Scenario("frozen", "checks switched off by a person", TWO,
                  events=(*ENV, "alert", "person checks"), settings=(STATE, CHECKS),
                  budget=budget(die=1, alert=2, person=1))
UNCHECKED = Scenario("unchecked", "a backend without checks",
                     (Conf("a", checks=False), Conf("b", checks=False)),
                     events=(*ENV, "alert", "restart"), budget=budget(die=1, alert=2, restart=2))
REPAIR = Scenario("repair", "a rollout is to repair the dead server", THREE,
                  events=("check", "round"), rollout=("a", "b", "c"), dead=("c",), repair=True)
CYCLED = Scenario("cycled", "an alert about the server that is cycled", THREE,
                  events=("alert", "resolved", "check", "round"), budget=budget(alert=1),
                  rollout=("a", "b", "c"))
WANTED = Scenario("wanted", "dead servers are drained, and recover", THREE, events=(*ENV, "alert"),
                  budget=budget(die=2, alert=2))
FORCED = Scenario("forced", "an admin forces a drain", TWO,
                  events=(*ENV, "alert", "forced", "restart"),
                  budget=budget(die=1, alert=2, forced=1, restart=1))
CRASHED = Scenario("crashed", "kill -9 with persons", TWO, on=("a",),
                   events=("round", "check", "hand", "person", "kill"),
                   budget=budget(hand=2, person=2, kill=1))
FILES = Scenario("files", "hands, persons, newest and older files", TWO, on=("a",),
                 events=("round", "hand", "person", "save", "restart", "down"),
                 budget=budget(hand=2, person=2, save=2, restart=1, down=1))
HANDS = Scenario("hands", "drains and maintenance by hand, over and under persons' wishes", TWO,
                 on=("a",), events=("check", "round", "hand", "hand maint", "person", "alert",
                                    "restart", "recipe"),
                 budget=budget(hand=3, person=2, alert=1, restart=1))
ALL = (PAIR, TRIO, PEOPLE, WATCHED, RAISED, TRACKED, BACKUP, SPARES, ROLL, FROZEN, UNCHECKED,
       WANTED, REPAIR, CYCLED, FORCED, CRASHED, HANDS)
BY_NAME = {scenario.name: scenario for scenario in (*ALL, FILES)}

FROZEN_TRIO = replace(TRIO, name="frozen-trio", events=(*TRIO.events, "person checks"),
                      settings=(STATE, CHECKS), budget=(*TRIO.budget, ("person", 1)))
OLD_FILES = replace(FILES, name="old-files",
                    budget=budget(hand=2, person=2, save=2, restart=1, down=0))
BY_NAME |= {scenario.name: scenario for scenario in (FROZEN_TRIO, OLD_FILES)}

# Each: what of the design as written (W) or of the first edition's code (F) is changed back.
FLAWS = (
    ("W only verified servers count as lost: unverified ones are drained free",
     {"loss": "verified"}, PAIR),
    ("W a result restored from a state file is taken for a check of this process",
     {"evidence": False}, PAIR),
    ("W loosening steps count as available before they are read back", {"credit": True}, PAIR),
    ("W what a loosening step brings back is not counted as lost by a later step",
     {"regain": False}, TRACKED),
    ("W on one server the loosening step goes before the tightening one",
     {"per_server": False}, RAISED),
    ("W checks off: the same round drains another server on the strength of these checks",
     {"unsees": False}, FROZEN),
    ("W backups are not counted, so the last usable one is drained free",
     {"backups": "ignored"}, BACKUP),
    ("F trackers are not projected", {"trackers": False}, TRACKED),
    ("F a lease that ends into a stricter baseline is not gated", {"returns": "free"}, RAISED),
    ("F told again at once after a restart", {"reapply": "at once"}, PAIR),
    ("W min_available alone, without min_wanted; fail open on", {"wanted": "off"}, WANTED),
    ("W min_available alone, without min_wanted; fail_open: false",
     {"wanted": "off", "open_on": "never"}, WANTED),
    ("W min_wanted counts configured servers, not the effect", {"wanted": "configured"}, RAISED),
    ("W held wishes count as out", {"held_out": True}, TRIO),
    ("W a held step leaves its wish admitted", {"held_is": "admitted"}, FROZEN_TRIO),
    ("W the percentage counts servers that the configuration keeps out", {"share_of": "all"},
     SPARES),
    ("W fail open suspends what does not bring the server back", {"open_helps": False}, RAISED),
    ("F baseline table of the first edition", {"table": "first"}, WATCHED),
    ("W baseline by values only; no file, or one just written", {"table": "written"}, WATCHED),
    ("W baseline by values only; also older files", {"table": "written"}, OLD_FILES),
    ("W tombstones do not follow what persons do later", {"tombstone": "frozen"}, WATCHED),
    ("W only servers with a hold are watched for changes by hand", {"witness": False}, PEOPLE),
    ("W a person's older `ready` undoes a drain by hand", {"last_person": "no"}, WATCHED),
    ("W a `ready` with nothing to loosen stays, and undoes a drain by hand",
     {"fulfils": False, "last_person": "loosened"}, WATCHED),
    ("W a person's older drain loosens a maintenance by hand", {"last_person": "loosened"}, HANDS),
    ("W an alert's drain loosens a maintenance by hand", {"loosens": "all"}, HANDS),
    ("F told, killed, and changed by a person: told again", {"unsure": "retry"}, CRASHED),
    ("F the rollout takes the servers in the order given", {"order": "given"}, REPAIR),
    ("F an alert about the cycled server fails the rollout", {"alert_on_cycled": "fails"}, CYCLED),
)
