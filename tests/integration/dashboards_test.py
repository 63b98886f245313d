"""The dashboards: as Grafana's published schema has them, as their code writes them, and as somebody
who looks at them wants them. Their queries: dashboard_queries_test.py."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from dashboard_files import DASHBOARDS, FOLDER, everything, panels
from harness import ROOT

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
GRID = 24
UNDONE = 77  # how scripts/dashboards says that there is no npm


class Files(unittest.TestCase):
    def each_panel(self):
        for name, dashboard in DASHBOARDS.items():
            for panel in panels(dashboard):
                with self.subTest(dashboard=name, panel=panel["title"]):
                    yield dashboard, panel

    def test_there_are_three_each_with_an_address_of_its_own(self):
        self.assertEqual(DASHBOARDS.keys(), {"fleet", "backend", "control"})
        uids = {each["uid"] for each in DASHBOARDS.values()}
        self.assertEqual(len(uids), 3)
        for name, dashboard in DASHBOARDS.items():
            with self.subTest(dashboard=name):
                self.assertEqual(dashboard["schemaVersion"], 42)
                self.assertNotIn("id", dashboard)
                self.assertTrue(dashboard["description"])

    def test_no_data_source_but_the_variable_is_named(self):
        for name, dashboard in DASHBOARDS.items():
            with self.subTest(dashboard=name):
                sources = list(everything(dashboard, "datasource"))
                self.assertTrue(all(each == DATASOURCE for each in sources))
                self.assertEqual(len([each for each in panels(dashboard) if "datasource" in each]),
                                 len(panels(dashboard)))
                first = dashboard["templating"]["list"][0]
                self.assertEqual((first["name"], first["type"], first["query"]),
                                 ("datasource", "datasource", "prometheus"))

    def test_the_variables_are_there_and_every_one_that_is_used_is(self):
        wanted = {"fleet": {"haproxy"}, "backend": {"haproxy", "proxy", "server"},
                  "control": {"haproxy", "proxy", "server"}}
        for name, dashboard in DASHBOARDS.items():
            with self.subTest(dashboard=name):
                there = {each["name"] for each in dashboard["templating"]["list"]}
                self.assertEqual(there, wanted[name] | {"datasource", "runbooks"})
                exprs = " ".join(everything(dashboard, "expr"))
                self.assertEqual(set(re.findall(r"\$(\w+)", exprs)) - {"__rate_interval"},
                                 wanted[name])

    def test_every_panel_says_what_it_shows_in_which_unit(self):
        for _, panel in self.each_panel():
            self.assertGreater(len(panel["description"]), 10)
            if panel["type"] != "table":
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"]
                                if panel["type"] != "state-timeline" else True)
            if panel["type"] in ("timeseries", "state-timeline"):
                self.assertTrue(panel["options"]["legend"]["showLegend"])
                self.assertTrue(all(each["legendFormat"] for each in panel["targets"]))

    def test_panels_fill_the_grid_and_none_lies_on_another(self):
        for name, dashboard in DASHBOARDS.items():
            with self.subTest(dashboard=name):
                ids = [each["id"] for each in dashboard["panels"]]
                self.assertEqual(len(ids), len(set(ids)))
                seen = {}
                for panel in dashboard["panels"]:
                    at = panel["gridPos"]
                    self.assertLessEqual(at["x"] + at["w"], GRID)
                    for x in range(at["x"], at["x"] + at["w"]):
                        for y in range(at["y"], at["y"] + at["h"]):
                            self.assertNotIn((x, y), seen, (panel.get("title"), seen.get((x, y))))
                            seen[x, y] = panel.get("title")

    def test_states_have_a_timeline_with_a_colour_for_each(self):
        for title, states in (("Servers", {"UP", "NOLB", "DRAIN", "MAINT", "DOWN"}),
                              ("Overrides, from when to when", {"pending", "active", "releasing"})):
            (panel,) = [each for _, each in self.each_panel() if each["title"] == title]
            (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
            shown = mapping["options"]
            self.assertEqual(panel["type"], "state-timeline")
            self.assertEqual({each["text"] for each in shown.values()}, states)
            self.assertEqual(len({each["color"] for each in shown.values()}), len(states))
            coded = dict(re.findall(r'(?:state|phase)="(\w+)"\} \* (\d)',
                                    panel["targets"][0]["expr"]))
            self.assertEqual(coded, {each["text"]: code for code, each in shown.items()})

    def test_links_lead_to_what_is_there(self):
        anchors = {name.lower() for name in re.findall(r"^### (\w+)$", RUNBOOKS, re.MULTILINE)}
        uids = {each["uid"] for each in DASHBOARDS.values()}
        urls = [url for each in DASHBOARDS.values() for url in everything(each, "url") if url]
        runbooks = {url.partition("#")[2] for url in urls if url.startswith("${runbooks:raw}#")}
        boards = {url.split("/d/")[1].split("?")[0] for url in urls if url.startswith("/d/")}
        self.assertGreater(len(runbooks), 20)
        self.assertEqual(runbooks - anchors, set())
        self.assertEqual(boards - uids, set())
        self.assertEqual([url for url in urls if not url.startswith(("${runbooks:raw}#", "/d/"))], [])
        for name, dashboard in DASHBOARDS.items():
            (link,) = dashboard["links"]
            self.assertTrue(all(set(link["tags"]) <= set(each["tags"])
                                for each in DASHBOARDS.values()), name)

    def test_columns_are_named_as_grafana_names_values(self):
        for _, panel in self.each_panel():
            if panel["type"] == "table":
                columns = panel["transformations"][-1]["options"]["renameByName"]
                queries = [each["refId"] for each in panel["targets"]]
                values = {f"Value #{each}" for each in queries} if queries[1:] else {"Value"}
                self.assertLessEqual({each for each in columns if each.startswith("Value")}, values)
                self.assertGreater(len(columns), 2)

    def test_links_name_columns_that_the_table_has(self):
        for _, panel in self.each_panel():
            if panel["type"] == "table":
                named = panel["transformations"][-1]["options"]["renameByName"].values()
                used = re.findall(r"__data\.fields\.(\w+)", json.dumps(panel["fieldConfig"]))
                self.assertEqual(set(used) - set(named), set())
                titles = {each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"]}
                self.assertEqual(titles - set(named), set())


class Code(unittest.TestCase):
    def test_the_json_is_what_the_code_writes(self):
        if not (FOLDER / "node_modules").exists():
            self.skipTest("the packages of dashboards/package.json are not installed: "
                          "scripts/dashboards --check installs them")
        run = subprocess.run([ROOT / "scripts" / "dashboards", "--check"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if run.returncode == UNDONE:
            self.skipTest(run.stdout)
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_no_registry_is_named(self):
        for name in ("package.json", "package-lock.json", ".npmrc"):
            self.assertNotRegex((FOLDER / name).read_text(), r'"resolved"|registry *[=.]')


class Schema(unittest.TestCase):
    """With GRAFANA_SCHEMAS=…/jsonschema, that folder of grafana-foundation-sdk's repository, and
    python3-jsonschema: what Grafana publishes of its dashboards, panels and queries, to the letter."""

    def setUp(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no python3-jsonschema")
        if "GRAFANA_SCHEMAS" not in os.environ:
            self.skipTest("GRAFANA_SCHEMAS is not set")
        self.validator = jsonschema.Draft7Validator

    def problems(self, kind, name, thing):
        path = pathlib.Path(os.environ["GRAFANA_SCHEMAS"], f"{kind.replace('-', '')}.jsonschema.json")
        schema = json.loads(path.read_text())
        there = schema["definitions"]
        if name not in there:
            return []  # a number has no settings of its own
        # What may be anything is written down as an object.
        for definition, key in (("MatcherConfig", "options"), ("DynamicConfigValue", "value")):
            there.get(definition, {"properties": {}})["properties"][key] = {}
        found = self.validator(schema | {"$ref": f"#/definitions/{name}"}).iter_errors(thing)
        return [f"{list(each.absolute_path)}: {each.message[:300]}" for each in found]

    def test_dashboards_are_as_it_says(self):
        for name, dashboard in DASHBOARDS.items():
            with self.subTest(dashboard=name):
                self.assertEqual(self.problems("dashboard", "Dashboard", dashboard), [])

    def test_panels_and_queries_are_as_it_says(self):
        for dashboard in DASHBOARDS.values():
            for panel in panels(dashboard):
                with self.subTest(panel=panel["title"]):
                    kind, custom = panel["type"], panel["fieldConfig"]["defaults"].get("custom", {})
                    self.assertEqual(self.problems(kind, "Options", panel["options"]), [])
                    self.assertEqual(self.problems(kind, "FieldConfig", custom), [])
                    for target in panel["targets"]:
                        self.assertEqual(self.problems("prometheus", "Dataquery", target), [])

    def test_a_word_that_it_does_not_know_is_found(self):
        self.assertTrue(self.problems("timeseries", "Options", {"legand": {}}))


if __name__ == "__main__":
    unittest.main()
