"""Fold admonitions, exercises and solutions of class ``dropdown`` without JavaScript.

The theme expects an extra extension and a script for that class. Here such a node becomes ``<details>``, which every
browser opens by keyboard and by touch, and which prints and searches like ordinary text.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class fold(nodes.Element):
    """A ``<details>`` element; its first child is a `fold_title`."""


class fold_title(nodes.TextElement):
    """The ``<summary>`` of a `fold`."""


class NameChecks(SphinxPostTransform):
    """A folded cell with the tag ``check``, in the solution of an exercise, says so in its summary."""

    default_priority = 198  # then myst_nb folds it
    formats = ("html",)

    def run(self, **kwargs):
        for cell in self.document.findall(nodes.container):
            if "tag_check" in cell["classes"]:
                cell["prompt_show"] = cell["prompt_hide"] = "The check"


class FoldDropdowns(SphinxPostTransform):
    """Turn every admonition of class ``dropdown`` into a `fold`, after sphinx-exercise has made its titles."""

    default_priority = 150
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in node["classes"]:
                continue
            title = node.next_node(nodes.title, descend=True)
            if title is None or title.parent is not node:
                title = nodes.title("", "Details")
                node.insert(0, title)
            classes = ["admonition", *(name for name in node["classes"] if name != "admonition")]
            for link in list(title.findall(nodes.reference)):  # a link would take the click that should open the fold
                link.replace_self(link.children)
            new = fold("", fold_title("", "", *title.children, classes=["admonition-title"]), ids=node["ids"])
            new["classes"] = classes
            new["target_label"] = node.get("target_label")  # of a solution: live/parts.py asks for it
            new += [child for child in node.children if child is not title]
            node.replace_self(new)


def visit_fold(translator, node):
    translator.body.append(translator.starttag(node, "details"))


def depart_fold(translator, node):
    translator.body.append("</details>\n")


def visit_fold_title(translator, node):
    translator.body.append(translator.starttag(node, "summary", suffix=""))


def depart_fold_title(translator, node):
    translator.body.append('<span class="vgp-fold-state" aria-hidden="true"></span></summary>\n')


def setup(app):
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_fold_title, depart_fold_title))
    app.add_post_transform(FoldDropdowns)
    app.add_post_transform(NameChecks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
