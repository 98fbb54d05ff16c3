"""_press/page/mathml.py: formulas come out as MathML, with numbers, and a wrong one stops the build."""

import re

import pytest
from sphinx_project import build

from _press.page import mathml

EXTENSIONS = ["myst_parser", "_press.page.mathml"]
PAGE = r"""# Page

Inline $\sqrt{\chi}$ and {eq}`eq-one`.

```{math}
:label: eq-one
\R \ni \delta_l = W_{l+1}^\top \delta_{l+1}
```

$$
a &= b \\
c &= d
$$
"""
OPTIONS = r"""
myst_enable_extensions = ["dollarmath"]
html_math_renderer = "mathml"
mathml_macros = {"R": r"\mathbb{R}"}
"""


def test_page(tmp_path):
    code, said, html = build(tmp_path, {"a.md": PAGE}, extensions=EXTENSIONS, more=OPTIONS)
    assert code == 0, said
    page = (html / "a.html").read_text(encoding="utf-8")
    assert page.count("<math") == 3
    assert re.search(r"<msqrt><mspace[^>]*></mspace><mi>χ</mi></msqrt>", page)
    assert "<mi>ℝ</mi>" in page
    assert '<span class="eqno">(1)' in page
    assert 'href="#equation-eq-one"' in page
    assert "<mtable" in page  # two lines, aligned
    assert "MathJax" not in page
    assert "mathjax@" not in page


def test_wrong_formula_stops_the_build(tmp_path):
    code, said, _ = build(tmp_path, {"a.md": "# A\n\n$\\nosuch$\n"}, extensions=EXTENSIONS, more=OPTIONS)
    assert code != 0
    assert "nosuch" in said


@pytest.mark.parametrize(
    ("latex", "prepared"),
    [
        ("a = b", "a = b"),
        (r"a &= b \\ c &= d", r"\begin{aligned}a &= b \\ c &= d\end{aligned}"),
        (r"\begin{equation}a\end{equation}", "a"),
        (r"\begin{align*}a &= b\end{align*}", r"\begin{aligned}a &= b\end{aligned}"),
        (r"\begin{split}a &= b\end{split}", r"\begin{aligned}a &= b\end{aligned}"),
        ("a\n\nb", r"\begin{gathered}a\\b\end{gathered}"),
        (r"\begin{cases}1 \\ 0\end{cases}", r"\begin{cases}1 \\ 0\end{cases}"),
    ],
)
def test_prepare(latex, prepared):
    assert mathml.prepare(latex) == prepared


@pytest.mark.parametrize(
    "latex",
    [
        r"\left\lVert \frac{\partial \mathcal{L}}{\partial z_l} \right\rVert_2",
        r"\chi = \sigma_w^2\, \mathbb{E}\bigl[\phi'(z)^2\bigr]",
        r"\prod_{k=l}^{D-1} J_k, \quad J_l = W_{l+1}\operatorname{diag}(\phi'(z_l))",
        r"\underbrace{a + b}_{\text{the gain}} \overset{n\to\infty}{\longrightarrow} c",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} \operatorname*{arg\,max}_k \boldsymbol{\delta}_k",
    ],
)
def test_what_the_book_writes_can_be_converted(latex):
    for display in (True, False):
        assert mathml.convert(latex, {}, display=display).startswith("<math")


def test_a_large_sign_with_an_exponent_grows():
    made = mathml.convert(r"\bigl(a\bigr)^2 \Bigl\|b\Bigr\|_2^3 (c)^4", {}, display=True)
    assert len(re.findall(r"<msup><mrow><mo [^>]*minsize=[^>]*>\)</mo></mrow><mn>2</mn></msup>", made)) == 1
    assert len(re.findall(r"<msubsup><mrow><mo [^>]*minsize=[^>]*>‖</mo></mrow>", made)) == 1
    assert re.search(r"<msup><mo [^>]*>\)</mo><mn>4</mn>", made)
