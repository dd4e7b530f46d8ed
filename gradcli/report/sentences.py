"""What a record says in words: witnesses, kinks, non-finite numbers and errors, each as one plain line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gradcli.errors import visible
from gradcli.report.entries import WITNESS_NAMES, inline, item, rounded
from gradcli.result import (
    Cancellation,
    Check,
    Claim,
    Failure,
    Fault,
    Kink,
    Nonfinite,
    Record,
    Rewrite,
    UndefinedProduct,
    Values,
    Zero,
)

MEANING = {
    "verified": "every entry is confirmed by an independent witness",
    "unverified": "no conclusive witness covers every entry",
    "unchecked": "no witness was asked (--no-check)",
    "kink": "not differentiable here; the number is a convention",
    "nonfinite": "a number is not finite",
    "mismatch": "a conclusive check disagrees",
    "error": "there is no result",
}

_LONGEST = 60  #: characters of a subexpression in the line of the verdict
_DISPUTES = 3  #: disputed entries that are spelled out in lines

#: How entries were compared, where it was not each on its own.
_WAYS = {
    "direction": " (random direction)",
    "operations": " (every operation differentiated, joined by the chain rule)",
}


_UNCLAIMED = 8  #: derivatives that are named


def check_sentence(check: Check) -> str:
    """`agree 2 of 2, largest error 1e-16`, `agree 2 of 2, 15.9 digits proved`, `skipped: why`."""
    if check.verdict == "skipped":
        return f"skipped: {visible(check.reason)}" if check.reason else "skipped"
    if not check.of:
        return f"{check.verdict}: {visible(check.reason)}" if check.reason else check.verdict
    way = f" ({visible(check.how)})" if check.how else _WAYS.get(check.method or "", "")
    share = f" {check.compared} of {check.of}"
    if check.verdict == "disagree":  # how many of them do is the reason's to say
        share = "" if check.compared in (0, check.of) else f", {check.compared} of {check.of} compared"
    parts = [f"{check.verdict}{share}{way}"]
    if check.verdict == "disagree" or check.digits is None:
        if check.max_error is not None:
            parts.append(f"largest error {rounded(check.max_error, 2)}")
    else:
        parts.append(f"{rounded(check.digits, 3)} digits proved")
    sentence = ", ".join(parts)
    return f"{sentence}: {visible(check.reason)}" if check.reason else sentence


def kink_sentence(kink: Kink) -> str:
    """Where a function has no derivative, the one-sided ones where known, and the convention used."""
    parts = [f"{_spot(kink.text, kink.line, kink.column)}: {visible(kink.function)} is not differentiable here"]
    if isinstance(kink.left, Mapping) and isinstance(kink.right, Mapping):
        parts += [f"along {visible(x)}: {_slopes(kink.left[x], kink.right[x])}" for x in kink.left]
    elif kink.left is not None or kink.right is not None:
        parts.append(_slopes(kink.left, kink.right))
    parts.append(f"convention: {visible(kink.convention)}")
    return "; ".join(parts)


def nonfinite_sentence(nonfinite: Nonfinite) -> str:
    """The subexpression that made a NaN or an infinity, and why."""
    spot, why = _spot(nonfinite.text, nonfinite.line, nonfinite.column), visible(nonfinite.why)
    again = f"{visible(nonfinite.text)} at "
    return f"{spot} at {why.removeprefix(again)}" if nonfinite.text and why.startswith(again) else f"{spot}: {why}"


def product_sentence(product: UndefinedProduct) -> str:
    """What made a NaN of it: `nan is 0 × inf in the derivative: what ... hands to ..., and the slope of ...`."""
    return f"nan is {product.text} in the {product.sweep}: {visible(product.first)}, and {visible(product.second)}"


def rewrite_sentence(rewrite: Rewrite) -> str:
    """What may be written instead, and what was checked."""
    spot = _spot(rewrite.text, rewrite.line, rewrite.column)
    return f"help: write {visible(rewrite.replacement)} for {spot}: {visible(rewrite.why)}"


def zero_sentence(zero: Zero) -> str:
    """`x: not connected: stop_gradient(x) cuts the path (column 1)`."""
    names = ", ".join(map(visible, zero.entries)) + (
        f" and {zero.count - len(zero.entries)} more" if zero.count > len(zero.entries) else ""
    )
    place = ", ".join(f"{name} {n}" for name, n in (("line", zero.line), ("column", zero.column)) if n is not None)
    state = "0 here" if zero.connected else "not connected"
    return f"{names}: {state}: {visible(zero.why)}" + (f" ({place})" if place else "")


def cancellation_sentence(cancellation: Cancellation) -> str:
    """The operation that takes digits of an entry, with its operands, and how many it takes."""
    spot = _spot(cancellation.text, cancellation.line, cancellation.column)
    lost = f"{visible(cancellation.entry)} loses {rounded(cancellation.digits, 2)} digits"
    return f"{spot}: {visible(cancellation.why)}; {lost}"


def failure_place(failure: Failure) -> str:
    """`outputs.loss, line 3, column 4`, as far as it is known."""
    parts = [visible(failure.key)] if failure.key else []
    parts += [f"{name} {n}" for name, n in (("line", failure.line), ("column", failure.column)) if n is not None]
    return ", ".join(parts)


def failure_sentence(failure: Failure) -> str:
    """An error as one line: message, place, hint."""
    place = failure_place(failure)
    sentence = visible(failure.message) + (f" ({place})" if place else "")
    return f"{sentence}; help: {visible(failure.hint)}" if failure.hint else sentence


def meaning(record: Record) -> str:
    """The verdict of a record in a few words."""
    if record.verdict == "unchecked" and record.at is None and record.formula:
        return "a formula, no number was asked for"
    if record.verdict == "verified" and record.gradient and all(g is None for g in record.gradient.values()):
        return "no variable is connected to the output, so there is no derivative to confirm"
    value = (record.checks or {}).get("value")
    if record.verdict == "unverified" and value is not None and _agreed(record):
        return "the value is not confirmed"
    if record.verdict == "unverified" and record.cancellations:
        first = record.cancellations[0]
        spot = _spot(
            first.text if len(first.text) <= _LONGEST else f"{first.text[:_LONGEST]}...", first.line, first.column
        )
        own = record.output not in (record.at or {}) and all(c.entry == record.output for c in record.cancellations)
        said = "the value is not confirmed" if own else MEANING[record.verdict]
        return f"{said}: rounding takes digits in {spot}"
    if record.verdict == "mismatch" and record.disputes:
        suspects = dict.fromkeys(one.suspect for one in record.disputes if one.suspect)
        who = " and ".join(WITNESS_NAMES.get(s, visible(s)) for s in suspects)
        return f"{MEANING['mismatch']}; {f'suspect: {who}' if who else 'it cannot be told who is off'}"
    return MEANING[record.verdict]


def _agreed(record: Record) -> bool:
    """Whether a witness confirms every entry of the derivative."""
    return any(check.verdict == "agree" and check.compared == check.of for check in (record.checks or {}).values())


def claim_sentence(claim: Claim) -> str:
    """`claim y = x: wrong; the derivative is x^2; counterexample: ...`, all that is known in one line."""
    head = f"claim {visible(claim.name)} = {visible(claim.claim)}: {claim.verdict}"
    reason = f" ({visible(claim.decided_by)})" if claim.decided_by and claim.verdict != "right" else ""
    return "; ".join([head + reason, *claim_lines(claim)])


def unclaimed_sentence(record: Record) -> str | None:
    """Which derivatives nobody claimed, where others of the same kind were."""
    if not record.unclaimed:
        return None
    shown, more = record.unclaimed[:_UNCLAIMED], len(record.unclaimed) - _UNCLAIMED
    names = ", ".join(map(visible, shown)) + (f" and {more} more" if more > 0 else "")
    return f"not claimed, so not checked: the derivative{'s' * (len(record.unclaimed) > 1)} by {names}"


def with_code(text: str, quoted: Callable[[str], str], plain: Callable[[str], str]) -> str:
    """A sentence with what stands in backquotes set apart as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(quoted(part) if k % 2 else plain(part) for k, part in enumerate(parts))


