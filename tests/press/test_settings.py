"""_press/settings.py: what the environment changes in the settings of the book."""

import ast

import pytest

from _press import settings


@pytest.fixture
def repository(tmp_path):
    for name in ("vgp/a.py", "vgp/data.json", "locks/docs.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("first", encoding="utf-8")
    return tmp_path


def test_cells_are_executed_in_every_build_unless_a_folder_keeps_them():
    assert settings.execution(None) == settings.execution("") == {"nb_execution_mode": "force"}


@pytest.mark.parametrize("name", ["vgp/a.py", "vgp/data.json", "vgp/new.py", "locks/docs.txt"])
def test_cells_run_again_after_an_edit_of_what_they_use(repository, name):
    before = settings.execution("kept", repository)
    assert before == settings.execution("kept", repository)
    assert before["nb_execution_mode"] == "cache"
    (repository / name).write_text("second", encoding="utf-8")
    after = settings.execution("kept", repository)
    assert before["nb_execution_cache_path"] != after["nb_execution_cache_path"]


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://github.com/a/b", "github"),
        ("https://gitlab.com/a/b", "gitlab"),
        ("https://bitbucket.org/a/b", "bitbucket"),
        ("https://example.org/a/b", "github"),
    ],
)
def test_the_theme_knows_the_repository(address, provider):
    options = settings.theme(address)
    assert (options["repository_url"], options["repository_provider"]) == (address, provider)
    assert options["use_repository_button"]


def test_without_a_repository_there_is_no_button_to_it():
    assert not [name for name in settings.theme("") if "repository" in name or "issues" in name]


def test_the_plain_theme_has_no_template_of_ours():
    own = settings.theme("", plain=False)["article_header_end"]
    assert "live.html" in own
    assert "article_header_end" not in settings.theme("", plain=True)
    plain = settings.PAGES | settings.OURS | settings.mode("plain")
    assert (plain["press_plain"], plain["templates_path"], plain["html_sidebars"]) == (True, [], {})


def test_the_preview_goes_on_after_an_error_and_saves_the_wheel():
    assert settings.mode("live") == {"notebooks_keep_going": True, "takeaway_wheel": False}
    assert settings.mode("") == {}


def test_conf_has_settings_only():
    """What computes belongs into the press, and is tested there."""
    text = (settings.DOCS / "conf.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign, ast.Expr)
    assert [ast.unparse(node) for node in ast.parse(text).body if not isinstance(node, kinds)] == []
