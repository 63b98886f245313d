"""Prometheus rule files and their tests, read."""

import re
import subprocess

import yaml

from harness import ROOT

RULES = sorted((ROOT / "alerts").glob("*.rules.yml"))
TESTS = sorted((ROOT / "tests" / "alerts").glob("*.test.yml"))

# A metric's name with its matchers. Recorded names have colons; HAProxy's have none.
SELECTOR = re.compile(r"(?<![\w:])((?:haproxy_\w+|haproxy\w*:[\w:]+|ALERTS|up)(?:\{[^}]*\})?)(?![\w:])")
GROUPING = re.compile(r"\b(without|by|on|ignoring|group_left)\s*\([^)]*\)")


def load(path):
    return yaml.safe_load(path.read_text())


def rules(kind):
    """Every rule of this kind (alert, record) of every file."""
    return [rule for path in RULES for group in load(path)["groups"] for rule in group["rules"]
            if kind in rule]


def selectors(expression):
    """What an expression reads: names with their matchers, as written."""
    return set(SELECTOR.findall(GROUPING.sub("", expression)))


def name_of(selector):
    return selector.partition("{")[0]


def promtool(*arguments):
    """(whether it was content, what it said)"""
    run = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    return run.returncode == 0, run.stdout + run.stderr
