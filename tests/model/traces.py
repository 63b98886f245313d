"""The traces of traces.txt: named, each with the choice of the design that it breaks."""

import pathlib
from dataclasses import dataclass, replace

import scenarios
from design import CORRECTED
from explorer import violation
from text import event_of

FILE = pathlib.Path(__file__).with_name("traces.txt")


@dataclass
class Trace:
    name: str
    scenario: str
    change: dict
    promise: str
    events: list


def choice(word):
    """`loss=verified` or `evidence=no`; blanks in a value are dashes."""
    name, value = word.split("=")
    if isinstance(getattr(CORRECTED, name), bool):
        return name, value == "yes"
    return name, value.replace("-", " ")


def read(path=FILE):
    """Four lines each: name; scenario, and the choices that break a promise; the promise; events."""
    lines = [line.strip() for line in path.read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    traces = []
    for name, where, promise, events in zip(*[iter(lines)] * 4):
        scenario, *changes = where.split()
        traces.append(Trace(name, scenario, dict(map(choice, changes)), promise,
                            [event_of(e) for e in events.split("|") if e.strip()]))
    return traces


def check():
    """Whether each trace breaks its promise under its flaw, and none when corrected."""
    well = True
    for trace in read():
        scenario = scenarios.BY_NAME[trace.scenario]
        flawed = violation(scenario, replace(CORRECTED, **trace.change), trace.events)
        corrected = violation(scenario, CORRECTED, trace.events)
        if (flawed, corrected) != (trace.promise, None):
            print(f"{trace.name}: breaks {flawed} with {trace.change}, {corrected} when corrected")
            well = False
    print(f"{len(read())} traces {'hold' if well else 'do not all hold'}")
    return well
