"""The examples, each as its own tool takes it, and the way in to the control listener."""

import http.client
import os
import re
import shutil
import ssl
import subprocess
import unittest

import yaml

from control import ControlCase, ControlledSteward, rule
from harness import ROOT, Case, Process, free_port, http_get, wait_until
from parts import certificate
from programs import HAProxy, haproxies, oldest, run_steward, steward_binary
from rule_files import promtool, rules

EXAMPLES = ROOT / "examples"
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def load(name):
    return yaml.safe_load((EXAMPLES / name).read_text())


def seconds(duration):
    return int(duration[:-1]) * SECONDS[duration[-1]]


def run(*argv, **environment):
    done = subprocess.run([str(word) for word in argv], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=os.environ | environment)
    return done.returncode, done.stdout


def tool(name):
    """Its path; without one, whatever needs it is skipped."""
    return unittest.skipUnless(shutil.which(name), f"there is no {name}")


class Tools(Case):
    def assert_runs(self, *argv, **environment):
        code, said = run(*argv, **environment)
        self.assertEqual(code, 0, said)
        return said

    def test_prometheus_takes_its_configuration_and_the_rules(self):
        good, said = promtool("check", "config", EXAMPLES / "prometheus.yml")
        self.assertTrue(good, said)
        self.assertIn("3 rule files found", said)

    def test_alertmanager_takes_its_configuration(self):
        self.assert_runs("amtool", "check-config", EXAMPLES / "alertmanager.yml")

    def test_alertmanager_sends_the_steward_what_it_is_to_remedy_and_nothing_else(self):
        def receivers(*labels):
            return self.assert_runs("amtool", "config", "routes", "test", "--config.file",
                                    EXAMPLES / "alertmanager.yml", *labels).split("\n")[-2].split(",")
        for each in rules("alert"):
            with self.subTest(alert=each["alert"]):
                labels = [f"{name}={value}" for name, value in each["labels"].items()]
                wanted = ["steward", "people"] if "remediation" in each["labels"] else ["people"]
                self.assertEqual(receivers(f"alertname={each['alert']}", *labels), wanted)

    def test_haproxy_of_every_version_takes_its_configuration(self):
        pem = certificate(self.home)
        for version, path in haproxies().items():
            for more in ({}, {"STEWARD_CERTIFICATE": str(pem)}):
                with self.subTest(version=version, **more):
                    self.assert_runs(path, "-c", "-f", EXAMPLES / "haproxy.cfg", **more)

    def test_the_steward_takes_its_configurations(self):
        for name in ("steward.yml", "steward-remediation.yml"):
            with self.subTest(name=name):
                done = run_steward("check-config", EXAMPLES / name)
                self.assertEqual(done.returncode, 0, done.stderr)

    @tool("systemd-analyze")
    def test_systemd_takes_the_unit(self):
        unit = self.home / "haproxy-steward.service"
        text = (EXAMPLES / unit.name).read_text()
        self.assertIn("ExecStart=/usr/bin/haproxy-steward ", text)
        unit.write_text(text.replace("/usr/bin/haproxy-steward", str(steward_binary())))
        self.assertEqual(self.assert_runs("systemd-analyze", "verify", unit), "")

    def test_compose_mounts_what_is_there(self):
        compose = load("docker-compose.yml")
        volumes = set(compose["volumes"])
        for name, service in compose["services"].items():
            for mount in service.get("volumes", []):
                source = mount.split(":")[0]
                with self.subTest(service=name, mount=source):
                    made_by_hand = source == "./steward.token"
                    self.assertTrue(source in volumes or made_by_hand
                                    or (EXAMPLES / source).exists())
            self.assertIn(service.get("network_mode", "service:haproxy"), "service:haproxy")
        if run("docker", "compose", "version")[0] == 0:
            self.assert_runs("docker", "compose", "-f", EXAMPLES / "docker-compose.yml", "config")

    def test_grafana_finds_the_dashboards_and_the_prometheus_of_the_others(self):
        (provider,) = load("grafana/dashboards.yml")["providers"]
        (source,) = load("grafana/datasources.yml")["datasources"]
        mounts = dict(mount.split(":")[:2]
                      for mount in load("docker-compose.yml")["services"]["grafana"]["volumes"])
        given = {EXAMPLES / file for file, path in mounts.items()
                 if path.startswith(provider["options"]["path"] + "/")}
        self.assertEqual({path.resolve() for path in given},
                         set((ROOT / "dashboards").glob("haproxy-*.json")))
        self.assertEqual((source["type"], source["url"]), ("prometheus", "http://127.0.0.1:9090"))
        self.assertEqual(source["jsonData"]["timeInterval"],
                         load("prometheus.yml")["global"]["scrape_interval"])

    def test_kubernetes_containers_mount_volumes_that_are_there(self):
        parts = list(yaml.safe_load_all((EXAMPLES / "kubernetes-sidecar.yml").read_text()))
        self.assertEqual([part["kind"] for part in parts],
                         ["PersistentVolumeClaim", "Deployment", "Service"])
        pod = parts[1]["spec"]["template"]["spec"]
        names = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            self.assertLessEqual(mounts.keys(), names)
            self.assertEqual(mounts["run"], "/run/haproxy")
        self.assertEqual(parts[1]["spec"]["selector"]["matchLabels"],
                         parts[1]["spec"]["template"]["metadata"]["labels"])

    @tool("kubectl")
    def test_kubectl_reads_the_manifests(self):
        shutil.copy(EXAMPLES / "kubernetes-sidecar.yml", self.home)
        (self.home / "kustomization.yaml").write_text("resources: [kubernetes-sidecar.yml]\n")
        self.assertIn("kind: Deployment", self.assert_runs("kubectl", "kustomize", self.home))


