"""The settings, and the choices of a design: each rule of the decision core that another reading
would break is a switch."""

from dataclasses import dataclass

READY, DRAIN, MAINT = "ready", "drain", "maint"
RANK = {READY: 0, DRAIN: 1, MAINT: 2}
# Checks are True, as the checks say, or False, switched off.
STATE, WEIGHT, CHECKS = "state", "weight", "checks"

CALM = 2        # rounds: "a minute"
CALM_MOST = 64  # rounds, after some suspensions
PERSON_WAITS = 2  # rounds
AWAY = 22       # rounds: "long"
CARRY = 3       # rounds of a new process in which what the old one verified still counts


def stricter(setting, a, b):
    """Whether `a` takes more from the server than `b`. Switching checks off takes no traffic; the
    gate sees to it."""
    if setting == STATE:
        return RANK[a] > RANK[b]
    return a < b if setting == WEIGHT else False


def strictest(setting, values):
    best = values[0]
    for each in values[1:]:
        if stricter(setting, each, best):
            best = each
    return best


@dataclass(frozen=True)
class Design:
    """The first word of each comment is the choice; what follows are its other readings."""
    # Availability and gate.
    loss: str = "serving"         # a step takes whatever may serve | "verified": only what is verified
    credit: bool = False          # loosening steps of the same round count as available
    regain: bool = True           # loosening steps of the round count in what a tightening one takes
    evidence: bool = True         # a check of *this process* is asked for, restored results are not
    held_out: bool = False        # wishes that are held count as if they were in force
    per_server: bool = True       # on one server a round's tightening step goes before the loosening
    held_is: str = "pending"      # a held step's wish counts nowhere | "admitted"
    returns: str = "gate"         # a lease that ends into a stricter baseline: "gate" | "free"
    backups: str = "last"         # a backup: "last" (never the last usable of any kind) | "ignored"
    trackers: bool = True         # the gate projects onto backends that track
    share_of: str = "in service"  # the percentage counts servers in service by configuration | "all"
    reapply: str = "carry"        # after a restart: "carry" | "verified" | "at once"
    unsees: bool = True           # a step that switches checks off takes from what is verified
    wanted: str = "effect"        # min_wanted counts servers whose effect serves | "configured" | "off"
    # Fail open.
    open_on: str = "down"         # below the floor as HAProxy serves | "verified" | "never"
    open_back: str = "gate"       # back when the *gate* had room for the whole calm | "calm"
    open_double: bool = True      # the calm doubles with each suspension
    open_helps: bool = True       # only what puts the server into service is suspended
    open_every: bool = False      # persons' and rollouts' wishes, too
    # Effect and baseline.
    loosens: str = "persons"      # what is looser than the baseline replaces it: a person's | "all"
    table: str = "evidence"       # "evidence" | "written" (by values only) | "first" (first edition)
    tombstone: str = "follows"    # "follows" what persons do later | "frozen" at release
    yields: str = "stricter"      # a change by hand ends wishes stricter than it | "all" of the setting
    last_person: str = "looser"   # ... and persons' wishes looser than it | "loosened": if they loosened
                                  # the baseline until now | "no"
    fulfils: bool = True          # `ready` ends when the baseline is no stricter: nothing to loosen
    witness: bool = True          # changes by hand are noted of every server, not only of held ones
    unsure: str = "before"        # told, unconfirmed, neither old nor told: a person's | "retry"
    # Rollouts.
    order: str = "idle first"     # servers that do not serve are cycled first | "given"
    alert_on_cycled: str = "waits"  # another owner holds a server that returns | "fails"


CORRECTED = Design()
AS_WRITTEN = Design(
    held_is="admitted", regain=False, per_server=False, unsees=False, wanted="configured",
    open_helps=False, witness=False, unsure="retry", loss="verified", credit=True, evidence=False,
    held_out=True, backups="ignored", share_of="all", reapply="verified", open_on="verified",
    open_back="calm", open_double=False, loosens="all", table="written", tombstone="frozen",
    yields="all", last_person="no", fulfils=False, order="given", alert_on_cycled="fails")
