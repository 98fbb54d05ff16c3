"""finish/assets.py: what esbuild, PurgeCSS and lightningcss make of scripts and rules; what is said of wrong ones."""

import pytest

from _press.finish import assets

WORDS = ["html", "body", "a", "b", "p", "used", "also", "here"]
FRAMES = "@keyframes {}{{0%{{top:0}}to{{top:1px}}}}"
RULES = [
    (".used{color:red}", ".used{color:red}"),
    (".unused{color:red}", ""),
    (".used,.unused{color:red}", ".used{color:red}"),
    (".used .unused{color:red}", ""),
    ("#here>a.also:before{color:red}", "#here>a.also:before{color:red}"),
    ("a:hover:not(.unused){color:red}", "a:hover:not(.unused){color:red}"),
    (":is(.unused,.used) p{color:red}", ".used p{color:red}"),
    ("[data-theme=dark] p{color:red}", "[data-theme=dark] p{color:red}"),  # a script changes it
    ("p[data-state=done]{color:red}", "p[data-state=done]{color:red}"),
    (":focus-visible{color:red}", ":focus-visible{color:red}"),
    ("@media print{.used{color:red}.unused{color:red}}", "@media print{.used{color:red}}"),
    ("@media print{.unused{color:red}}", ""),
    ("@media (min-width:600px){p{color:red}}", "@media (min-width:600px){p{color:red}}"),  # no newer way to say it
    ("svg{color:red}", ""),
    ('@font-face{font-family:F;src:url("f.woff2")}', "@font-face{font-family:F;src:url(f.woff2)}"),
    # animations that nothing names
    (FRAMES.format("one") + FRAMES.format("two") + "a{animation:1s one}", FRAMES.format("one") + "a{animation:1s one}"),
    # custom properties that nothing mentions
    ("a{--one:1;color:red}", "a{color:red}"),
    ("a{--one:1}b{color:red}", "b{color:red}"),
    ("a{--one:1}b{color:var(--one)}", "a{--one:1}b{color:var(--one)}"),
    ("a{--one:var(--two);--two:2}", ""),  # the second is used by the first alone, which goes
    ("a{--one:url('data:x;{}');--two:2;top:0}", "a{top:0}"),
    ("a{--page:1;--script:2;--scripted:3}", "a{--page:1;--script:2}"),
    ("a{--vgp-theory:1;--fa:2}", "a{--vgp-theory:1;--fa:2}"),
    ("@media print{a{--one:1}}", ""),
]
TEXTS = ['<p style="color: var(--page)">', "style.setProperty('--script', 1)"]


@pytest.fixture(scope="module")
def sheets():
    properties = assets.properties_of(TEXTS)
    return assets.made(sheets=[{"css": css, "words": WORDS, "properties": properties} for css, _ in RULES])["sheets"]


@pytest.mark.parametrize("number", range(len(RULES)), ids=[css for css, _ in RULES])
def test_rules_and_properties_are_kept_that_could_match(number, sheets):
    assert sheets[number] == RULES[number][1]


def test_names_come_from_pages_and_from_scripts():
    words = assets.words_of(['<p class="one two" id="three">four</p>'], ['e.classList.add("five-six")'])
    assert {"p", "one", "two", "three", "five-six", "tooltip"} <= set(words)
    assert "four" not in words
    assert words == sorted(words)


def test_a_module_becomes_one_classic_script(tmp_path):
    (tmp_path / "part.js").write_text(
        "export const part = (name) => `${name ? `a  ${name}` : 'b'}`;\nexport let not;\n"
    )
    (tmp_path / "entry.js").write_text(
        'import { part } from "./part.js";\nexport const start = () => part("c"); // said\n'
    )
    job = [{"path": str(tmp_path / "entry.js"), "name": "given"}, {"path": str(tmp_path / "part.js")}]
    made = assets.made(modules=job)
    named, plain = made["modules"]
    assert named.startswith("var given=(()=>{")
    assert "`a  ${" in named  # a text within a text stays as it is
    for word in ("import", "said", "not"):
        assert word not in named
    assert not plain.startswith("var")
    assert made["warnings"] == []


def test_scripts_are_joined_in_their_order_and_keep_their_names():
    (text,) = assets.made(scripts=[['"use strict";\nlet first = 1; // a remark', "const second = first + 1"]])[
        "scripts"
    ]
    assert text == "let first=1;const second=first+1;\n"  # the first's "use strict" was not said of both


def test_the_same_job_gives_the_same_bytes():
    job = {"sheets": [{"css": ".used{top:0}", "words": WORDS, "properties": []}], "scripts": [["let a = 1"]]}
    assert assets.made(**job) == assets.made(**job)


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"modules": [{"path": "/no/such.js"}]}, 'Could not resolve "/no/such.js"'),
        ({"scripts": [["let a = 1", "let a = 2"]]}, r':3: The symbol "a" has already been declared'),
        ({"scripts": [["let = "]]}, ":2: "),
        ({"sheets": [{"css": "a{color:red", "words": [], "properties": []}]}, ":1:1: Unclosed block"),
        ({"other": []}, "other: allowed: modules, scripts, sheets"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_where(job, said):
    with pytest.raises(assets.AssetError, match=said):
        assets.made(**job)


def test_a_module_that_asks_for_what_another_has_not_is_an_error(tmp_path):
    (tmp_path / "part.js").write_text("export const one = 1;\n")
    (tmp_path / "entry.js").write_text('import { two } from "./part.js";\ntwo();\n')
    with pytest.raises(assets.AssetError, match=r'entry\.js:1: No matching export in ".*part\.js" for import "two"'):
        assets.made(modules=[{"path": str(tmp_path / "entry.js")}])


def test_doubtful_scripts_are_warnings():
    (said,) = assets.made(scripts=[["let a = {b: 1, b: 2}"]])["warnings"]
    assert "Duplicate key" in said


def test_without_the_tools_the_error_says_who_installs_them(monkeypatch):
    monkeypatch.setenv("VGP_WEB_TOOLS", "/no/such")
    with pytest.raises(assets.AssetError, match=r"VGP_WEB_TOOLS is '/no/such'\): `nox -s docs` installs them"):
        assets.made(scripts=[])
