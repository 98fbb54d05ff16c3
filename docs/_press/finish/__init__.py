"""Make the scripts that Sphinx copies; finish the site that it has written: `steps.STEPS` in order, over one `Site`."""

from __future__ import annotations

from ..cells import report
from .kept import begin
from .site import Site


def finish(app, exception):
    """What happens at the end of a build, all of it; `exception` is what has ended it too early, or None."""
    report(app.env)
    if exception is None and app.builder.name == "html":
        from .steps import NOT_IN_PLAIN, STEPS  # they need more packages than a test of one page has

        Site(app).run([step for step in STEPS if not (app.config.press_plain and step in NOT_IN_PLAIN)])


def setup(app):
    app.setup_extension(f"{__name__}.scripts")
    app.connect("builder-inited", begin)
    app.connect("build-finished", finish, priority=900)  # after the theme, which writes its own files at 500
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
