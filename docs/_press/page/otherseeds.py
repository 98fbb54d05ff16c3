"""The page 'Other seeds': what became of every chapter when it was run again with other seeds.

``{other-seeds}``
    a directive: a row for each chapter; the claims that did not hold everywhere; what failed, run by run; the machines.
    `cells/reseed.py` says where the numbers come from.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from ..cells import by_page, claims, reseed
from .prose import pieces
from .tabular import Tabular


class other_seeds(nodes.General, nodes.Element):
    """Stands for the tables until all pages have been read."""


class OtherSeeds(SphinxDirective):
    def run(self):
        by_page(self.env, "vgp_reseed_users")[self.env.docname] = True
        self.env.note_dependency(str(reseed.path(self.env.app)))
        return [other_seeds()]


def spans(seeds):
    """Seeds in words: "201 to 220", or each where they are no range."""
    seeds = sorted(seeds)
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def percent(share):
    return f"{100 * share:.1f} %".replace("100.0", "100")


def code_of(text):
    """A short name of what the cells of a page compute: another one means that it has changed since.

    The layout of the code, its comments and the verdicts on published results (`conclude`) do not matter.
    """
    found = []
    for piece in pieces(text):
        if piece.kind == "cell":
            found += [ast.dump(node) for node in ast.parse(piece.code).body if not is_verdict(node)]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]


def is_verdict(node):
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "conclude"
    )


class Report(Tabular):
    head = ("Chapter", "Runs", "Runs in which something failed", "Claims", "held everywhere", "Intervals that missed")
    tail = ("Claim", "Held", "Chapter")

    def build(self):
        found = reseed.load(self.app)
        if not found["chapters"]:
            return [nodes.paragraph("", "No chapter was run at other seeds yet.")]
        known = {page: reseed.of_page(found, page) for page in sorted(self.env.found_docs)}
        known = {page: tried for page, tried in known.items() if tried is not None}
        made = [self.table(self.head, list(self.rows(known)), "vgp-reseeds")]
        made += [nodes.paragraph("", said) for said in self.made(known)]
        weak = [row for page, tried in known.items() for row in self.claims(page, tried) if row[0] < row[1]]
        weak.sort(key=lambda row: row[0] / row[1])
        made.append(self.heading("Claims that did not hold in every run"))
        rows = [(self.text(text), self.text(f"{held} of {runs}"), self.link(page)) for held, runs, text, page in weak]
        made.append(self.table(self.tail, rows, "vgp-weak") if rows else nodes.paragraph("", "All held in all runs."))
        made.append(self.heading("What failed, run by run"))
        for page, tried in known.items():
            if tried["failed"]:
                seeds = sorted(tried["failed"].items(), key=lambda item: int(item[0]))
                rows = [(self.text(seed), self.text("; ".join(what))) for seed, what in seeds]
                made.append(self.folded(self.title(page), self.table(("Seed", "What failed"), rows, "vgp-failed")))
        if not any(tried["failed"] for tried in known.values()):
            made.append(nodes.paragraph("", "Nothing."))
        return made

    def made(self, known):
        """Where and when, one sentence for each machine and day."""
        on = {}
        for page, tried in known.items():
            made = tried.get("made") or {}
            where = [made.get("processor", "a processor"), f"NumPy {made.get('numpy', 'unknown')}"]
            words = f"seeds {spans(tried['seeds'])}, on {', '.join([*where, made.get('date', 'no date')])}"
            on.setdefault(words, []).append(self.number(page) or self.title(page))
        for words, pages in on.items():
            of = "" if len(on) == 1 else f"Chapter{'s' * (len(pages) > 1)} {', '.join(pages)}: "
            yield (of + words)[0].upper() + (of + words)[1:] + "."

    def claims(self, page, tried):
        """Yield (held, runs, text, page) of the claims that were tried."""
        texts = {claim["name"]: claim["text"] for claim in claims(self.env).get(page, ())}
        for name, held in tried["claims"].items():
            yield held, tried["runs"], texts.get(name, name), page

    def rows(self, known):
        every = {}
        for page, tried in known.items():
            held = [row for row in self.claims(page, tried) if row[0] == row[1]]
            every |= {(page, name): counts for name, counts in tried["intervals"].items()}
            path = Path(self.env.doc2path(page))
            stale = path.suffix == ".md" and tried["code"] not in ("", code_of(path.read_text(encoding="utf-8")))
            yield (
                [self.link(page, self.title(page)), *([self.text(", its cells have changed since")] if stale else [])],
                self.text(tried["runs"]),
                self.text(len(tried["failed"])),
                self.text(len(tried["claims"])),
                self.text(len(held)),
                self.text(self.missed(tried["intervals"])),
            )
        totals = [
            sum(count) for count in zip(*((t["runs"], len(t["failed"]), len(t["claims"])) for t in known.values()))
        ]
        held = sum(row[0] == row[1] for page, tried in known.items() for row in self.claims(page, tried))
        yield (nodes.strong("", "all"), *map(self.text, [*totals, held, self.missed(every)]))

    @staticmethod
    def missed(intervals):
        missed, total, share, band = reseed.misses(intervals)
        if not total:
            return None
        low, high = max(share - band, 0), min(share + band, 1)
        inside = "" if low <= missed / total <= high else ", too many" if missed / total > high else ", too few"
        return f"{percent(missed / total)} of {total} (expected {percent(low)} to {percent(high)}{inside})"


def resolve(app, doctree, docname):
    for node in list(doctree.findall(other_seeds)):
        node.replace_self(Report(app, docname).build())


def setup(app):
    app.setup_extension(reseed.__name__)
    app.add_node(other_seeds)
    app.add_directive("other-seeds", OtherSeeds)
    app.connect("doctree-resolved", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