class Together(Case):
    def test_leases_outlast_repeats_that_get_lost(self):
        route = load("alertmanager.yml")["route"]["routes"][0]
        self.assertEqual(route["receiver"], "steward")
        repeat = seconds(route["repeat_interval"])
        for each in load("steward-remediation.yml")["rules"]:
            with self.subTest(rule=each["name"]):
                self.assertGreaterEqual(seconds(each["for"]), 3 * repeat)
                self.assertLess(seconds(each["min_hold"]), seconds(each["for"]))
        text = (ROOT / "alerts" / "steward.rules.yml").read_text()
        waits = {seconds(found) for found in re.findall(r"\} offset (\d+m)\)|\[(45m)\]", text)
                 for found in found if found}
        self.assertEqual(waits, {repeat * 3 // 2})

    def test_each_remedy_of_the_alerts_has_a_rule_of_the_steward(self):
        wanted = {each["labels"]["remediation"] for each in rules("alert")
                  if "remediation" in each["labels"]}
        matched = {each["match"][0] for each in load("steward-remediation.yml")["rules"]}
        self.assertEqual(matched, {f'remediation="{name}"' for name in wanted})

    def test_names_agree(self):
        (job,) = load("prometheus.yml")["scrape_configs"]
        (target,) = job["static_configs"]
        (instance,) = load("steward-remediation.yml")["instances"]
        self.assertEqual(target["labels"]["haproxy"], instance["name"])
        used = [each for each in rules("alert") if 'up{job="' in each["expr"]]
        self.assertTrue(all(f'up{{job="{job["job_name"]}"}}' in each["expr"] for each in used))


class WayIn(ControlCase):
    """examples/haproxy.cfg before the control listener of a real steward."""

    def setUp(self):
        super().setUp()
        backend = self.start(HAProxy(self.home, "backend web\n  server web1 127.0.0.1:1\n"))
        self.way = self.home / f"control-{free_port()}.sock"
        port = free_port()
        self.steward = self.start(ControlledSteward(
            self.home, backend.socket, rules=[rule("Sick")], control_port=port,
            control={"listen_addresses": [f"unix:{self.way}", f"127.0.0.1:{port}"]}))
        self.port = free_port()

    def open(self, **more):
        environment = os.environ | {
            "HAPROXY_SOCKET": str(self.home / "front.sock"), "HAPROXY_PORT": str(free_port()),
            "STEWARD_CERTIFICATE": str(certificate(self.home)),
            "STEWARD_BIND": f"127.0.0.1:{self.port}",
            "STEWARD_CONTROL": f"unix@{self.way}", **more}
        self.start(Process("front", [haproxies()[oldest()], "-db", "-f", EXAMPLES / "haproxy.cfg"],
                           self.home, env=environment))
        wait_until("the way in", lambda: self.ask("/-/ready").status)

    def ask(self, path, token=None, length=None, **options):
        headers = {"Authorization": f"Bearer {token or self.steward.token('viewer')}"}
        if length is not None:
            headers["Content-Length"] = str(length)
        context = ssl.create_default_context(cafile=self.home / "site.crt")
        link = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=10)
        return http_get(self.port, path, headers, connection=link, **options)

    def test_it_lets_the_api_in_and_nothing_else(self):
        self.open()
        self.assertEqual(self.ask("/api/v1/servers").status, 200)
        self.assertEqual(self.ask("/metrics").status, 404)
        self.assertEqual(self.ask("/-/reload", method="POST").status, 404)
        # Refused by its header, before the body: whoever sends that may find the door shut.
        self.assertEqual(self.ask("/webhook", method="POST", length=1_048_577).status, 413)

    def test_it_knows_who_may_knock(self):
        self.open(STEWARD_CLIENTS="192.0.2.0/24")
        self.assertEqual(self.ask("/api/v1/servers").status, 403)

    def test_who_guesses_is_kept_out_and_keeps_nobody_else_out(self):
        self.open()
        seen = [self.ask("/api/v1/servers", token="guess").status for _ in range(8)]
        self.assertEqual(set(seen[:5]), {401})
        self.assertEqual(seen[-1], 429)
        self.assertEqual(self.steward.get("/api/v1/servers").status, 200)


if __name__ == "__main__":
    unittest.main()
