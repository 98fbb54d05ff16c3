"""_press/live/notices.py: what the live parts bring along has a licence, a home, and a line that says what it does."""

import zipfile

import pytest
from sphinx.errors import ExtensionError

from _press.live import notices

ENTRIES = notices.entries()
METADATA = "Name: Some\nVersion: 1.0\nProject-URL: Source, https://example.org/some\n"


@pytest.mark.parametrize(("entry", "text"), ENTRIES, ids=[entry["name"] for entry, _ in ENTRIES])
def test_every_part_has_its_licence(entry, text):
    assert entry["licence"]
    assert entry["what"]
    assert entry["home"].startswith("https://")
    assert len(text) > 200
    assert f'<a href="{notices.FOLDER}{entry["text"]}">' in notices.row(entry)


def test_no_licence_overwrites_another():
    names = [entry["text"] for entry, _ in ENTRIES]
    assert len(set(names)) == len(names)


def wheel(folder, **files):
    path = folder / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("some-1.0.dist-info/METADATA", METADATA)
        for name, text in files.items():
            made.writestr(f"some-1.0.dist-info/{name}", text)
    return path


def test_a_wheel_gives_its_licence_and_its_address(tmp_path):
    entry, text = notices.of_wheel(wheel(tmp_path, LICENSE="Do what you like."), {"some": ("MIT", "It is here.")})
    assert (entry["version"], entry["home"], entry["text"]) == ("1.0", "https://example.org/some", "some.txt")
    assert "Do what you like." in text


def test_a_wheel_without_licence_or_entry_stops_the_build(tmp_path):
    with pytest.raises(ExtensionError, match="no file with its licence"):
        notices.of_wheel(wheel(tmp_path), {"some": ("MIT", "")})
    with pytest.raises(ExtensionError, match="no entry"):
        notices.of_wheel(wheel(tmp_path, LICENSE="x"), {})
