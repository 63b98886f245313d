#!/usr/bin/env python3
"""Random lists of events, and what the model does at each: player.cpp plays them on the real core and
compares, agreement.py runs both (scripts/test --suite model).

  lists.py [--count N] [--seed S] [--only SCENARIO] [--jobs J]   N random lists (1000), S (1)
  lists.py --traces [FILE]                                        those of traces.txt
  lists.py --play SCENARIO 'EVENT | EVENT ...'                    this one

The text, line by line. A scenario's lines come before its first list, and hold until the next
scenario:

  scenario NAME: WHAT
  server BACKEND NAME ready|maint WEIGHT checked|unchecked primary|backup TRACKS|-   as configured
  floor COUNT PERCENT          the larger counts, and 1; PERCENT as rules say it
  settings SETTING ...         state, weight, checks: those that wishes here are about
  rollout SERVER ...           from the start a rollout is to cycle these
  dead SERVER ...              from the start
  repair                       a server that the rollout has in maintenance comes to life

  list NAME                    begins a list: SCENARIO/SEED/NUMBER; `--only SCENARIO --seed SEED`
                               writes it again
  EVENT | TOLD | HAPROXY | STEWARD      for each event; the first EVENT is `start`
  end

TOLD are the commands of the steward, in order: `SERVER SETTING VALUE`, separated by ", "; then, after
a round, `refused` (the person's wish was held) or `fulfilled` (her `ready` had nothing to loosen), and
`held SERVER SETTING` for each return that the gate held (held wishes are pending; a return beside a
wish is not told).
HAPROXY is what HAProxy has after the event, for each server `NAME STATE WEIGHT on|off HEALTH`;
health 2 is full (rise 1, fall 2), 1 UP and one failed check from DOWN (or not yet checked), 0 DOWN,
and - in maintenance, which forgets it; one that tracks has the other's.
STEWARD is what the steward knows after the event, also separated by ", ", in this order:

  base SERVER SETTING VALUE [unclear]      of every server and setting of the scenario
  wish SERVER SETTING OWNER VALUE HOW      by server, setting, owner; HOW: admitted, pending (held
                                           or not yet asked) or suspended
  rollout STAGE SERVER|- SERVER ...        waiting, draining, maint, returning, soaking; then what is
                                           to come

The traces go on: servers come to life, rounds with checks, all wishes end, rounds with checks.

A "=" for HAPROXY or STEWARD: as after the event before. So a player renders the same text of its own,
and compares lines. Values: ready, drain, maint; 0, 1; on, off. Events:

  die a, live a           the server behind it; nobody is told
  check a                 one health check ends
  hand a state drain      somebody at HAProxy's socket; the steward looks, if it is up
  alert a, resolved a     owner `alert`: a drain; the steward looks, and judges it in the next round
  person alice a state maint    she asks, a round follows; a wish that the gate holds is refused.
                          Her `ready` ends alerts' and persons' wishes first
  forced a                owner `root`, a person: a drain, by force, admitted at once
  released alice a state  the wish ends
  round                   look, decide, tell, read back
  kill N                  a round; after N of its commands the steward is killed, and starts
  steward down, steward up
  save                    HAProxy writes a server-state file; the last two are kept
  restart none|written|newest|older     without a file, with one just written, with one of the kept;
                          the steward, if up, looks before and after

A round is half a minute: the calm is 2 rounds and doubles with each suspension of the wish up to 64;
`carry` is 3 rounds. While a steward that is down misses a restart, more than ten minutes go by.
`guards.verify_after` never helps: the process is as young as it was. Guards that the model leaves out
(max_overridden, rate, spacing, flap, mass_alert) have to be off.
"""

import argparse
import multiprocessing
import pathlib
import random
import sys

import scenarios
import traces
from design import CORRECTED
from text import event_of, event_text, haproxy_text, scenario_lines, steward_text, told_text
from world import apply, events_of, starts

NODES_MOST = 30000
SHORTEST, LONGEST = 12, 25
WEIGHTS = {"round": 3, "check": 2}  # how much likelier than others
BATCH = 2000  # lists; more share more steps


class Node:
    """A world, and what is known of the events that can happen in it."""
    __slots__ = ("world", "haproxy", "steward", "may", "after")

    def __init__(self, world, settings):
        self.world = world
        self.haproxy = haproxy_text(world.h)
        self.steward = steward_text(world.s, settings)
        self.may = None    # kinds of events; each has the events
        self.after = {}    # event: (node, its line)


