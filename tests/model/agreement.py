#!/usr/bin/env python3
"""The core does what the model does: the same lists of events on both, compared line by line.

  agreement.py PLAYER      the traces, and 6,000 random lists
  STEWARD_LONG=1 …         200,000 lists, each time others; STEWARD_SEED=N: those of a run before

PLAYER is the program of player.cpp. Prints the first difference, and exits with 1.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import lists
import scenarios
import traces

SHORT, LONG = 6_000, 200_000
SEEDS = (1, 2, 3)  # of the short form
NAMES = [scenario.name for scenario in (*scenarios.ALL, scenarios.FILES)]


def texts(seeds, count):
    for trace in traces.read():
        yield lists.chosen(trace.name, trace.scenario, trace.events, end=True)
    for seed in seeds:
        for job in lists.batches(NAMES, seed, count // len(seeds)):
            yield lists.batch(job)


def play(player, seeds, count):
    """Returns what the player says, and whether it found no difference."""
    process = subprocess.Popen([player], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with contextlib.suppress(BrokenPipeError):  # it found one
        for text in texts(seeds, count):
            process.stdin.write(text)
        process.stdin.close()
    said = process.stdout.read()
    return said, process.wait() == 0


def keep(figures):
    print(json.dumps(figures))
    folder = os.environ.get("STEWARD_FIGURES")
    if folder:
        (pathlib.Path(folder) / "agreement.json").write_text(json.dumps(figures, indent=1) + "\n")


def main():
    long = bool(os.environ.get("STEWARD_LONG"))
    seeds = (int(os.environ.get("STEWARD_SEED", time.time())),) if long else SEEDS
    began = time.monotonic()
    said, agree = play(sys.argv[1], seeds, LONG if long else SHORT)
    print(said, end="")
    words = said.split()
    if agree:
        keep({"lists": int(words[0]), "events": int(words[2]), "seeds": seeds,
              "seconds": round(time.monotonic() - began)})
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
