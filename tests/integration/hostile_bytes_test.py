"""Names and messages are somebody's bytes: whatever they are, the page can be read."""

import csv
import io
import unittest

from harness import free_port
from interposer import Interposer
from programs import HAProxy, Steward, newest, oldest
from small import PageCase, SmallHAProxy


def with_cell(answer, row, column, raw):
    """The CSV with one cell replaced by raw bytes; `row` is (proxy, server)."""
    lines = answer.split(b"\n")
    header = lines[0].lstrip(b"# ").split(b",")
    at = header.index(column.encode())
    for number, line in enumerate(lines):
        cells = line.split(b",")
        if tuple(cells[:2]) == tuple(name.encode() for name in row):
            cells[at] = raw
            lines[number] = b",".join(cells)
            return b"\n".join(lines)
    raise AssertionError(f"no row {row}")


def quoted(text):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow([text])
    return out.getvalue().encode()


class HostileBytes(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.haproxy = cls.shared(SmallHAProxy(cls.home))
        cls.between = cls.shared(Interposer(cls.home, cls.haproxy.socket))
        cls.steward = cls.shared(Steward(cls.home, socket=cls.between.socket))

    def page_with(self, **cells):
        """The page while cells of the row app/app1 are replaced: pxname=b"…"."""
        def change(answer):
            if not answer.startswith(b"# pxname"):
                return answer
            for column in sorted(cells, key=lambda name: name == "pxname"):
                row = ("app", "app1") if "svname" not in cells or column == "svname" else None
                answer = with_cell(answer, row or ("app", "app1"), column, cells[column])
            return answer

        with self.between.faulty(where="show stat", change=change):
            return self.assert_up(self.steward.get())

    def servers(self, families):
        return {(dict(labels)["proxy"], dict(labels)["server"])
                for labels in self.values(families, "haproxy_server_weight")}

    def test_bytes_that_are_not_utf8_become_the_replacement_character(self):
        self.assertIn(("caf\ufffd", "app1"), self.servers(self.page_with(pxname=b"caf\xe9")))
        self.assertIn(("app", "\ufffd\ufffdx"), self.servers(self.page_with(svname=b"\xff\xfex")))
        self.assertIn(("app", "caf\u00e9 \U0001f600"),
                      self.servers(self.page_with(svname="caf\u00e9 \U0001f600".encode())))

    def test_quotes_backslashes_and_line_ends_in_names_are_escaped(self):
        for name in ('a"b', "a\\b", "a\nb", 'a"} 1\nhaproxy_up 7\n', "a,b", "\\n", "a\\\\", "\t"):
            with self.subTest(name=name):
                self.assertIn(("app", name), self.servers(self.page_with(svname=quoted(name))))

    def test_messages_with_quotes_commas_and_line_ends_do_not_shift_columns(self):
        families = self.page_with(last_chk=quoted('bad, "gateway"\nline 2,3\n\n'), weight=b"77")
        weights = {dict(labels)["server"]: value
                   for labels, value in self.values(families, "haproxy_server_weight").items()
                   if dict(labels)["proxy"] == "app"}
        self.assertEqual(weights, {"app1": 77, "app2": 20})

    def test_an_answer_in_pieces_that_cut_quotes_and_characters_is_read_the_same(self):
        def change(answer):
            answer = with_cell(answer, ("app", "app1"), "last_chk", quoted('x\n"y"\u00e9'))
            return with_cell(answer, ("app", "app1"), "svname", "caf\u00e9".encode())

        for piece in (1, 2, 3):
            with self.between.faulty(change=change, piece=piece):
                families = self.assert_up(self.steward.get())
            self.assertIn(("app", "caf\u00e9"), self.servers(families))

    def test_a_status_nobody_knows_has_no_state_rather_than_a_wrong_one(self):
        families = self.page_with(status=b"ON FIRE")
        statuses = self.values(families, "haproxy_server_status")
        states = {dict(labels)["server"] for labels in statuses if dict(labels)["proxy"] == "app"}
        self.assertEqual(states, {"app2"})
        self.assertIn(("app", "app1"), self.servers(families))

    def test_a_column_nobody_knows_and_a_kind_of_row_to_come_are_skipped(self):
        def change(answer):
            lines = answer.rstrip(b"\n").split(b"\n")
            at = lines[0].lstrip(b"# ").split(b",").index(b"type")
            cells = lines[-1].split(b",")
            cells[at] = b"9"
            lines.append(b",".join(cells))
            lines[0] += b"novelty,"
            return b"\n".join([lines[0], *(line + b"5," for line in lines[1:])]) + b"\n\n"

        usual = self.assert_up(self.steward.get())
        with self.between.faulty(change=change):
            families = self.assert_up(self.steward.get())
        self.assertEqual(self.servers(families), self.servers(usual))

    def test_a_number_that_is_none_is_an_error_of_the_whole_page(self):
        for cell in (b"12x", b"1e5", b"99999999999999999999999", b"--1"):
            with self.subTest(cell=cell), self.between.faulty(
                    change=lambda answer: with_cell(answer, ("app", "app1"), "stot", cell)):
                self.assert_down(self.steward.get())
        self.assert_up(self.steward.get())

    def test_the_largest_number_haproxy_can_have_is_kept_to_the_last_digit(self):
        families = self.page_with(bin=b"9223372036854775807")
        self.assertIn(9223372036854775807.0,
                      self.values(families, "haproxy_server_bytes_in_total").values())
        self.assertIn(b'server="app1"} 9007199254740993\n', self.raw_with(bin=b"9007199254740993"))

    def raw_with(self, **cells):
        (column, raw), = cells.items()
        with self.between.faulty(where="show stat", change=lambda answer: with_cell(
                answer, ("app", "app1"), column, raw)):
            return self.steward.get().body

    def test_a_server_without_a_weight_has_no_series_rather_than_a_nan(self):
        self.assertNotIn(("app", "app1"), self.servers(self.page_with(weight=b"")))


class Descriptions(PageCase):
    def test_a_real_haproxy_with_rough_words_in_its_configuration(self):
        config = "\ndefaults\n  mode http\n  timeout client 1s\nfrontend f\n  bind 127.0.0.1:0\n"
        words = 'tab \t quote " back\\slash \udce9'  # the last is a byte, E9, that is no UTF-8
        escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        for version in (oldest(), newest()):
            with self.subTest(version=version):
                haproxy = self.start(HAProxy(
                    self.home, config.replace(":0", f":{free_port()}"), version,
                    name=f"words-{version}", extra_global=f'  description "{escaped}"\n'))
                steward = self.start(Steward(self.home, socket=haproxy.socket))
                page = self.parsed(steward.get())
                ((labels, _),) = self.values(page, "haproxy_process_description").items()
                self.assertEqual(dict(labels)["desc"], words.replace("\udce9", "\ufffd"))


if __name__ == "__main__":
    unittest.main()
