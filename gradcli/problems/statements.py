"""What a spec says about its outputs: claims, expected numbers, and how they are checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import UNSET, UnsetType

from gradcli.errors import GradcliError, Origin, SpecError, UnknownNameError, UsageError
from gradcli.language.names import normalise_name
from gradcli.language.suggest import hint_for
from gradcli.language.syntax import Expression
from gradcli.problems.claimed import Key, claim_key, is_claimed
from gradcli.problems.documents import Document, Path
from gradcli.problems.expressions import expression_at
from gradcli.problems.problem import CheckOptions, Claims, Expect, Variable
from gradcli.problems.tables import CheckTable, ClaimsTable, ExpectTable
from gradcli.problems.values import numbers


def read_claims(
    document: Document,
    table: ClaimsTable | UnsetType,
    outputs: Sequence[str],
    variables: Mapping[str, Variable],
    check: Callable[[Expression], None],
) -> Claims:
    """Claims by output (None for the only one) and variable or variables; `check` looks up their names."""
    if isinstance(table, UnsetType):
        return Claims()
    claims: dict[int, dict[Any, Expression]] = {1: {}, 2: {}}
    for count, order in ((1, "gradient"), (2, "hessian")):
        for key, raw in getattr(table, order).items():
            path = ("claims", order, key)
            target = _target(document, path, outputs, variables, count)
            if is_claimed(target, claims[count], outputs):
                raise SpecError(f"'{key}' is claimed twice", origin=document.origin(path))
            claim = claims[count][target] = expression_at(document, path, raw)
            check(claim)
    return Claims(claims[1], claims[2])


def _target(
    document: Document, path: Path, outputs: Sequence[str], variables: Mapping[str, Variable], count: int
) -> Key:
    """The output and the variables that the key of a claim names."""
    key, origin = path[-1], document.origin(path)
    if ":" not in key and len(outputs) > 1:
        hint = f'write "{outputs[0]}:{key}"'
        raise SpecError(f"'{key}': the spec has several outputs; which one is claimed?", hint=hint, origin=origin)
    try:
        target = claim_key(key, outputs, variables, no="no {} is called '{}'")
    except UsageError as error:
        raise SpecError(f"'{key}': {error.message}", hint=error.hint, origin=origin) from None
    except GradcliError as error:
        raise error.at(origin) from None
    if len(target) != count + 1:
        form = '"x" or "output:x"' if count == 1 else '"x,y" or "output:x,y"'
        raise SpecError(f"'{key}': the key of such a claim is {form}", origin=origin)
    return target


def read_expect(
    document: Document,
    table: ExpectTable | UnsetType,
    outputs: Sequence[str],
    variables: Mapping[str, Variable],
    shaped: bool,
) -> Expect:
    """The numbers that a result must equal; `shaped`: the variables have the shapes they have in the spec.

    Raises:
        GradcliError: a name that is no variable, a gradient that has not its variable's shape, a Hessian that is
            not square.
    """
    if isinstance(table, UnsetType):
        return Expect()
    if len(outputs) > 1:
        raise SpecError(
            f"expected numbers belong to one output; the spec has {', '.join(outputs)}",
            origin=document.origin(("expect",)),
        )
    gradient: dict[str, Any] = {}
    for key, raw in table.gradient.items():
        path = ("expect", "gradient", key)
        name = normalise_name(key)
        if name not in variables:
            raise _unknown("variable", name, variables, document.origin(path))
        gradient[name] = numbers(raw, key, document.origin(path))
        value, given = variables[name].value, gradient[name].shape
        if shaped and value is not None and given != value.shape:
            message = f"{key}: the expected gradient has shape {given}, the variable {value.shape}"
            raise SpecError(message, origin=document.origin(path))
    hessian = _expected(document, "hessian", table.hessian)
    if hessian is not None and (hessian.ndim != 2 or len(set(hessian.shape)) != 1):
        message = f"hessian: a square matrix is meant, not one of shape {hessian.shape}"
        hint = "a row and a column for every entry of the variables, in their order"
        raise SpecError(message, hint=hint, origin=document.origin(("expect", "hessian")))
    return Expect(
        _expected(document, "value", table.value),
        gradient,
        hessian,
        _tolerance(document, ("expect", "rtol"), table.rtol),
    )


def _expected(document: Document, key: str, raw: Any) -> Any:
    return None if raw is UNSET else numbers(raw, key, document.origin(("expect", key)))


def read_check(document: Document, table: CheckTable | UnsetType) -> CheckOptions:
    """Which witnesses are heard, for how long, and how close an entry must be."""
    if isinstance(table, UnsetType):
        return CheckOptions()
    budget = table.budget_seconds
    if not (math.isfinite(budget) and budget > 0):
        raise SpecError("budget_seconds: not a positive number", origin=document.origin(("check", "budget_seconds")))
    return CheckOptions(
        symbolic=table.symbolic,
        finite_difference=table.finite_difference,
        certificate=table.certificate,
        budget_seconds=budget,
        rtol=_tolerance(document, ("check", "rtol"), table.rtol),
    )


def _tolerance(document: Document, path: Path, rtol: float) -> float:
    if not 0 <= rtol < 1:
        raise SpecError("rtol: not a number from 0 to below 1", origin=document.origin(path))
    return rtol


def _unknown(what: str, name: str, known: Sequence[str] | Mapping[str, Any], origin: Origin) -> UnknownNameError:
    return UnknownNameError(f"no {what} is called '{name}'", hint=hint_for(name, known), origin=origin)
