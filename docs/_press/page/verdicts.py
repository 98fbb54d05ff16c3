"""What the ledger says of one record or claim, in words: how far it is from failing, and what it asserts."""

from __future__ import annotations

import math

from vgp.book.ledger import fmt

AS_REPORTED = {"abstract": "the abstract was read", "secondary": "read in another work"}
SHOWN = "shown, not tested"
WORDS = {
    "exact": "exact",
    "theory": "meets the theory",
    "simulation": "in range",
    "shape": "in range",
    "open": SHOWN,
    "setting": "a setting",
}


# --- claims ----------------------------------------------------------------------------------------------------------


def margin(claim):
    """How far a claim is from failing, in standard errors, to sort by; what is exact is infinitely far.

    A count of nets gets the standard error of a binomial count. Its share has half a net added on either side, so that
    40 of 40, where one miss would do, is 0.7 and not infinitely far from failing.
    """
    if claim.get("kind") == "margin" and claim.get("margin") is not None:
        return claim["margin"]
    if claim.get("kind") == "count" and claim.get("nets"):
        held, nets = claim["held"], claim["nets"]
        share = (held + 0.5) / (nets + 1)
        return (held - claim["least"] + 0.5) / math.sqrt(nets * share * (1 - share))
    return math.inf


def margin_text(claim):
    if claim.get("kind") == "count":
        held, nets, least = claim["held"], claim["nets"], claim["least"]
        return f"{held} of {nets}" + (f", at least {least} asked" if least < nets else "")
    if claim.get("kind") == "margin":
        value = claim.get("margin")
        return "no net differs" if value is None else f"{fmt(float(value), 2)} standard errors"
    return "nothing is random"


# --- records ---------------------------------------------------------------------------------------------------------


def is_entry(record):
    """Return whether the record is compared with something: a theory or a published value."""
    return record.get("theory") is not None or record.get("published") is not None


def compared(record):
    """Whether the value is tested against its theory."""
    return record.get("theory") is not None and record.get("status") in ("exact", "theory")


def wide(record):
    """Whether a range spans more than a factor of 10; one that ends at 0, or holds it, is a bound."""
    low, high = sorted(abs(end) if end is not None else math.inf for end in record["expect"])
    signs = {math.copysign(1, end) for end in record["expect"] if end}
    return len(signs) == 1 and low > 0 and high > 10 * low


def coarse(record):
    """Whether four standard errors and the allowance let half of the theory pass, or twice it."""
    if not compared(record):
        return False
    theory = abs(record["theory"])
    return 4 * (record.get("se") or 0) + (record.get("allowance") or 0) * theory > theory / 2


def shown_only(record):
    """Whether nothing that could fail is asserted about a number that was measured."""
    if record.get("status") in ("setting", None) or compared(record):
        return False
    return record.get("status") == "open" or not record.get("expect") or wide(record)


def outside(record):
    """Whether the published value lies outside our interval."""
    low, high, published = (record.get(key) for key in ("low", "high", "published"))
    return None not in (low, high, published) and not isinstance(published, str) and not low <= published <= high


def verdict(record):
    """Return the verdict in words, and what disagrees, if anything: then the entry belongs to the top of the table."""
    if not record.get("ok", True):
        return "", "misses its range"
    words = WORDS.get(record.get("status"), record.get("status") or "")
    if shown_only(record):
        return "", SHOWN
    if outside(record):
        return words, "published value outside the interval"
    if None in (record.get("low"), record.get("high"), record.get("published")) or isinstance(record["published"], str):
        return words, ""
    return f"{words}; published value inside the interval", ""


def allowed(record):
    """How far a value may be from its theory, in words."""
    parts = ["4 standard errors"] if record.get("se") else []
    if record.get("allowance"):
        parts.append(f"{fmt(100 * float(record['allowance']), 2)} %")
    return " and ".join(parts) or "rounding alone"


def ranged(record):
    return " to ".join(fmt(end if isinstance(end, int) else float(end)) for end in record["expect"])


def bound(record):
    """What a value is compared with: its theory and what is allowed, or its range; "" if with nothing."""
    parts = []
    if record.get("theory") is not None:
        text = record.get("theory_text") or fmt(float(record["theory"]))
        parts.append(f"{text}, within {allowed(record)}" if compared(record) else text)
    if record.get("expect") and record.get("status") not in ("open", "setting"):
        parts.append(f"range {ranged(record)}")
    return "; ".join(parts)


def distance(record):
    """How far a value is from its theory, in standard errors; those that a 95 % interval implies, if none is given."""
    value, theory, se = (record.get(key) for key in ("value", "theory", "se"))
    if not se and str(record.get("interval", "")).startswith("95 %") and None not in (record["low"], record["high"]):
        se = (record["high"] - record["low"]) / (2 * 1.96)
    if theory is None or not se or isinstance(value, str):
        return ""
    return f"{fmt(abs(value - theory) / se, 2)} standard errors"


def asserted(record):
    """What the row of a value asserts, with the distance from its theory."""
    if record.get("status") == "setting":
        return "chosen, not measured"
    if shown_only(record):
        return SHOWN + (f" (range {ranged(record)})" if record.get("expect") else "")
    far = distance(record)
    return bound(record) + (f"; it is {far} away" if far else "") + (", a coarse test" if coarse(record) else "")
