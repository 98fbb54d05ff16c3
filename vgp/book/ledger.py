"""The book's numbers, written down where they are computed and tested on the spot.

A cell calls `record("speed-ratio-4", value, ...)`, and `claim("...", "a sentence", ...)` for what a reader takes away.
Under Jupyter the record travels in the notebook's output, from
which the site takes it for its prose and for the page 'The ledger'; with VGP_LEDGER=FILE in the environment it is
appended to that file as one JSON line; anywhere else nothing is shown. A record that misses its own
expectation, and a claim that does not hold, raises, so the text and what was computed cannot drift apart. With
VGP_RESEED in the environment nothing raises: other seeds are tried, and what fails is counted.
"""

import json
import math
import os
import sys
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._errors import bad, need_choice, need_int, need_kind, need_number, need_text
from .evidence import LEAST, estimate

MIME = "application/vnd.vgp.record+json"
VERDICT_MIME = "application/vnd.vgp.verdict+json"
CLAIM_MIME = "application/vnd.vgp.claim+json"
READ = ("full text", "abstract", "data or code", "secondary")  # how a source was read
STATUSES = ("exact", "theory", "simulation", "shape", "open", "setting")
VERDICTS = (
    "not reproduced",
    "unresolved at this size",
    "reproduced with a correction",
    "reproduced",
    "discussion only",
)
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fmt(x: float | int | str, digits: int = 3) -> str:
    """Round to significant digits, as the prose prints numbers.

    >>> fmt(4.8818), fmt(1500), fmt(4882.3), fmt(0.0123456, 2), fmt(3.2e-12), fmt(-12345.6), fmt(float("nan"))
    ('4.88', '1500', '4880', '0.012', '3.20 × 10⁻¹²', '−1.23 × 10⁴', 'not a number')
    """
    digits = need_int("digits", digits)
    if isinstance(x, (bool, np.bool_, str)):
        return str(x)
    if isinstance(x, (int, np.integer)):
        return f"{x}".replace("-", "−")
    x = float(need_kind("x", x, (float, np.floating), "a number or a text"))
    if math.isnan(x):
        return "not a number"
    if math.isinf(x):
        return "infinity" if x > 0 else "−infinity"
    if x == 0:
        return "0"
    mantissa, power = f"{x:.{digits - 1}e}".split("e")
    exponent = int(power)  # of the rounded number: 9999.9 is 1.00 × 10⁴
    if not -3 <= exponent < 4:
        return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}".replace("-", "−")
    return f"{float(f'{mantissa}e{power}'):.{max(digits - 1 - exponent, 0)}f}".replace("-", "−")


def _as_published(text: str) -> str:
    """Without zeros at the end: a source that printed 0.07 claimed two digits, and we must not add one.

    >>> _as_published("0.0700"), _as_published("95.0"), _as_published("100")
    ('0.07', '95', '100')
    """
    return text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text


def published(key: str) -> Any:
    """The value of a published number, typed once with its source in `vgp/book/published.json`.

    >>> published("nielsen2015-speeds-4")
    [0.003, 0.017, 0.07, 0.285]
    """
    return _published()[need_choice("key", key, _published())]["value"]


def _published() -> dict[str, Any]:
    from importlib import resources  # here, since it costs a seventh of `import vgp`

    return json.loads((resources.files(__package__) / "published.json").read_text(encoding="utf-8"))


def _plain(x: Any) -> Any:
    """NumPy scalars as Python ones, for JSON."""
    if isinstance(x, (tuple, list, np.ndarray)):
        return [_plain(v) for v in x]
    return x.item() if isinstance(x, np.generic) else x


