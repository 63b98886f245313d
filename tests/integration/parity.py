"""Compares a page of ours with two pages of HAProxy's own exporter, taken before and after it."""

import re
from dataclasses import dataclass

from programs import built_with
from promtext import is_nan, labels_of, series_of


NOTHING = r"(?!)"
TRIES = 6 if built_with("STEWARD_SANITIZE") else 3  # a checker is slow: more moves meanwhile


@dataclass(frozen=True)
class Rules:
    """What may differ, as patterns of whole series; why it may is said where a rule is made."""

    absent: str = NOTHING    # only HAProxy's own exporter can have it: it must be absent here
    restless: str = NOTHING  # has another value here, or changes by being looked at


def differences(ours, before, after, rules=Rules()):
    """A line for each series of theirs that is missing here, each one of ours in their families
    that they do not have, and each value that lies outside theirs."""
    mine, first, second = series_of(ours), series_of(before), series_of(after)
    found = []
    for key in first.keys() | second.keys():
        if not re.search(rules.absent, text_of(key)):
            found += _difference(key, mine.get(key), first.get(key), second.get(key), rules)
        elif key in mine:
            found.append(f"{text_of(key)}: is here although it can not be had")
    theirs = {family for page in (before, after) for family in page}
    for key in mine.keys() - first.keys() - second.keys():
        if key[0] in theirs:
            found.append(f"{text_of(key)}: is {mine[key]:g} here and unknown there")
    return sorted(found)


def _difference(key, value, first, second, rules):
    known = [there for there in (first, second) if there is not None and not is_nan(there)]
    if value is None:
        if len(known) < 2:
            return []  # absent is how we write NaN; or it came or went between the two pages
        return [f"{text_of(key)}: missing, {first:g} there"]
    if is_nan(value):
        return [f"{text_of(key)}: NaN"]
    if not known:
        return [f"{text_of(key)}: is {value:g} here and NaN there"]
    if re.search(rules.restless, text_of(key)) or min(known) <= value <= max(known):
        return []
    return [f"{text_of(key)}: {value:g} is not between {known[0]:g} and {known[-1]:g}"]


def text_of(key):
    name, labels = key
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels) + "}"


def type_differences(ours, theirs):
    """{family: (their type, our type)} where the two say otherwise."""
    return {name: (theirs[name].type, ours[name].type)
            for name in theirs.keys() & ours.keys() if theirs[name].type != ours[name].type}


def matching(families, **labels):
    """The series that carry these label values: {key: value}."""
    return {key: value for key, value in series_of(families).items()
            if labels.items() <= labels_of(key).items()}


def compare(take_ours, take_theirs, rules=Rules(), tries=TRIES):
    """Takes theirs, ours, theirs until nothing differs; what still differs after `tries`.

    A difference that comes from something moving at that moment does not come back; only what
    differs every time counts."""
    lasting = None
    for _ in range(tries):
        before, ours, after = take_theirs(), take_ours(), take_theirs()
        found = {line.split(": ")[0]: line for line in differences(ours, before, after, rules)}
        lasting = found if lasting is None else {k: found[k] for k in lasting if k in found}
        if not lasting:
            return []
    return sorted(lasting.values())
