"""Prometheus and Alertmanager, real ones, and the payloads of the latter."""

import datetime
import hashlib
import json
import shutil
import urllib.parse

from harness import Process, free_port, http_get, wait_until


def now():
    """As Alertmanager writes it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z")


def alert(*, status="firing", fingerprint=None, starts="2026-01-01T00:00:00Z", **labels):
    """One alert as Alertmanager posts it; its fingerprint is of its labels."""
    print_of = hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()[:16]
    return {"status": status, "labels": labels, "annotations": {}, "startsAt": starts,
            "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else now(),
            "generatorURL": "", "fingerprint": fingerprint or print_of}


def delivery(*alerts, **fields):
    """One POST of Alertmanager's about a group of alerts."""
    firing = any(each["status"] == "firing" for each in alerts)
    return {"version": "4", "groupKey": '{}:{alertname="Sick"}', "truncatedAlerts": 0,
            "status": "firing" if firing else "resolved", "receiver": "steward",
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
            "externalURL": "http://alertmanager:9093", "alerts": list(alerts), **fields}


class Prometheus(Process):
    """`config` is its configuration, `rules` that of its alerting rules."""

    def __init__(self, home, config, rules=None):
        self.port = free_port()
        path = home / f"prometheus-{self.port}.yml"
        if rules is not None:
            rules_path = home / f"rules-{self.port}.yml"
            rules_path.write_text(rules)
            config += f"rule_files: [{rules_path}]\n"
        path.write_text(config)
        super().__init__("prometheus", ["prometheus", f"--config.file={path}",
                                        f"--storage.tsdb.path={home / f'tsdb-{self.port}'}",
                                        f"--web.listen-address=127.0.0.1:{self.port}"], home)

    def __enter__(self):
        wait_until("Prometheus", lambda: http_get(self.port, "/-/ready").status == 200)
        return self

    def api(self, path, **parameters):
        answer = http_get(self.port, f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        return answer.json["data"]

    def query(self, expression):
        """{job: value} of an instant query."""
        return {result["metric"].get("job"): float(result["value"][1])
                for result in self.api("query", query=expression)["result"]}


class Alertmanager(Process):
    """One that posts to `url`, with what is in `token_file` as its bearer token. `route` and
    `webhook` are merged into the route and the receiver; `cluster` is its own cluster port, `peer`
    another's (no cluster without)."""

    def __init__(self, home, url, token_file, *, route=None, webhook=None, cluster=None, peer=None,
                 peer_timeout="1s"):
        self.port = free_port()
        config = {
            "route": {"receiver": "steward", "group_by": ["alertname"], "group_wait": "0s",
                      "group_interval": "1s", "repeat_interval": "1h", **(route or {})},
            "receivers": [{"name": "steward", "webhook_configs": [{
                "url": url, "send_resolved": True,
                "http_config": {"authorization": {"credentials_file": str(token_file)}},
                **(webhook or {})}]}],
        }
        path = home / f"alertmanager-{self.port}.yml"
        path.write_text(json.dumps(config))  # is YAML too
        listen = f"127.0.0.1:{cluster}" if cluster else ""
        clustered = [] if not cluster else [
            f"--cluster.advertise-address={listen}", "--cluster.settle-timeout=1s",
            f"--cluster.peer-timeout={peer_timeout}"]
        if peer:
            clustered.append(f"--cluster.peer=127.0.0.1:{peer}")
        program = shutil.which("prometheus-alertmanager") or "alertmanager"
        super().__init__("alertmanager", [
            program, f"--config.file={path}", f"--storage.path={home / f'am-{self.port}'}",
            f"--web.listen-address=127.0.0.1:{self.port}", f"--cluster.listen-address={listen}",
            *clustered], home)

    def __enter__(self):
        wait_until("Alertmanager", lambda: http_get(self.port, "/-/ready").status == 200)
        return self

    def post(self, *alerts):
        """Tells it of alerts as Prometheus does: (labels, seconds until it ends by itself) each;
        an end that is not after now resolves the alert."""
        body = []
        for labels, seconds in alerts:
            end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
            body.append({"labels": labels, "endsAt": end.isoformat()})
        answer = http_get(self.port, "/api/v2/alerts", {"Content-Type": "application/json"},
                          method="POST", body=json.dumps(body))
        assert answer.status == 200, answer.text

    def fire(self, **labels):
        self.post((labels, 300))

    def resolve(self, **labels):
        self.post((labels, -1))

    def peers(self):
        cluster = http_get(self.port, "/api/v2/status").json["cluster"]
        return len(cluster.get("peers") or [])

    def metric(self, name):
        """The sum of all its samples of a name."""
        page = http_get(self.port, "/metrics").text
        return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
                   if line.split("{")[0].split(" ")[0] == name)