def verdict(entry: dict[str, Any]) -> list[str]:
    """What is wrong with a record: an empty list when it meets all that it states.

    `expect` is a closed range for the value. A theory passes when |value - theory| <= 4 se + allowance |theory|.
    Status 'open' and 'setting' state nothing.

    >>> verdict({"value": 1.1, "status": "theory", "theory": 1.0, "se": 0.01, "allowance": 0.0})
    ['value 1.1 is 0.1 from theory 1.0, allowed 0.04']
    """
    value = need_kind("entry", entry, dict, "a dict with a value and a status").get("value")
    if "value" not in entry or "status" not in entry:
        raise bad("entry", f"keys {sorted(entry)}", "a value and a status at least")
    problems: list[str] = []
    if entry["status"] in ("open", "setting"):
        return problems
    if isinstance(value, float) and not math.isfinite(value):
        return [f"value is {value}"]
    if entry.get("expect") is not None:
        low, high = entry["expect"]
        if not low <= value <= high:
            problems.append(f"value {value:.6g} outside the expected range {low:.6g} to {high:.6g}")
    if entry.get("theory") is not None and entry["status"] in ("exact", "theory"):
        allowed = 4 * (entry.get("se") or 0.0) + (entry.get("allowance") or 0.0) * abs(entry["theory"])
        gap = abs(value - entry["theory"])
        if not gap <= allowed:
            problems.append(f"value {value:.6g} is {gap:.3g} from theory {entry['theory']}, allowed {allowed:.3g}")
    return problems


def record(
    name: str,
    value: float | int | str,
    *,
    what: str = "",
    status: str = "setting",
    low: float | None = None,
    high: float | None = None,
    interval: str = "",
    seeds: int | None = None,
    theory: float | None = None,
    se: float | None = None,
    allowance: float | None = None,
    expect: tuple[float, float] | None = None,
    published: float | None = None,
    source: str = "",
    entry: str = "",
    unit: str = "",
    digits: int = 3,
    text: str = "",
) -> None:
    """Write down one number of the book and test it.

    Parameters
    ----------
    name : unique in the whole book; the prose quotes it by this name
    value : what was computed
    what : in words, with its unit and kind of norm, for the ledger page; required unless it is a setting
    status : 'exact', 'theory', 'simulation', 'shape', 'open' (asserts nothing) or 'setting' (chosen, not measured)
    low, high, interval : the interval and what it is, such as "95 % of the mean" or "5 to 95 % of nets"; 95 % of an
        estimate needs five nets
    seeds : number of independent nets
    theory, se, allowance : the prediction, the standard error of `value`, and the relative allowance of the rule
    expect : closed range that the text relies on; required for every status but 'open' and 'setting'
        unless there is a theory to compare with (status 'exact' or 'theory')
    published, source : a published value and its key in the bibliography
    entry : id in the ledger's specification, such as 'glorot2010-layer-gradients'
    unit : printed behind the number, such as "%"
    digits, text : significant digits, or the wording to print instead

    Raises
    ------
    AssertionError
        If the value misses `expect` or `theory`: the name, the value, and by how much.
    ValueError
        For a record that states nothing testable, or an unknown status.

    >>> record("demo", 2.5, what="a number", status="simulation", expect=(2, 3))
    >>> record("demo", 3.5, what="a number", status="simulation", expect=(2, 3))
    Traceback (most recent call last):
        ...
    AssertionError: demo: value 3.5 outside the expected range 2 to 3
    """
    need_choice("status", status, STATUSES)
    row: dict[str, Any] = {
        "name": name, "value": value, "what": what, "status": status, "low": low, "high": high, "interval": interval,
        "seeds": seeds, "theory": theory, "se": se, "allowance": allowance, "expect": expect, "published": published,
        "source": source, "entry": entry, "unit": unit, "digits": digits,
    }  # fmt: skip
    _check_fields({**row, "text": text})
    compared = theory is not None and status in ("exact", "theory")
    if status not in ("open", "setting") and expect is None and not compared:
        raise bad("expect", "nothing", f"a range (low, high), or a theory, for {name!r} of status {status!r}")
    if status != "setting" and not what:
        raise bad("what", "nothing", f"what {name!r} is, in words")
    if (low is None) != (high is None):
        raise bad("low, high", f"{low}, {high}", f"both or neither, for {name!r}")
    if interval.startswith("95 %") and seeds is not None and seeds < LEAST:
        allowed = f"an interval of {LEAST} nets or more; of fewer, each net"
        raise bad("interval, seeds", f"{interval!r} of {seeds} nets", allowed)
    suffix = f"\N{NO-BREAK SPACE}{unit}" if unit else ""
    row = {k: _plain(v) for k, v in row.items()} | {
        "text": text or fmt(value, digits) + suffix,
        "interval_text": f"{fmt(low, digits)} to {fmt(high, digits)}{suffix}"
        if low is not None and high is not None
        else "",
        "theory_text": fmt(theory, digits) + suffix if theory is not None else "",
        "published_text": _as_published(fmt(published, digits)) + suffix if published is not None else "",
    }
    problems = verdict(row)
    row["ok"] = not problems
    _publish(row, MIME)
    if problems:
        _fail(f"{name}: " + "; ".join(problems))


