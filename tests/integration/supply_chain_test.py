"""What the binary is made of, and how it was hardened."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from harness import ROOT
from programs import built_with, steward_binary

BINARY = steward_binary()
BUILD = BINARY.parent
CMAKE = "\n".join(path.read_text() for path in sorted((ROOT / "cmake").glob("*.cmake")))
LISTED = yaml.safe_load((ROOT / "cmake/dependencies.yml").read_text())["dependencies"]
FINDS = re.compile(r"^\s*(?:find_package\((\S+?) ?([\d.]+)? ?(?:REQUIRED|QUIET)"
                   r"|pkg_check_modules\(\S+ (?:REQUIRED|QUIET) IMPORTED_TARGET ([\w-]+)(?:>=([\d.]+))?)",
                   re.MULTILINE)
OF_THE_BUILD = {"PkgConfig", "Threads", "Git", "Catch2"}  # not of the program


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, BINARY], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Listed(unittest.TestCase):
    def test_each_has_a_licence_a_source_a_reason_and_no_open_advisory(self):
        for each in LISTED:
            with self.subTest(name=each["name"]):
                self.assertTrue(each["licence"] and each["why"] and each["source"])
                self.assertIn(each["linked"], ("header", "static", "shared"))
                for advisory in each["advisories"]:
                    self.assertEqual(set(advisory), {"id", "fixed", "state", "why"})
                    self.assertRegex(advisory["id"], r"^CVE-\d{4}-\d{4,}$")
                    self.assertIn(advisory["state"], ("not_affected", "resolved", "mitigated"))
                    self.assertTrue(advisory["why"] and advisory["fixed"])

    def test_cmake_asks_for_these_versions_and_nothing_else(self):
        asked = {}
        for package, version, module, least in FINDS.findall(CMAKE):
            if (name := package or module) not in OF_THE_BUILD:
                asked[name] = version or least or "0"
        asked["httplib"] = re.search(r"STEWARD_HTTPLIB_MINIMUM ([\d.]+)", CMAKE)[1]
        asked["crypt"] = "0"  # by name alone
        self.assertEqual(asked, {each["cmake"]: each["minimum"] for each in LISTED
                                 if "cmake" in each})

    def test_cpp_httplib_is_pinned_to_one_commit(self):
        self.assertRegex(CMAKE, r"GIT_TAG [0-9a-f]{40} ")
        self.assertNotIn("GIT_TAG master", CMAKE)


@unittest.skipIf(built_with("STEWARD_SANITIZE"), "a checker's libraries are not the program's")
@unittest.skipUnless(shutil.which("ninja") and built_with("CMAKE_MAKE_PROGRAM"), "no build of ninja")
class Bill(unittest.TestCase):
    """scripts/sbom of this very build."""

    @classmethod
    def setUpClass(cls):
        subprocess.run([ROOT / "scripts/sbom", BUILD], check=True, stdout=subprocess.DEVNULL)
        cls.bill = json.loads((BUILD / "haproxy-steward.cdx.json").read_text())
        cls.components = {each["bom-ref"]: each for each in cls.bill["components"]}

    def test_it_has_what_cyclonedx_wants(self):
        self.assertEqual((self.bill["bomFormat"], self.bill["specVersion"], self.bill["version"]),
                         ("CycloneDX", "1.5", 1))
        self.assertRegex(self.bill["serialNumber"], r"^urn:uuid:[0-9a-f-]{36}$")
        for each in [self.bill["metadata"]["component"], *self.bill["components"]]:
            with self.subTest(name=each["name"]):
                self.assertIn(each["type"], ("application", "library"))
                self.assertRegex(each["hashes"][0]["content"], r"^[0-9a-f]{64}$")
                self.assertRegex(each["version"], r"\d")
                self.assertTrue(each["licenses"])
        self.assertEqual(len(self.components), len(self.bill["components"]), "a name is there twice")
        for each in self.bill["components"]:
            self.assertRegex(each["purl"], r"^pkg:(deb|github)/\S+@\S+$")

    def test_every_library_that_the_binary_loads_is_in_it(self):
        files = [each["value"] for component in self.bill["components"]
                 for each in component["properties"] if each["name"] == "file"]
        for name in re.findall(r"NEEDED.*\[(.*)\]", readelf("-d")):
            self.assertEqual(sum(file.endswith(name) for file in files), 1, name)

    def test_what_it_depends_on_and_its_advisories_are_components(self):
        (root,) = self.bill["dependencies"]
        self.assertEqual(set(root["dependsOn"]), set(self.components))
        for each in self.bill["vulnerabilities"]:
            self.assertIn(each["affects"][0]["ref"], self.components)
            self.assertIn(each["analysis"]["state"], ("not_affected", "resolved"))

    def test_every_one_that_is_listed_is_used_or_stands_in_for_one(self):
        for each in LISTED:
            with self.subTest(name=each["name"]):
                self.assertTrue(each["name"] in self.components
                                or each.get("instead") in self.components)

    def test_a_library_that_is_not_listed_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            script = (ROOT / "scripts/sbom").read_text()
            shorter = script.replace("dependencies():\n    return ",
                                     "dependencies():\n    return [each for each in ", 1).replace(
                '["dependencies"]\n', '["dependencies"] if each["name"] != "SQLite"]\n', 1)
            path = f"{folder}/sbom"
            with open(path, "w", encoding="utf-8") as file:
                file.write(shorter.replace("pathlib.Path(__file__).resolve().parent.parent",
                                           f"pathlib.Path({str(ROOT)!r})"))
            run = subprocess.run(["python3", path, BUILD], text=True, capture_output=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("libsqlite3", run.stderr)


@unittest.skipUnless(built_with("CMAKE_BUILD_TYPE") == "Release" and not built_with("STEWARD_SANITIZE"),
                     "only a release is hardened")
class Hardened(unittest.TestCase):
    def test_it_may_be_anywhere_and_its_tables_are_read_only(self):
        self.assertIn("DYN (Position-Independent Executable file)", readelf("-h"))
        dynamic = readelf("-d")
        self.assertIn("BIND_NOW", dynamic)
        self.assertRegex(dynamic, r"Flags:.*\bNOW\b.*\bPIE\b")
        self.assertNotIn("TEXTREL", dynamic)
        self.assertNotRegex(dynamic, r"R(UN)?PATH")
        self.assertIn("GNU_RELRO", readelf("-l"))

    def test_nothing_can_be_written_and_executed(self):
        flags = re.findall(r"^ +(?:LOAD|GNU_STACK) +(?:0x\w+ +){5}([RWE ]{3})", readelf("-l"),
                           re.MULTILINE)
        self.assertGreaterEqual(len(flags), 4)
        self.assertFalse([each for each in flags if "W" in each and "E" in each])
        self.assertIn("GNU_STACK", readelf("-l"))

    def test_stacks_and_buffers_are_guarded(self):
        symbols = readelf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(mem\w+|v?snprintf|str\w+|realpath)_chk")
        self.assertIn("__glibcxx_assert_fail", subprocess.run(
            ["nm", "-DC", BINARY], text=True, stdout=subprocess.PIPE).stdout)

    @unittest.skipUnless("X86-64" in readelf("-h"), "CET is of x86-64")
    def test_calls_and_jumps_land_where_they_may(self):
        """Every function of ours that others can call begins with endbr64. The mark that makes the
        kernel insist needs a C library that is marked, too; where it is, the binary has to be."""
        data = BINARY.read_bytes()
        starts = functions("steward")
        self.assertGreater(len(starts), 500)
        bare = [name for at, name in starts if data[at:at + 4] != b"\xf3\x0f\x1e\xfa"]
        self.assertEqual(bare[:5], [])
        if "IBT" in notes_of_the_start():
            self.assertRegex(readelf("-n"), r"IBT.*SHSTK")


def functions(prefix):
    """(place in the file, name) of the functions of a namespace that other files can call."""
    loads = [tuple(int(each, 16) for each in found) for found in re.findall(
        r"^ +LOAD +(0x\w+) +(0x\w+) +0x\w+ +(0x\w+)", readelf("-l"), re.MULTILINE)]
    found = []
    for address, name in re.findall(rf"^(\w+) [tT] (_ZNK?{len(prefix)}{prefix}[^\s.]*)$",
                                    subprocess.run(["nm", BINARY], text=True, check=True,
                                                   stdout=subprocess.PIPE).stdout, re.MULTILINE):
        if "_GLOBAL__N" in name or "Ul" in name:  # unnamed namespaces, lambdas
            continue
        at = int(address, 16)
        offset = next(offset + at - begin for offset, begin, size in loads
                      if begin <= at < begin + size)
        found.append((offset, name))
    return found


def notes_of_the_start():
    """What the first file of every program, of the C library, is marked with."""
    path = subprocess.run(["cc", "-print-file-name=crt1.o"], text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    return subprocess.run(["readelf", "-n", path], text=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    unittest.main()
