"""tests/same.py finds every kind of difference between two builds."""

from same import differences


def test_differences_are_named(tmp_path):
    for folder, content in (("one", b"a\nbc"), ("other", b"a\nbd")):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "x.html").write_bytes(content)
        (tmp_path / folder / "same").write_bytes(b"same")
        (tmp_path / folder / f"only-{folder}").write_bytes(b"")
    found, count = differences(tmp_path / "one", tmp_path / "other")
    assert count == 3
    assert [text.split(": ")[-1].split(",")[0] for text in found[:2]] == ["only-one", "only-other"]
    assert found[2].startswith("deep/x.html, at byte 3, line 2:")
    assert len(found) == 3
    assert differences(tmp_path / "one", tmp_path / "one") == ([], 3)