def claim_lines(
    claim: Claim,
    times: str = "x",
    quoted: Callable[[str], str] = visible,
    worded: Callable[[str], str] = visible,
) -> list[str]:
    """What there is to say about a claim: the derivative, the difference, a point that shows it, the likely slip.

    Args:
        claim: a decided one.
        times: stands between the lengths of an array too large for a line.
        quoted: how names and formulas, which are a stranger's text, are set apart.
        worded: how a sentence with code in backquotes is written.
    """
    lines = []
    if claim.derivative is not None:
        lines.append(f"the derivative is {quoted(claim.derivative)}")
    if claim.difference is not None:
        by = f" by {quoted(claim.entry)}" if claim.entry is not None else ""
        lines.append(f"the difference{by} is {quoted(claim.difference)}")
    if claim.counterexample:
        places = ", ".join(f"{quoted(n)} = {inline(v, times)}" for n, v in claim.counterexample.items())
        lines.append(f"counterexample: at {places}{_numbers(claim, quoted)}")
    if claim.remark is not None:
        lines.append(worded(claim.remark))
    return lines


def claim_numbers(claim: Claim) -> tuple[str, Values, Values]:
    """Of the entry that shows a claim to be wrong: its label, what the claim gives, and what the derivative is."""
    if claim.entry is None:
        return claim.name, claim.claimed, claim.actual
    index = claim.index
    if index is None:  # of a claim about whole variables it can be read off the label
        index = tuple(int(k) for part in re.findall(r"\[([0-9,]+)\]", claim.entry) for k in part.split(","))
    return claim.entry, item(claim.claimed, index), item(claim.actual, index)