def _fail(what: str) -> None:
    if not os.environ.get("VGP_RESEED"):
        raise AssertionError(what)


def record_mean(name: str, values: ArrayLike, *, what: str, of: str = "mean", scale: float = 1.0, **rest: Any) -> None:
    """Write down an estimate over independent nets: `record` with value, interval, standard error and nets filled in.

    Parameters
    ----------
    name, what : as in `record`
    values : (nets,), one number for each net; True or False for a share
    of : what is estimated, as in `vgp.book.interval`
    scale : factor on all of it, such as 100 with `unit="%"`
    rest : the other arguments of `record`

    Raises as `record` and `interval` do.

    >>> record_mean("demo", [2.0, 4.0, 4.0, 4.0, 6.0], what="a number", status="simulation", expect=(2, 6))
    """
    found = estimate(values, of=of)
    scale = need_number("scale", scale, 0.0, open_low=True)
    middle, low, high, se = (scale * x for x in found[:4])
    record(
        name, middle, what=what, low=low, high=high, interval=found.words, seeds=found.nets,
        se=se if math.isfinite(se) else None, **rest,
    )  # fmt: skip


def claim(
    name: str,
    text: str,
    *,
    holds: Any,
    seeds: int | None = None,
    margin: float | None = None,
    least: int | None = None,
    entry: str = "",
) -> None:
    """Write down a sentence that a reader takes away, and test it.

    Parameters
    ----------
    name : unique in the whole book
    text : the sentence
    holds : whether it does; or, for each net, whether it does there: (nets,)
    seeds : number of independent nets behind one `holds`; 0 where nothing is random
    margin : how far it is from failing, in standard errors, from `vgp.book.margin`
    least : how many nets it must hold for, where `holds` has one value for each; all of them if not given
    entry : id in the ledger's specification

    Raises
    ------
    AssertionError
        If it does not hold: the sentence, and by how much.
    ValueError
        Where it is not said how far the sentence is from failing: neither one value for each net, nor a margin and the
        number of nets, nor `seeds=0`.

    >>> claim("demo-each", "All three numbers are positive", holds=np.array([1, 2, 3]) > 0)
    >>> claim("demo-exact", "Two and two is four", holds=2 + 2 == 4, seeds=0)
    >>> claim("demo-mean", "The mean is above one", holds=True, margin=-0.5, seeds=40)
    Traceback (most recent call last):
        ...
    AssertionError: demo-mean: "The mean is above one" misses by 0.5 standard errors (40 nets)
    """
    for label, words in (("name", name), ("text", text)):
        if not need_text(label, words).strip():
            raise bad(label, "an empty text", "what is claimed, in words")
    row: dict[str, Any] = {"name": name, "text": text, "entry": need_text("entry", entry)}
    row |= dict.fromkeys(("held", "nets", "least", "margin"))
    each = np.asarray(holds)
    if each.dtype.kind != "b":
        raise bad("holds", f"{type(holds).__name__} of type {each.dtype}", "True or False, or one of them for each net")
    if each.ndim:
        if each.ndim > 1 or not each.size or margin is not None or seeds not in (None, each.size):
            came = f"shape {each.shape}, margin={margin}, seeds={seeds}"
            raise bad("holds", came, "one value for each net, (nets,), which say margin and seeds themselves")
        held, nets = int(each.sum()), each.size
        least = nets if least is None else need_int("least", least, 0)
        if least > nets:
            raise bad("least", least, f"at most the {nets} nets")
        ok, miss = held >= least, f"holds for {held} of {nets} nets, needs {least}"
        row |= {"kind": "count", "held": held, "nets": nets, "least": least}
    elif least is not None:
        raise bad("least", least, "one value of `holds` for each net, when only some need to hold")
    elif margin is not None:
        nets = need_int("seeds", 0 if seeds is None else seeds, 2)
        margin = float(
            need_kind("margin", margin, (float, int, np.floating, np.integer), "a number of standard errors")
        )
        ok = bool(each) and margin > 0
        miss = (
            f"misses by {abs(margin):.2g} standard errors ({nets} nets)"
            if not margin > 0
            else f"is false ({nets} nets)"
        )
        row |= {"kind": "margin", "nets": nets, "margin": margin}
    elif seeds == 0:
        ok, miss = bool(each), "is false"
        row |= {"kind": "exact", "nets": 0}
    else:
        allowed = (
            "one value of `holds` for each net, or a margin with the number of nets, or seeds=0 if nothing is random"
        )
        raise bad("margin, seeds", f"{margin}, {seeds}", allowed)
    _publish(row | {"ok": ok}, CLAIM_MIME)
    if not ok:
        _fail(f'{name}: "{text}" {miss}')


