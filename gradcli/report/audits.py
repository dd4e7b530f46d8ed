"""A Hessian's audit in words: pairs of a heading and a plain line, for every report that is text.

What is as it should be, such as a symmetry residual of 0, is not worth a line; the JSON has all of it.
"""

from __future__ import annotations

from gradcli.errors import visible
from gradcli.report.entries import rounded, split_key
from gradcli.result import Hessian, HessianAudit, VectorProduct

_NAMED = 8  #: zeros that are named
_KINDS = {
    "degenerate": "degenerate: second derivatives do not decide",
    "minimum": "local minimum",
    "maximum": "local maximum",
    "saddle": "saddle point",
}
_DEGREES = {
    "constant": "constant in these variables",
}


def audit_lines(hessian: Hessian) -> list[tuple[str, str]]:
    """What the audit has found, a heading and a line each; empty where there is none."""
    audit = hessian.audit
    if audit is None:
        return []
    lines: list[tuple[str, str]] = []
    if audit.rank is not None:
        least = rounded(audit.rank_tolerance, 2)
        tolerance = f" (scaled to a unit diagonal, singular values above {least} of the largest)"
        full = audit.rank == len(hessian.labels)
        lines.append(("rank", f"{audit.rank} of {len(hessian.labels)}{'' if full else tolerance}"))
    if audit.critical_point is not None:
        lines.append(("point", _point(audit)))
    if audit.degree not in (None, "nonlinear"):
        degree = audit.degree
        lines.append(("function", _DEGREES.get(degree or "", f"{degree} in these variables")))
    if audit.structural_zeros or audit.accidental_zeros:
        lines.append(("zeros", _zeros(audit)))
    if audit.symmetry_residual:
        lines.append(("symmetry", f"largest |H - H'| is {rounded(audit.symmetry_residual, 2)}"))
    if audit.hvp is not None:
        lines.append(("product", _product(audit.hvp)))
    return lines + [("left out", visible(reason)) for reason in audit.skipped]


def _point(audit: HessianAudit) -> str:
    size = f"|gradient| = {rounded(audit.gradient_norm, 3)}"
    if audit.critical_point == "not critical":
        return f"not critical: {size}"
    kind = _KINDS.get(audit.critical_point or "", visible(audit.critical_point or ""))
    bound = audit.gradient_bound
    return f"{kind} ({size}" + (f", 0 up to rounding of {rounded(bound, 2)})" if audit.gradient_norm else ")")


def _zeros(audit: HessianAudit) -> str:
    parts = []
    if audit.structural_zeros:
        parts.append(f"{audit.structural_zeros} everywhere, of variables that meet in no product or curved function")
    if audit.accidental_zeros:
        pairs = dict.fromkeys(one for pair in audit.accidental for one in (pair, ",".join(split_key(pair)[::-1])))
        named = list(pairs)[:_NAMED]
        more = ", ..." if len(named) < audit.accidental_zeros else ""
        parts.append(
            f"{audit.accidental_zeros} only at this point: {', '.join(f'({visible(n)})' for n in named)}{more}"
        )
    return "; ".join(parts)


def _product(product: VectorProduct) -> str:
    """`H v by one sweep agrees with the entries and the certificate`; all numbers where it does not, or not wholly."""
    if product.verdict == "agree" and not product.reason:
        return f"H v by one sweep agrees with the entries and {visible(product.witness)}"
    if product.verdict == "skipped" and product.reason:
        return f"skipped: {visible(product.reason)}"
    off = [f" (off by {rounded(e, 2)})" if e is not None else "" for e in (product.matrix_error, product.witness_error)]
    ways = f"H v by one sweep, by the entries{off[0]} and by {visible(product.witness)}{off[1]}"
    reason = f"; {visible(product.reason)}" if product.reason else ""
    return f"{product.verdict}: {ways}, seed {product.seed}{reason}"
