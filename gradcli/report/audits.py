"""A Hessian's audit in words: pairs of a heading and a plain line, for every report that is text."""

from __future__ import annotations

from gradcli.errors import visible
from gradcli.report.entries import rounded
from gradcli.result import Hessian, HessianAudit, VectorProduct

_NAMED = 8  #: from so many names on there may be more
_KINDS = {
    "degenerate": "degenerate: second derivatives do not decide",
    "minimum": "local minimum",
    "maximum": "local maximum",
    "saddle": "saddle point",
}
_DEGREES = {
    "nonlinear": "neither linear nor quadratic by its structure",
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
        tolerance = f"scaled to a unit diagonal, singular values above {least} of the largest"
        lines.append(("rank", f"{audit.rank} of {len(hessian.labels)} ({tolerance})"))
    if audit.critical_point is not None:
        lines.append(("point", _point(audit)))
    if audit.degree is not None:
        degree = audit.degree
        lines.append(("function", _DEGREES.get(degree, f"{degree} in these variables")))
    if audit.structural_zeros is not None:
        lines.append(("zeros", _zeros(audit)))
    if audit.symmetry_residual is not None:
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
        parts.append(f"{audit.structural_zeros} everywhere, where two variables never meet")
    if audit.accidental_zeros:
        more = ", ..." if len(audit.accidental) >= _NAMED else ""
        parts.append(f"{audit.accidental_zeros} only at this point: {', '.join(map(visible, audit.accidental))}{more}")
    return "; ".join(parts) or "none"


def _product(product: VectorProduct) -> str:
    """`agree: H v by one sweep, by the entries (off by 2e-16) and by differences of the gradient (2e-16), seed 0`."""
    off = [f" (off by {rounded(e, 2)})" if e is not None else "" for e in (product.matrix_error, product.witness_error)]
    ways = f"H v by one sweep, by the entries{off[0]} and by {visible(product.witness)}{off[1]}"
    reason = f"; {visible(product.reason)}" if product.reason else ""
    return f"{product.verdict}: {ways}, seed {product.seed}{reason}"
