"""Small repairs of the pages' markup that axe asks for, and that no setting of docutils or the theme offers."""

from __future__ import annotations

REPAIRS = {
    # docutils makes the bibliography a list of entries by roles, but puts the back links between them
    ' role="list" class="citation-list"': ' class="citation-list"',
    ' role="doc-biblioentry"': "",
}


def repair(app, pagename, templatename, context, doctree):
    for old, new in REPAIRS.items():
        if "body" in context:
            context["body"] = context["body"].replace(old, new)


def setup(app):
    app.connect("html-page-context", repair)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
