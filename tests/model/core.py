#!/usr/bin/env python3
"""An executable model of the decision core.

  core.py table              the baseline table against every history of up to six events
  core.py flaws [SECONDS]    for each flaw of the design as first written: the shortest trace that
                             breaks a promise; at most SECONDS (25) for each
  core.py explore [SECONDS]  the corrected design: exhaustive, then random, for SECONDS (240); exits 1
                             if a promise breaks
  core.py people             what an operator's `ready` ends, leaves and names
  core.py traces             every trace of traces.txt breaks its flaw, and holds when corrected

What is modelled: HAProxy (configured and admin state, weight, checks with `fall` 2 and delay, checks
switched off, maintenance that forgets health, tracking, backups, restart without and with the newest
or an older server-state file), persons at its socket, and the steward (wishes with owners, effect,
gate, verified availability, fail open, min_wanted, baseline with provenance, tombstones, leases that
end, a rollout that cycles servers, kill -9 between ledger and command). Time is the order of events;
"a minute" is two rounds.

What is left out: agents, DNS slots, several instances, sessions, percentages of weights, ramps,
commands that HAProxy refuses, clocks, the API. Weight is 0 or 1, `rise` is 1.

What cannot be decided from what HAProxy tells, and therefore does not happen here: a person who
undoes and redoes our value while the steward is away; a state file written while it is away; the same
value by hand between the ledger and the read-back of a steward that was killed. What is decided as
*unclear* is left as it is and shown: promise 2 does not judge it. Nor does it judge a return that the
gate holds: promise 1 comes first.

A Design is a set of choices. CORRECTED is the one that is built; FLAWS names, for each choice, the
reading of the design as written (or of the first edition's code) that breaks a promise.
"""

import sys

import reports
import traces


def main(what="", seconds=None):
    if what == "table":
        reports.table_report()
    elif what == "flaws":
        reports.flaw_report(float(seconds or 25))
        reports.written_report(float(seconds or 25) / 2)
    elif what == "people":
        reports.people_report()
    elif what == "explore":
        return 0 if reports.explore_report(float(seconds or 240)) else 1
    elif what == "traces":
        return 0 if traces.check() else 1
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
