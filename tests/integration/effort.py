"""How much a test does: little in CI, much when somebody wants figures (scripts/test --long)."""

import json
import os
import pathlib

from programs import haproxies, newest, oldest

LONG = os.environ.get("STEWARD_LONG") == "1"


def effort(short, long):
    """Of a count or a duration: the one that is asked for."""
    return long if LONG else short


def versions():
    """HAProxies to run on: the oldest and the newest, or all."""
    return effort([oldest(), newest()], list(haproxies()))


def report(name, **figures):
    """Prints the figures of a run, and keeps them in the folder STEWARD_FIGURES if that is set."""
    text = json.dumps(figures, indent=1)
    print(f"{name}: {text}", flush=True)
    folder = os.environ.get("STEWARD_FIGURES")
    if folder:
        (pathlib.Path(folder) / f"{name}.json").write_text(text + "\n")
