#!/usr/bin/env python3
"""Holds the rules of the house (src/ARCHITECTURE.md) against the tree.

  house_test.py [TREE]      one line for each broken rule; exits 1 if there is one
  house_test.py --self-check  plants a tree that breaks every rule and expects each to be found
"""

import itertools
import pathlib
import re
import sys
import tempfile

# Which rooms the code of a room may include.
ARROWS = {
    "base": {"base"},
    "stats": {"base", "stats"},
    "exposition": {"base", "stats", "exposition"},
    "control": {"base", "stats", "control"},
    "runtime": {"base", "control", "runtime"},
    "ledger": {"base", "control", "ledger"},
    "config": {"base", "control", "config"},
    "daemon": {"base", "stats", "exposition", "control", "runtime", "ledger", "config", "daemon"},
    "http": {"base", "stats", "config", "exposition", "control", "ledger", "daemon", "http"},
}
ARROWS["cli"] = set(ARROWS) | {"cli"}
ARROWS["main"] = {"cli"}

# What a pure room must not know: the time, the network, threads, the log.
PURE = {"base", "stats", "exposition", "control"}
IMPURE = re.compile(r"_clock::now|#include <(sys/socket\.h|unistd\.h|thread|mutex|httplib\.h"
                    r"|spdlog/[^>]*|prometheus/[^>]*)>")

# What a file keeps to itself, and the names of its functions, types and constants there.
OWN = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^(?:(?:struct|class|enum class) ([A-Za-z]\w*)|using (\w+) ="
                  r"|(?:static )?(?:const|constexpr|constinit)\b[^=({;\n]*?\b(k[A-Z]\w*)"
                  r"\s*(?:[={(;]|$)"
                  r"|[A-Za-z][^(=;\n]*?\b([A-Za-z]\w*)\()", re.MULTILINE)

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME")
LINES_WARNED, LINES_MOST = 300, 450
TEXT = {".cpp", ".hpp", ".py", ".ts", ".cmake", ".txt", ".json", ".md", ".cfg", ".yml", ".yaml", ".lua",
        ""}
CODE = {".cpp", ".hpp", ".py", ".ts"}
FOLDERS = ["include", "src", "tests", "cmake", "scripts", "examples", "alerts", "dashboards", "docs",
           ".ci", "packaging"]
PROGRAMS = {pathlib.Path("tests/fuzz"), pathlib.Path("tests/bench")}  # each file is one
FOREIGN = ["tests/fixtures", "tests/fuzz/corpus",  # bytes as others wrote them
           "dashboards/node_modules"]


def room_of(path):
    """include/steward/stats/csv.hpp and src/stats/csv.cpp are in stats, src/main.cpp in main."""
    parts = path.parts
    inside = parts[2:] if parts[:2] == ("include", "steward") else parts[1:]
    return inside[0] if len(inside) > 1 else path.stem


def wrong_includes(path, text):
    room = room_of(path)
    if room not in ARROWS:
        yield f"the room {room} has no arrows in tests/house_test.py"
        return
    for target in INCLUDE.findall(text):
        parts = target.split("/")
        if parts[0] != "steward" or len(parts) != 3:
            yield f'includes "{target}"; write "steward/<room>/<file>.hpp"'
        elif parts[1] not in ARROWS[room]:
            yield f"{room} must not include {parts[1]} ({target})"


def impure(path, text):
    if room_of(path) in PURE:
        for match in IMPURE.finditer(text):
            yield f"{room_of(path)} is a pure room and must not use {match[0]}"


def without_promise(tree, path):
    """x.cpp keeps the promise of x.hpp, and so do parts of it, x_of_this.cpp."""
    words = path.stem.split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    promises = [pathlib.Path("include/steward", *path.parts[1:-1], f"{name}.hpp") for name in names]
    missing = not any((tree / promise).exists() for promise in promises)
    if path.suffix == ".cpp" and len(path.parts) > 2 and missing:
        yield f"has no {promises[0]}"


def told_twice(tree):
    """A room is compiled as one file, so what its files keep to themselves has distinct names."""
    homes = {}  # (folder, name): files
    for path in files(tree):
        if path.suffix == ".cpp" and path.parent not in PROGRAMS:
            for own in OWN.findall((tree / path).read_text()):
                for names in NAME.findall(own):
                    homes.setdefault((path.parent, "".join(names)), set()).add(path.name)
    for (folder, name), names in homes.items():
        for one, other in itertools.permutations(sorted(names), 2):
            yield f"{folder / one}: {name} is also a name of {other}, of the same room"


def untidy(text):
    if "\r" in text:
        yield "has a carriage return"
    if text and not text.endswith("\n"):
        yield "does not end in a newline"
    for number, line in enumerate(text.split("\n"), 1):
        if line.rstrip("\r") != line.rstrip():
            yield f"line {number} ends in a blank"
        if "\t" in line:
            yield f"line {number} has a tab"
        if UNFINISHED.search(line):
            yield f"line {number}: do it, or open an issue"


