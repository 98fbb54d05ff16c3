"""Write less with each page: no mark in code where it changes no colour, no script that a page must wait for.

Names, brackets and commas are half of the marks in code. The theme's own scripts wait for the page, or are left out
here and in `web/templates/layout.html`: its icon script of 1.5 MB, and the search index that came with every page.
"""

from __future__ import annotations

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import Name
from sphinx.highlighting import PygmentsBridge


class Formatter(HtmlFormatter):
    """Marks only what the book's styles colour otherwise than a plain name; `vgp.css` gives that colour to the rest."""

    styles = ()

    def _get_css_class(self, ttype):
        plain = all(style.style_for_token(ttype) == style.style_for_token(Name) for style in self.styles)
        return "" if plain and self.styles else super()._get_css_class(ttype)


def use_styles(app, config):
    if not config.press_plain:
        names = [config.html_theme_options.get(f"pygments_{mode}_style", "default") for mode in ("light", "dark")]
        Formatter.styles = tuple(get_style_by_name(name) for name in names)
        PygmentsBridge.html_formatter = Formatter


def defer(app, pagename, templatename, context, doctree):
    """Scripts wait for the page; what only sets options that nothing here reads is left out."""
    if app.config.press_plain:
        return
    kept = []
    for script in context.get("script_files", ()):
        if not getattr(script, "filename", True):
            continue  # options of the version switcher and of search as you type
        if hasattr(script, "attributes") and not {"defer", "async"} & set(script.attributes):
            script.attributes["defer"] = "defer"
        kept.append(script)
    context["script_files"] = kept


def setup(app):
    app.connect("config-inited", use_styles)
    app.connect("html-page-context", defer, priority=950)  # after the theme, which adds scripts at 500
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