class Graph:
    """Worlds of a scenario. Many lists pass through the same ones: each step is worked out once."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.forget()

    def forget(self):
        self.nodes = {}
        self.start = self.node(starts(self.scenario, CORRECTED, budget=None))

    def node(self, world):
        key = world.key()
        if key not in self.nodes:
            self.nodes[key] = Node(world, self.scenario.settings)
        return self.nodes[key]

    def may(self, node):
        if node.may is None:
            kinds = {}
            for event in events_of(node.world, self.scenario):
                kinds.setdefault(event[0], []).append(event)
            node.may = [kinds[kind] for kind in sorted(kinds) for _ in range(WEIGHTS.get(kind, 1))]
        return node.may

    def step(self, node, event):
        """Returns the node after the event, and its line."""
        if event not in node.after:
            world, told = apply(node.world, event)
            after = self.node(world)
            fields = (event_text(event), told_text(event, world, told),
                      "=" if after.haproxy == node.haproxy else after.haproxy,
                      "=" if after.steward == node.steward else after.steward)
            node.after[event] = after, " | ".join(fields)
        return node.after[event]

    def begin(self, name):
        return [f"list {name}", f"start |  | {self.start.haproxy} | {self.start.steward}"]

    def random_list(self, name):
        """Returns the lines of a list that its name alone decides."""
        if len(self.nodes) > NODES_MOST:
            self.forget()
        rng = random.Random(name)
        node, lines = self.start, self.begin(name)
        for _ in range(rng.randrange(SHORTEST, LONGEST + 1)):
            may = self.may(node)
            if not may:
                break
            events = may[int(rng.random() * len(may))]
            node, line = self.step(node, events[int(rng.random() * len(events))])
            lines.append(line)
        lines.append("end")
        return lines

    def chosen_list(self, name, events, end=False):
        """Returns the lines of a list of these events; what cannot happen is an error. `end`: the list
        goes on until all wishes have ended."""
        node, lines = self.start, self.begin(name)
        for event in events:
            if event not in events_of(node.world, self.scenario):
                raise ValueError(f"{name}: {event_text(event)} cannot happen here")
            node, line = self.step(node, event)
            lines.append(line)
        if end:
            rest = ("check", "round") * 4
            for kind in ("steward up", "live", *rest, "resolved", "released", *rest):
                node, more = self.all_of(node, kind)
                lines += more
        lines.append("end")
        return lines

    def all_of(self, node, kind):
        """Returns the node after all events of the kind that can happen now, and their lines."""
        lines = []
        for event in [e for e in events_of(node.world, self.scenario) if e[0] == kind]:
            node, line = self.step(node, event)
            lines.append(line)
        return node, lines


def batch(job):
    """Returns the text of some random lists of a scenario."""
    name, seed, numbers = job
    graph = Graph(scenarios.BY_NAME[name])
    lines = list(scenario_lines(graph.scenario))
    for number in numbers:
        lines += graph.random_list(f"{name}/{seed}/{number}")
    lines.append("")
    return "\n".join(lines)


def batches(names, seed, count):
    """The lists are spread over the scenarios evenly."""
    for i, name in enumerate(names):
        numbers = range(i, count, len(names))
        for first in range(0, len(numbers), BATCH):
            yield name, seed, numbers[first:first + BATCH]


def chosen(name, scenario, events, end=False):
    graph = Graph(scenarios.BY_NAME[scenario])
    lines = [*scenario_lines(graph.scenario), *graph.chosen_list(name, events, end), ""]
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=scenarios.BY_NAME)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--traces", nargs="?", const=traces.FILE, type=pathlib.Path)
    parser.add_argument("--play", nargs=2)
    return parser.parse_args()


def main():
    args = arguments()
    if args.play:
        scenario, events = args.play
        sys.stdout.write(chosen("played", scenario, [event_of(e) for e in events.split("|")]))
    elif args.traces:
        for trace in traces.read(args.traces):
            sys.stdout.write(chosen(trace.name, trace.scenario, trace.events, end=True))
    else:
        names = [args.only] if args.only else [s.name for s in (*scenarios.ALL, scenarios.FILES)]
        with multiprocessing.Pool(args.jobs) as pool:
            for text in pool.imap(batch, batches(names, args.seed, args.count)):
                sys.stdout.write(text)


if __name__ == "__main__":
    main()
