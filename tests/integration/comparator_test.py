"""The judges are judged first: the strict parser refuses what is wrong, the comparator sees it."""

import unittest

from parity import Rules, compare, differences, type_differences
from promtext import Malformed, parse, series_of

PAGE = """\
# HELP haproxy_server_status Current status.
# TYPE haproxy_server_status gauge
haproxy_server_status{proxy="web",server="s1",state="UP"} 1
haproxy_server_status{proxy="web",server="s1",state="DOWN"} 0
# HELP haproxy_server_bytes_in_total Bytes.
# TYPE haproxy_server_bytes_in_total counter
haproxy_server_bytes_in_total{proxy="web",server="s1"} 1200
# HELP haproxy_server_limit_sessions Limit.
# TYPE haproxy_server_limit_sessions gauge
haproxy_server_limit_sessions{proxy="web",server="s1"} NaN
"""
BYTES = 'haproxy_server_bytes_in_total{proxy="web",server="s1"} 1200\n'
OURS = PAGE.replace('haproxy_server_limit_sessions{proxy="web",server="s1"} NaN\n', "")
OPENMETRICS = """\
# HELP a Words.
# TYPE a counter
a_total{x="1"} 2.0
# TYPE b gauge
b 1e-05
# EOF
"""


def page(text):
    return parse(text.encode())


class Parser(unittest.TestCase):
    def assert_refused(self, text, why, **options):
        with self.assertRaisesRegex(Malformed, why):
            parse(text if isinstance(text, bytes) else text.encode(), **options)

    def test_a_page_of_haproxys_own_is_read_whole(self):
        families = page(PAGE)
        self.assertEqual(len(families), 3)
        self.assertEqual(len(series_of(families)), 4)
        self.assertEqual(families["haproxy_server_bytes_in_total"].type, "counter")
        self.assertEqual(families["haproxy_server_bytes_in_total"].help, "Bytes.")

    def test_escapes_in_label_values_are_undone(self):
        (key,) = series_of(page('a{b="q\\"b\\\\n\\n"} 1\n'))
        self.assertEqual(key, ("a", (("b", 'q"b\\n\n'),)))

    def test_a_label_value_written_without_escaping_is_refused_but_can_be_read_leniently(self):
        text = 'a{desc="fe "quoted" desc",server="s"} 1\n'
        self.assert_refused(text, "comma")
        (key,) = series_of(parse(text.encode(), lenient=True))
        self.assertEqual(dict(key[1])["desc"], 'fe "quoted" desc')

    def test_what_a_careful_writer_would_not_write_is_refused(self):
        for text, why in (
                ("a 1", "does not end"), (b"a{b=\"\xff\"} 1\n", "not UTF-8"), ("a 1\n\n", "empty"),
                ("a 1\na 1\n", "twice"), ('a{b="1",b="2"} 1\n', "twice"),
                ('a{b="1",c="2"} 1\na{c="2",b="1"} 2\n', "twice"),
                ("a 1 1700000000\n", "bad value"),
                ("a x\n", "bad value"), ("a\n", "no space"), ("1a 1\n", "no metric"),
                ('a{b="1" 1\n', "comma"), ('a{b="\\q"} 1\n', "bad escape"),
                ('a{b="1} 1\n', "does not end"),
                ('a{"b"="1"} 1\n', "bad label"), ("a 1\nb 1\na{c=\"1\"} 1\n", "two pieces"),
                ("a 1\n# TYPE a gauge\n", "after the samples"), ("# TYPE a rate\n", "unknown type"),
                ("# TYPE a gauge\n# TYPE a gauge\n", "TYPE of a twice"),
                ("# HELP a x\n# HELP a y\n", "HELP of a twice")):
            with self.subTest(text=text):
                self.assert_refused(text, why)

    def test_openmetrics_has_rules_of_its_own(self):
        families = parse(OPENMETRICS.encode(), openmetrics=True)
        self.assertEqual(series_of(families), {("a_total", (("x", "1"),)): 2.0, ("b", ()): 1e-05})
        for text, why in (
                (OPENMETRICS.replace("# EOF\n", ""), "no # EOF"),
                (OPENMETRICS + "c 1\n", "after # EOF"),
                (OPENMETRICS.replace("a_total", "a"), "in the block of counter a"),
                (OPENMETRICS.replace(" gauge", " untyped"), "unknown type"),
                (OPENMETRICS.replace("b 1e", "c 1e"), "in the block of gauge b")):
            with self.subTest(text=text):
                self.assert_refused(text, why, openmetrics=True)


