"""Small repairs of the pages' markup that axe asks for, and that no setting of docutils or the theme offers."""

from __future__ import annotations

import re

REPAIRS = {
    # docutils makes the bibliography a list of entries by roles, but puts the back links between them
    ' role="list" class="citation-list"': ' class="citation-list"',
    ' role="doc-biblioentry"': "",
    # MyST-NB names the summary of folded code by another text than the one that it shows
    '<summary aria-label="Toggle hidden content">': "<summary>",
}
# ... and puts paragraphs into it, where HTML allows text only; `vgp.css` repeats MyST-NB's rules for the new element
PARAGRAPH = re.compile(r'<p class="(collapsed|expanded) admonition-title">(.*?)</p>')

# docutils does not say whether a cell of a table heads its column or its row
HEADS = re.compile(r'<th class="(head|stub)\b')
SCOPES = {"head": "col", "stub": "row"}

# The theme's switch that unfolds a part of the table of contents has an arrow and no name.
SWITCH = '<summary aria-label="Show or hide the pages below">'


def repair(app, pagename, templatename, context, doctree):
    for old, new in REPAIRS.items():
        if "body" in context:
            context["body"] = context["body"].replace(old, new)
    if "body" in context:
        context["body"] = PARAGRAPH.sub(r'<span class="\1 admonition-title">\2</span>', context["body"])
        context["body"] = HEADS.sub(lambda m: f'<th scope="{SCOPES[m[1]]}" class="{m[1]}', context["body"])
    if tree := context.get("generate_toctree_html"):

        def named(*args, **options):
            return str(tree(*args, **options) or "").replace("<summary>", SWITCH)

        context["generate_toctree_html"] = named


def setup(app):
    app.connect("html-page-context", repair, priority=900)  # after the theme
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
