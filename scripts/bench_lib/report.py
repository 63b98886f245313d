"""Tables, for a terminal or for Markdown."""

import math
import statistics


def number(value, digits=None):
    """Three significant digits, or so many after the point; a dash for what is not there."""
    if value is None:
        return "-"
    if digits is None:
        digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{min(digits, 3)}f}"


def pair(row, measure):
    """min / median"""
    values = row[measure]
    return f"{number(min(values))} / {number(statistics.median(values))}" if values else "-"


def scrape_table(results):
    head = ["servers", "", "wall ms, min / median", "own CPU ms", "HAProxy's CPU ms", "MB",
            "samples", "peak RSS MB"]
    return head, [[
        f"{row['servers']:,}", row["name"], pair(row, "wall_ms"), pair(row, "cpu_ms"),
        pair(row, "haproxy_cpu_ms"), number(row["bytes"] / 1e6), number(row["samples"], 0),
        number(row["peak_rss_mb"], 0)] for row in results]


def traffic_table(results):
    head = ["backends x servers", "scraped in a loop by", "p50 ms", "p99 ms", "max ms", "pings",
            "scrape ms"]
    return head, [[
        row["shape"], row["name"], number(row["p50_ms"], 2), number(row["p99_ms"], 2),
        number(row["max_ms"], 1), number(row["pings"], 0), number(row.get("scrape_ms"))]
        for row in results]


def control_table(results):
    head = ["control", "beside", "ms, min / median", "beside, ms"]
    return head, [[row["name"], row["base"], pair(row, "ours_ms"), pair(row, "base_ms")]
                  for row in results]


def target_table(results):
    def cells(row):
        unit, limit = row["unit"], row["limit"]
        yield row["target"]
        yield f"{number(row['value'])} {unit}"
        yield f"{number(row['best'])} {unit}" if row["best"] is not None else "-"
        yield f"<= {limit:.3g} {unit}" if limit is not None else "-"
        yield "" if limit is None else "ok" if row["met"] else "MISSED"

    return ["target", "measured", "at best", "limit", ""], [list(cells(row)) for row in results]


def plain(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(row):
        cells = [cell.ljust(width) if column < 2 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join(line(row) for row in [head, *rows])


def markdown(head, rows):
    rule = ["---" if column < 2 else "---:" for column in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def tables(results, as_markdown):
    render = markdown if as_markdown else plain
    parts = [(scrape_table, "scrapes"), (traffic_table, "traffic"),
             (control_table, "control"), (target_table, "targets")]
    return "\n\n".join(render(*table(results[key])) for table, key in parts if results[key])