def _numbers(claim: Claim, quoted: Callable[[str], str]) -> str:
    """What the claim gives at the counterexample, and what the derivative is."""
    if claim.actual is None:
        return ""
    where, said, found = claim_numbers(claim)
    by = f" by {quoted(where)}" if claim.entry is not None else ""
    if said == found:
        return f" the claim and the derivative{by} both round to {inline(found)}"
    return f" the claim{by and f' for the derivative{by}'} is {inline(said)}, the derivative {inline(found)}"


def remarks(record: Record) -> list[str]:
    """Everything about a record that a reader must not miss, one line each; empty where all is well."""
    lines = [*spot_remarks(record), *disagreements(record), *dispute_lines(record)]
    lines += [claim_sentence(claim) for claim in record.claims if claim.verdict != "right"]
    return lines


def disagreements(record: Record) -> list[str]:
    """A line for each check that disagrees."""
    return [
        f"{name.replace('_', ' ')}: {check_sentence(check)}"
        for name, check in (record.checks or {}).items()
        if check.verdict == "disagree"
    ]


def dispute_lines(record: Record) -> list[str]:
    """The first disputed entries with the reasoning, and how many more there are."""
    lines = [f"{visible(one.entry)}: {visible(one.why)}" for one in record.disputes[:_DISPUTES]]
    more = (record.disputed or 0) - len(lines)
    if more > 0:
        lines.append(f"{more} more {'entry is' if more == 1 else 'entries are'} in dispute")
    return lines + [fault_sentence(fault) for fault in record.faults]


def fault_sentence(fault: Fault) -> str:
    """`tanh(x) (column 3): the tape's derivative of tanh by x is 0.64 at x = 0.75, SymPy's 0.63`."""
    where = ", ".join(f"{visible(name)} = {rounded(value, 6)}" for name, value in fault.at.items())
    what = f"the tape's derivative of {visible(fault.operation)} by {visible(fault.argument)}"
    said = f"{what} is {rounded(fault.tape, 12)} at {where}, SymPy's is {rounded(fault.symbolic, 12)}"
    return said if fault.text is None else f"{_spot(fault.text, fault.line, fault.column)}: {said}"


def spot_remarks(record: Record) -> list[str]:
    """The remarks that no list of witnesses or claims says: the error, what is not finite or cancels, the kinks."""
    lines = [failure_sentence(record.error)] if record.error else []
    for one in record.nonfinite:
        made = f"; {product_sentence(one.product)}" if one.product is not None else ""
        lines.append(nonfinite_sentence(one) + made)
    lines += [cancellation_sentence(one) for one in record.cancellations]
    lines += [kink_sentence(kink) for kink in record.kinks]
    lines += [rewrite_sentence(one) for one in record.rewrites]
    return lines


def _spot(text: str, line: int | None, column: int | None) -> str:
    place = ", ".join(f"{name} {n}" for name, n in (("line", line), ("column", column)) if n is not None)
    return visible(text) + (f" ({place})" if place else "")


def _slopes(left: object, right: object) -> str:
    return f"slope {_side(left)} from the left, {_side(right)} from the right"


def _side(slope: object) -> str:
    return "unknown" if slope is None else visible(rounded(slope, 6))
