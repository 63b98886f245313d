"""Hold files by hand, the HAProxy that reads them, and what goes where while it is reloaded."""

import contextlib
import os
import signal
import time

from effort import effort
from harness import ROOT, wait_until
from programs import number_of

SCRIPT = ROOT / "packaging" / "steward-hold.lua"
VERSION = "haproxy-steward hold 1"
SETTLE = effort(0.8, 2.6)  # seconds after each reload


def lines(*rest, lasts=60):
    """Lines of a hold file, each with an expiry."""
    return [f"{int(time.time()) + lasts} {each}" for each in rest]


def hold_text(*all_lines):
    return "".join(f"{line}\n" for line in [VERSION, *all_lines])


def with_lua(version, path, zero_warning=True):
    """What a global section says to hold servers."""
    said = f"  setenv STEWARD_HOLD_FILE {path}\n"
    if number_of(version) >= (3, 1):  # which warn of the old default
        said = "  tune.lua.bool-sample-conversion normal\n" + said
    return said + ("  zero-warning\n" if zero_warning else "") + f"  lua-load {SCRIPT}\n"


def worker(site):
    return int(site.command("show info").split("\nPid: ")[1].split()[0])


def reload(site):
    """A master that is not done with one reload misses the signal for another."""
    before = worker(site)
    for _ in range(10):
        os.kill(site.pid, signal.SIGUSR2)
        with contextlib.suppress(AssertionError):
            wait_until("another worker", lambda: worker(site) != before, 3)
            return
    raise AssertionError("HAProxy does not reload")


def over_reloads(site, count, before_each):
    """(requests to web1, to all) within SETTLE seconds of each reload."""
    drained = total = 0
    for _ in range(count):
        before_each()
        mine, all_of_them = site.old[0].requests, sum(each.requests for each in site.old)
        reload(site)
        time.sleep(SETTLE)
        drained += site.old[0].requests - mine
        total += sum(each.requests for each in site.old) - all_of_them
    return drained, total