def _check_fields(given: dict[str, Any]) -> None:
    """Refuse what the ledger could only print or compare wrongly."""
    need_kind("value", given["value"], (float, int, str, np.floating, np.integer, np.bool_), "a number or a text")
    for name in ("name", "what", "interval", "source", "entry", "unit", "text"):
        need_text(name, given[name])
    for name in ("low", "high", "theory", "published"):  # may be infinite
        if given[name] is not None:
            need_kind(name, given[name], (float, int, np.floating, np.integer), "a number")
    for name in ("se", "allowance"):
        if given[name] is not None:
            need_number(name, given[name], 0.0)
    need_int("digits", given["digits"])
    if given["seeds"] is not None:
        need_int("seeds", given["seeds"], 0)
    if given["expect"] is not None:
        ends = need_kind("expect", given["expect"], (tuple, list, np.ndarray), "a pair (low, high)")
        if np.shape(ends) != (2,) or not all(isinstance(end, (float, int, np.floating, np.integer)) for end in ends):
            raise bad("expect", repr(ends), "a pair of numbers (low, high)")
    if isinstance(given["value"], str) and (given["expect"] is not None or given["theory"] is not None):
        raise bad("value", repr(given["value"]), "a number, where it is compared with `expect` or `theory`")


def conclude(entry: str, verdict: str, *, claim: str, because: str, read: str) -> None:
    """Say what became of a published result: one line of the page 'The ledger', misses first.

    Parameters
    ----------
    entry : id in the ledger's specification; the records that belong to it carry the same id
    verdict : one of VERDICTS
    claim : what was published, in our words, with its setting
    because : what was found, with the numbers of this build
    read : how the source of the claim was read, one of READ; a claim whose conditions were not read, from an abstract
        or at second hand, is listed "as reported"

    Raises ValueError for an unknown verdict or reading, or an empty text.

    >>> conclude("demo2015", "reproduced", claim="2 and 2 is 4", because=f"we counted {fmt(4)}", read="full text")
    """
    need_choice("verdict", verdict, VERDICTS)
    for name, text in (("entry", entry), ("claim", claim), ("because", because)):
        if not need_text(name, text).strip():
            raise bad(name, "an empty text", "what it says, in words")
    need_choice("read", read, READ)
    _publish({"entry": entry, "verdict": verdict, "claim": claim, "because": because, "read": read}, VERDICT_MIME)


def _publish(row: dict[str, Any], mime: str) -> None:
    row = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}  # for JSON
    if path := os.environ.get("VGP_LEDGER"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
    if "ipykernel" in sys.modules:
        from IPython.display import publish_display_data

        publish_display_data({mime: row})
