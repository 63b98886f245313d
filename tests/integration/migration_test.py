"""The migration pages of docs/, step by step: their own files and queries, with other addresses."""

import re
import time
import unittest

from alerting import Prometheus
from edge import Edge
from farm import Traffic
from harness import ROOT, Case, free_port, wait_until
from names_test import RetiredExporter
from programs import Steward, newest, oldest, run_steward


class Page:
    """A page of docs/: its blocks of code by language and file."""

    def __init__(self, name):
        self.text = (ROOT / "docs" / name).read_text()
        self.blocks = re.findall(r"```(\w+)\n(.*?)```", self.text, re.DOTALL)

    def files(self, name):
        """Each block that begins with `# name`, in order."""
        return [text for _, text in self.blocks if text.startswith(f"# {name}\n")]

    def query(self):
        (query,) = [text for language, text in self.blocks if language == "promql"]
        return query

    def names_of_table(self, heading):
        """The names in the first column of the table below a heading."""
        section = self.text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        return set(re.findall(r"^\| `([\w]+)`", section, re.MULTILINE))


class Migration(Case):
    page = None

    def steward(self, socket, port=None):
        (config,) = self.page.files("steward.yml")
        config = config.replace("/run/haproxy/admin.sock", str(socket))
        config = re.sub(r"web:\n  listen_addresses.*\n", "", config)  # the flag says where
        return self.start(Steward(self.home, config=config))

    def prometheus(self, config, **addresses):
        for old, new in addresses.items():
            config = config.replace(f"lb1:{old.removeprefix('port')}", f"127.0.0.1:{new}")
        fast = "global: {scrape_interval: 1s, scrape_timeout: 900ms}\n"
        return self.start(Prometheus(self.home, fast + config))

    def only_there(self, prometheus, jobs):
        """What the page's query finds, {name: series}."""
        wait_until("both to be scraped", lambda: prometheus.query("haproxy_up or up").keys() >= jobs
                   and set(prometheus.query("up").values()) == {1.0}, 30)
        time.sleep(2)
        result = prometheus.api("query", query=self.page.query())["result"]
        return {each["metric"]["name"]: float(each["value"][1]) for each in result}


class FromMixin(Migration):
    page = Page("from-mixin.md")

    def assert_step_by_step(self, version):
        edge = self.start(Edge(self.home, version))
        table = run_steward("servers", "--socket", f"unix:{edge.socket}")
        self.assertEqual(table.returncode, 0, table.stderr)
        steward = self.steward(edge.socket)
        beside, switched = self.page.files("prometheus.yml")
        quotes = "    params: {metrics: [-haproxy_process_description]}\n"  # not escaped there
        beside = beside.replace("    static", quotes + "    static", 1)
        prometheus = self.prometheus(beside, port8404=edge.ports["prom"], port9101=steward.port)
        left = self.only_there(prometheus, {"promex", "haproxy"})
        self.assertLessEqual(left.keys(), self.page.names_of_table("3. Compare"), left)
        switched = switched.replace(":9101'", f":{steward.port}'")
        later = self.prometheus(switched, port9101=steward.port)
        wait_until("the switched job", lambda: later.query("haproxy_up") == {"promex": 1.0}, 20)
        (target,) = later.api("targets")["activeTargets"]
        self.assertEqual(target["labels"], {"job": "promex", "instance": "127.0.0.1:8404"})

    def test_beside_an_old_haproxys_own_exporter(self):
        self.assert_step_by_step(oldest())

    def test_beside_a_new_haproxys_own_exporter(self):
        self.assert_step_by_step(newest())


class FromExporter(Migration):
    page = Page("from-haproxy_exporter.md")

    def test_beside_it_and_in_its_place(self):
        edge = self.start(Edge(self.home, oldest()))
        wait_until("all servers to be up for good", lambda: not any(
            row["status"].startswith("UP ") for row in edge.haproxy.rows().values()))
        exporter = self.start(RetiredExporter(self.home, edge.socket))
        self.start(Traffic(edge.ports["www"]))
        steward = self.steward(edge.socket)
        (config,) = self.page.files("prometheus.yml")
        prometheus = self.prometheus(config, port9101=exporter.port, port9102=steward.port)
        left = self.only_there(prometheus, {"haproxy_exporter", "haproxy"})
        self.assertEqual(left, {"haproxy_frontend_http_requests_total": 1.0})
        at = time.time()
        for name in re.findall(r"^\| `(haproxy_[a-z_]+)[`{]", self.page.text, re.MULTILINE):
            with self.subTest(name=name):
                self.assertIn("haproxy", prometheus.query(f"count by (job) ({name})"))
        self.assertLess(time.time() - at, 10)

    def test_the_flags_of_the_page_are_flags(self):
        said = run_steward("serve", "--help").stdout
        rows = re.findall(r"^\| (`--.*?) \| (.*?) \|$", self.page.text, re.MULTILINE)
        self.assertGreater(len(rows), 5)
        for old, new in rows:
            flags = re.findall(r"`(--[\w.]+)", old if new.startswith("the same") else new)
            for flag in flags:
                with self.subTest(flag=flag):
                    self.assertIn(flag, said)


if __name__ == "__main__":
    unittest.main()
