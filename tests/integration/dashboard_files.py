"""The dashboards, read."""

import json

from harness import ROOT

FOLDER = ROOT / "dashboards"
DASHBOARDS = {path.stem.removeprefix("haproxy-"): json.loads(path.read_text())
              for path in sorted(FOLDER.glob("haproxy-*.json"))}


def panels(dashboard):
    return [each for each in dashboard["panels"] if each["type"] != "row"]


def everything(tree, key):
    """The values of a key, wherever it is."""
    if isinstance(tree, dict):
        yield from ([tree[key]] if key in tree else [])
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from everything(each, key)


def title_of(panel, target):
    """Which of the queries of a panel it is: its legend, or its column of the table."""
    if panel["type"] != "table":
        return target["legendFormat"]
    names = panel["transformations"][-1]["options"]["renameByName"]
    return list(names.values())[int(target["refId"][1:])]
