"""A strict parser of what Prometheus scrapes: text 0.0.4 and OpenMetrics 1.0.

It raises Malformed with the line's number for anything a careful writer would not write, also
where Prometheus itself would look away: series twice, families in two pieces, TYPE after its
samples, bad escapes, bytes that are not UTF-8, timestamps.
"""

import math
import re
from dataclasses import dataclass, field

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|Inf|inf)|NaN")
TYPES = {
    False: {"counter", "gauge", "histogram", "summary", "untyped"},
    True: {"counter", "gauge", "histogram", "summary", "unknown", "info", "stateset"},
}
SUFFIXES = {
    False: {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")},
    True: {"histogram": ("_bucket", "_sum", "_count", "_created"), "info": ("_info",),
           "counter": ("_total", "_created"), "summary": ("", "_sum", "_count", "_created")},
}


class Malformed(Exception):
    pass


@dataclass
class Family:
    name: str
    type: str = "untyped"
    help: str | None = None
    samples: dict = field(default_factory=dict)  # (name, ((label, value), …)) -> float


class Page(dict):
    """{family name: Family}, with a short name of its own in messages."""

    def __repr__(self):
        return f"<a page of {len(self)} families>"


def labels_of(series):
    return dict(series[1])


def parse(page, *, openmetrics=False, lenient=False):
    """The Page that these bytes are. `lenient` reads label values that were written without
    escaping, as HAProxy's own exporter does."""
    return _Parser(openmetrics, lenient).parse(page)


def series_of(families):
    """{(sample name, labels): value} of all families, labels in alphabetical order."""
    return {(name, tuple(sorted(labels))): value
            for family in families.values() for (name, labels), value in family.samples.items()}


class _Parser:
    def __init__(self, openmetrics, lenient):
        self.openmetrics = openmetrics
        self.lenient = lenient
        self.families = Page()
        self.current = None
        self.seen = set()
        self.ended = False

    def parse(self, page):
        try:
            text = page.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"not UTF-8 at byte {error.start}") from None
        if page and not text.endswith("\n"):
            raise Malformed("the last line does not end")
        for number, line in enumerate(text.split("\n")[:-1], 1):
            try:
                self.line(line)
            except Malformed as error:
                raise Malformed(f"line {number}: {error}: {line[:300]}") from None
        if self.openmetrics and not self.ended:
            raise Malformed("no # EOF")
        return self.families

    def line(self, line):
        if self.ended:
            raise Malformed("text after # EOF")
        if self.openmetrics and line == "# EOF":
            self.ended = True
        elif line.startswith("# HELP ") or line.startswith("# TYPE ") or line.startswith("# UNIT "):
            self.meta(line[2:6], line[7:])
        elif line.startswith("#"):
            if self.openmetrics:
                raise Malformed("a comment")
        elif line:
            self.sample(line)
        else:
            raise Malformed("an empty line")

    def meta(self, kind, rest):
        name, _, text = rest.partition(" ")
        if not NAME.fullmatch(name):
            raise Malformed(f"bad name {name!r}")
        family = self.family(name)
        if family.samples:
            raise Malformed(f"{kind} after the samples of {name}")
        if (kind, name) in self.seen:
            raise Malformed(f"{kind} of {name} twice")
        self.seen.add((kind, name))
        if kind == "TYPE":
            if text not in TYPES[self.openmetrics]:
                raise Malformed(f"unknown type {text!r}")
            family.type = text
        elif kind == "HELP":
            family.help = unescape(text, '\\n"' if self.openmetrics else "\\n")

    def family(self, name):
        """The family whose block the page is in; a block can not be opened twice."""
        if self.current is None or self.current.name != name:
            if name in self.families:
                raise Malformed(f"family {name} in two pieces")
            self.current = self.families[name] = Family(name)
        return self.current

    def family_of_sample(self, name):
        if self.current is not None:
            suffixes = SUFFIXES[self.openmetrics].get(self.current.type, ("",))
            if any(name == self.current.name + suffix for suffix in suffixes):
                return self.current
            if self.openmetrics:
                raise Malformed(f"{name} in the block of {self.current.type} {self.current.name}")
        return self.family(name)

    def sample(self, line):
        match = NAME.match(line)
        if not match:
            raise Malformed("no metric name")
        name, at = match.group(), match.end()
        labels = ()
        if line[at:at + 1] == "{":
            labels, at = self.labels(line, at + 1)
        if line[at:at + 1] != " ":
            raise Malformed("no space before the value")
        value = line[at + 1:]
        if not NUMBER.fullmatch(value):
            raise Malformed(f"bad value {value!r} (or a timestamp)")
        family = self.family_of_sample(name)
        key = (name, tuple(sorted(labels)))
        if key in self.seen:
            raise Malformed("series twice")
        self.seen.add(key)
        family.samples[(name, labels)] = float(value)

    def labels(self, line, at):
        found = []
        while line[at:at + 1] != "}":
            if found:
                if line[at:at + 1] != ",":
                    raise Malformed("no comma between labels")
                at += 1
            match = LABEL_NAME.match(line, at)
            if not match or line[match.end():match.end() + 2] != '="':
                raise Malformed("bad label name")
            value, at = self.value(line, match.end() + 2)
            if match.group() in dict(found):
                raise Malformed(f"label {match.group()} twice")
            found.append((match.group(), value))
        return tuple(found), at + 1

    def value(self, line, at):
        pattern = r'(.*?)"(?=,[a-zA-Z_]\w*="|\} )' if self.lenient else r'((?:[^"\\]|\\.)*)"'
        match = re.compile(pattern).match(line, at)
        if not match:
            raise Malformed("a label value that does not end")
        raw = match.group(1)
        return (raw if self.lenient else unescape(raw, '\\n"')), match.end()


def unescape(text, allowed):
    def one(match):
        if match.group(1) not in allowed or not match.group(1):
            raise Malformed(f"bad escape \\{match.group(1)}")
        return "\n" if match.group(1) == "n" else match.group(1)

    return re.sub(r"\\(.?)", one, text)


def is_nan(value):
    return math.isnan(value)