class Comparator(unittest.TestCase):
    def assert_seen(self, ours, what, before=PAGE, after=PAGE, rules=Rules()):
        found = differences(page(ours), page(before), page(after), rules)
        self.assertEqual(len(found), 1, found)
        self.assertIn(what, found[0])

    def test_a_page_equals_itself_with_absent_for_nan(self):
        self.assertEqual(differences(page(OURS), page(PAGE), page(PAGE)), [])

    def test_a_nan_that_was_copied_is_seen(self):
        self.assert_seen(PAGE, "NaN")

    def test_a_value_invented_where_haproxy_has_none_is_seen(self):
        self.assert_seen(PAGE.replace("NaN", "0"), "NaN there")

    def test_a_missing_series_is_seen(self):
        self.assert_seen(OURS.replace(BYTES, ""), "missing, 1200 there")

    def test_a_label_that_is_wrong_is_seen_from_both_sides(self):
        found = differences(page(OURS.replace('state="UP"', 'state="up"')), page(PAGE), page(PAGE))
        self.assertEqual(len(found), 2)
        self.assertIn("missing", found[0])
        self.assertIn("unknown there", found[1])

    def test_a_wrong_value_is_seen(self):
        self.assert_seen(OURS.replace("1200", "1201"), "1201 is not between 1200 and 1200")
        self.assert_seen(OURS.replace(" 1200", " 1.2"), "not between")

    def test_a_value_that_moved_in_between_is_fine_only_in_between(self):
        later = PAGE.replace("1200", "1300")
        for value, count in (("1200", 0), ("1250", 0), ("1300", 0), ("1199", 1), ("1301", 1)):
            found = differences(page(OURS.replace("1200", value)), page(PAGE), page(later))
            self.assertEqual(len(found), count, value)

    def test_a_restless_series_may_have_another_value_but_must_be_there(self):
        rules = Rules(restless=r"bytes_in_total\{proxy=\"web\"")
        other = page(OURS.replace("1200", "7"))
        self.assertEqual(differences(other, page(PAGE), page(PAGE), rules), [])
        self.assert_seen(OURS.replace(BYTES, ""), "missing", rules=rules)

    def test_a_series_that_can_not_be_had_must_be_absent(self):
        rules = Rules(absent=r"^haproxy_server_bytes_in_total\{.*server=\"s1\"")
        self.assert_seen(OURS, "can not be had", rules=rules)
        gone = OURS.replace(BYTES, "")
        self.assertEqual(differences(page(gone), page(PAGE), page(PAGE), rules), [])

    def test_a_wrong_type_is_seen(self):
        wrong = OURS.replace("bytes_in_total counter", "bytes_in_total gauge")
        self.assertEqual(type_differences(page(wrong), page(PAGE)),
                         {"haproxy_server_bytes_in_total": ("counter", "gauge")})

    def test_only_what_differs_every_time_is_reported(self):
        flutter = iter([OURS.replace("1200", "5"), OURS])
        self.assertEqual(compare(lambda: page(next(flutter)), lambda: page(PAGE)), [])
        lasting = compare(lambda: page(OURS.replace("1200", "5")), lambda: page(PAGE))
        self.assertEqual(len(lasting), 1)


if __name__ == "__main__":
    unittest.main()