def too_long(path, text):
    lines = text.count("\n")
    if path.suffix in CODE and lines > LINES_MOST:
        yield f"has {lines} lines, at most {LINES_MOST}; split it"


def files(tree):
    """The project's own text files, relative to the tree."""
    found = [path for path in tree.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (tree / folder).rglob("*") if path.is_file()]
    for path in sorted(path.relative_to(tree) for path in found):
        foreign = any(path.is_relative_to(folder) for folder in FOREIGN)
        if path.suffix in TEXT and not foreign and "__pycache__" not in path.parts:
            yield path


def broken_rules(tree):
    for path in files(tree):
        text = (tree / path).read_bytes().decode(errors="replace")
        problems = [*untidy(text), *too_long(path, text)]
        if path.parts[0] in ("include", "src") and path.suffix in CODE:
            problems += [*wrong_includes(path, text), *impure(path, text),
                         *without_promise(tree, path)]
        yield from (f"{path}: {problem}" for problem in problems)
    yield from told_twice(tree)


def check(tree):
    for path in files(tree):
        lines = (tree / path).read_bytes().count(b"\n")
        if path.suffix in CODE and LINES_WARNED < lines <= LINES_MOST:
            print(f"warning: {path}: has {lines} lines, better under {LINES_WARNED}")
    problems = list(broken_rules(tree))
    print("\n".join(problems) or "the house is in order")
    return 1 if problems else 0


def own(text):
    return f"namespace {{\n\n{text}\n}}  // namespace\n"


GOOD = {
    "src/stats/csv.cpp": '#include "steward/stats/csv.hpp"\n\n#include "steward/base/text.hpp"\n',
    "include/steward/stats/csv.hpp": "#pragma once\n",
    "src/stats/csv_quoted.cpp": '#include "steward/stats/csv.hpp"\n' + own("using std::size_t;\n"),
    "src/stats/csv_rows.cpp": own("using std::size_t;\nauto f(Row row) {\n  return g(row);\n}\n"),
    "src/main.cpp": '#include "steward/cli/cli.hpp"\n',
    "tests/fixtures/odd.txt": "as HAProxy\tsaid \r\n",
}
BAD = {  # file: (text, what must be said of it)
    "src/stats/a.cpp": ('#include "steward/http/listener.hpp"\n', "stats must not include http"),
    "include/steward/base/b.hpp": ('#include "steward/stats/csv.hpp"\n',
                                   "base must not include stats"),
    "include/steward/config/c.hpp": ('  #  include "steward/daemon/d.hpp"\n',
                                     "config must not include daemon"),
    "src/http/d.cpp": ('#include "listener.hpp"\n', 'includes "listener.hpp"'),
    "src/attic/e.cpp": ("int e;\n", "the room attic has no arrows"),
    "src/stats/f.cpp": ("auto t = std::chrono::steady_clock::now();\n", "must not use _clock::now"),
    "src/base/g.cpp": ("#include <sys/socket.h>\n", "must not use #include <sys/socket.h>"),
    "src/exposition/h.cpp": ("#include <spdlog/spdlog.h>\n", "#include <spdlog/spdlog.h>"),
    "src/cli/i.cpp": ("int i;\n", "has no include/steward/cli/i.hpp"),
    "cmake/j.cmake": ("set(x) \n", "line 1 ends in a blank"),
    "src/cli/k.cpp": ("int k;\r\n", "has a carriage return"),
    "scripts/l": ("true", "does not end in a newline"),
    "tests/m.py": ("\n\tx\n", "line 2 has a tab"),
    "README.md": ("TO" + "DO: write\n", "line 1: do it"),
    "src/cli/n.cpp": ("\n" * (LINES_MOST + 1), "lines, at most"),
    "src/cli/o.cpp": (own("bool plain(int n) {\n  return n == 0;\n}\n"),
                      "plain is also a name of p.cpp"),
    "src/cli/p.cpp": (own("constexpr auto plain(char c) { return c; }\n"),
                      "plain is also a name of o.cpp"),
    "src/cli/q.cpp": (own("constexpr std::array<int, kB> kA{{f(1)}};\n"),
                      "kA is also a name of r.cpp"),
    "src/cli/r.cpp": (own("struct kA {\n  int f() const;\n};\n"), "kA is also a name of q.cpp"),
}


def plant(tree, tree_files):
    for name, text in tree_files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def self_check():
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        plant(tree, GOOD)
        wrong = [f"found in a good tree: {problem}" for problem in broken_rules(tree)]
        plant(tree, {name: text for name, (text, _) in BAD.items()})
        found = list(broken_rules(tree))
    for name, (_, said) in BAD.items():
        if not any(line.startswith(f"{name}: ") and said in line for line in found):
            wrong.append(f"not found: {name}: {said}")
    print("\n".join(wrong) or "every broken rule is found")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-check"]:
        sys.exit(self_check())
    here = pathlib.Path(__file__).resolve().parent.parent
    sys.exit(check(pathlib.Path(sys.argv[1]) if sys.argv[1:] else here))
