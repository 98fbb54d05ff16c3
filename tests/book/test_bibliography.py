"""The bibliography: labels that tell works apart."""

import collections
import re

import cases
import pytest

BIB = cases.ROOT / "docs" / "references.bib"
pytestmark = pytest.mark.skipif(not BIB.exists(), reason="the bibliography is not here")


def entries(text):
    """(key, fields) of each work."""
    for entry in re.findall(r"^@\w+\{(.*?)^\}", text, flags=re.M | re.S):
        key, _, rest = entry.partition(",")
        yield key.strip(), dict(re.findall(r"^ *(\w+) *= *\{(.*)\},?$", rest, flags=re.M))


def label(fields):
    """What a citation shows: the last names of one or two authors, or the first and "et al.", and the year."""
    names = [name.partition(",")[0] for name in fields.get("author", fields.get("editor", "")).split(" and ")]
    return (*(names if len(names) < 3 else [names[0], "et al."]), fields["year"])


def test_no_two_works_have_one_label():
    found = collections.defaultdict(list)
    for key, fields in entries(BIB.read_text(encoding="utf-8")):
        found[label(fields)].append(key)
    assert len(found) > 70
    assert {label: keys for label, keys in found.items() if len(keys) > 1} == {}


def test_two_works_of_one_year_are_seen():
    same = "@book{a,\n  author = {Doe, Jo},\n  year = {2001}\n}\n"
    works = dict(entries(same + same.replace("{a,", "{b,")))
    assert label(works["a"]) == label(works["b"]) == ("Doe", "2001")
    assert label({"author": "Doe, Jo and Roe, Al and Poe, Ed", "year": "2001a"}) == ("Doe", "et al.", "2001a")
