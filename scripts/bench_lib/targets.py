"""What the project promises of its speed, held against what was measured. A ratio is the median of
the ratios of each round; `best`, that of the least disturbed rounds, tells noise from slowness. A
target without a limit is for information."""

import statistics

from . import control, scrapes, traffic

# servers, whose, measure, of whom, measure, limit, text
RATIOS = (
    (10_000, scrapes.STEWARD, "wall_ms", scrapes.PROMEX, "wall_ms", 0.7, "wall, unpaced / promex"),
    (10_000, scrapes.PACED, "wall_ms", scrapes.PROMEX, "wall_ms", 1.2, "wall, paced / promex"),
    (10_000, scrapes.STEWARD, "wall_ms", scrapes.EXPORTER, "wall_ms", 1 / 8,
     "wall, unpaced / prometheus-haproxy-exporter"),
    (10_000, scrapes.PACED, "wall_ms", scrapes.EXPORTER, "wall_ms", 1 / 8,
     "wall, paced / prometheus-haproxy-exporter"),
    (10_000, scrapes.STEWARD, "cpu_ms", scrapes.STEWARD, "haproxy_cpu_ms", 1.0,
     "own CPU / HAProxy's CPU in that scrape"),
    (10_000, scrapes.STEWARD, "cpu_ms", scrapes.RAW, "haproxy_cpu_ms", None,
     "own CPU / HAProxy's CPU for `show stat` alone"),
    (10_000, scrapes.STEWARD, "haproxy_cpu_ms", scrapes.PROMEX, "haproxy_cpu_ms", 0.5,
     "HAProxy's CPU, unpaced / promex"),
    (10_000, scrapes.PACED, "haproxy_cpu_ms", scrapes.PROMEX, "haproxy_cpu_ms", 0.5,
     "HAProxy's CPU, paced / promex"),
)
PEAK_RSS_MB = {10_000: 40, 50_000: 120}
LINEARITY = (("wall_ms", "wall", 1.3), ("cpu_ms", "own CPU", None))


def target(text, value, limit, unit="x", best=None):
    met = limit is None or value <= limit
    return {"target": text, "value": value, "best": best, "limit": limit, "unit": unit, "met": met}


def ratios(rows):
    for servers, name, measure, other, other_measure, limit, text in RATIOS:
        row, base = rows.get((servers, name)), rows.get((servers, other))
        if row and base:
            values, bases = row[measure], base[other_measure]
            median = statistics.median(value / of for value, of in zip(values, bases))
            best = min(values) / min(bases)
            yield target(f"{servers:,} servers: {text}", median, limit, best=best)


def memory(rows):
    for (servers, name), row in rows.items():
        if servers in PEAK_RSS_MB and name in (scrapes.STEWARD, scrapes.PACED):
            yield target(f"{servers:,} servers: peak RSS, {name}", row["peak_rss_mb"],
                         PEAK_RSS_MB[servers], "MB")


def linearity(rows):
    small, large = (rows.get((servers, scrapes.STEWARD)) for servers in (1_000, 50_000))
    if not small or not large:
        return
    for measure, text, limit in LINEARITY:
        median, best = (of(large[measure]) / 50_000 / (of(small[measure]) / 1_000)
                        for of in (statistics.median, min))
        yield target(f"{text} per server, at 50,000 / at 1,000", median, limit, best=best)


def of_traffic(results):
    rows = {(row["shape"], row["name"]): row for row in results}
    for shape in dict.fromkeys(row["shape"] for row in results):
        ours, idle, monolithic = (rows.get((shape, name)) for name in (
            traffic.STEWARD, traffic.IDLE, traffic.MONOLITHIC))
        if not ours:
            continue
        yield target(f"traffic, {shape}: p50 / idle", ours["p50_ms"] / idle["p50_ms"], 2)
        yield target(f"traffic, {shape}: p99 / monolithic `show stat`",
                     ours["p99_ms"] / monolithic["p99_ms"], 1 / 4)
        yield target(f"traffic, {shape}: scrape, paced", ours["scrape_ms"] / 1e3, 1.2, "s")


CONTROL_LIMITS = {control.ONE: 3, control.MANY: 3, control.IDLE: 1.5, control.LOAD: 1.2}


def of_control(results):
    for row in results:
        limit = next(limit for name, limit in CONTROL_LIMITS.items() if row["name"].startswith(name))
        ours, base = (statistics.median(row[each]) for each in ("ours_ms", "base_ms"))
        yield target(f"control, {row['name']} / {row['base']}", ours / base, limit,
                     best=min(row["ours_ms"]) / min(row["base_ms"]))
        if "socat_ms" in row:
            yield target(f"control, {row['name']} / a socat for each command",
                         ours / row["socat_ms"], 1 / 50)


def measure(results):
    rows = {(row["servers"], row["name"]): row for row in results["scrapes"]}
    return [*ratios(rows), *memory(rows), *linearity(rows), *of_traffic(results["traffic"]),
            *of_control(results["control"])]
