"""The checker is checked on arrays: wrong transposed operations, tangents, axes and paths, and wrong sweeps."""

from __future__ import annotations

import operation_mutations
import pytest
import sweep_mutations
from planting import solved
from trials import COMPLETE, Mutation, part, right, tried, wrong

from gradcli.autodiff import linear_algebra, ruled, structural
from gradcli.autodiff.primitive import Structural

OPERATIONS = tuple(operation_mutations.MODELS)
SWEEPS = sweep_mutations.mutations()
EXAMPLES = sweep_mutations.examples()
STRIDE = 14  #: one error in so many of each operation is planted in a usual run,
MOST = 1  #: and looked at so many times at each order of derivative;
COMPOSITIONS = 40  #: the sweeps are tried on one composition in so many
#: Differences are made of the tape's values and as wrong as those, and SymPy takes constant parts from it: an entry may
#: be right where they are not, or nobody may be able to tell; the ball and SymPy are never suspected.
WRONG_VALUES = ("tape", "finite_difference", None)


def found_out(mutation: Mutation) -> None:
    """It changes a number, and wherever it does it is found and blamed on the tape."""
    outcomes = tried(mutation, None if COMPLETE else MOST)
    found = wrong(outcomes, WRONG_VALUES if mutation.kind.startswith("kernel") else ("tape",))
    assert not found, "\n".join(found)
    changed = any(one.what in ("caught", "not finite") for one in outcomes)
    # a number and a diagonal matrix have no axes to exchange
    assert changed or "axes exchanged" in mutation.kind, f"{mutation.name} changes nothing"


@pytest.mark.parametrize("turn", range(len(OPERATIONS)), ids=lambda k: OPERATIONS[k].name)
def test_errors_of_an_operation_are_found(turn: int) -> None:
    for mutation in part(operation_mutations.mutations(OPERATIONS[turn]), turn, STRIDE):
        found_out(mutation)


@pytest.mark.parametrize("turn", range(len(SWEEPS)), ids=lambda k: SWEEPS[k].name)
def test_errors_of_the_sweeps_are_found(turn: int) -> None:
    mutation = SWEEPS[turn]
    made = [trial for trial in mutation.trials if trial not in EXAMPLES]
    found_out(mutation._replace(trials=(*made, *part(EXAMPLES, turn, COMPOSITIONS))))


@pytest.mark.parametrize("primitive", OPERATIONS, ids=lambda p: p.name)
def test_models_as_they_are_verify(primitive: Structural) -> None:
    assert {right(trial).verdict for trial in operation_mutations.trials(primitive)} == {"verified"}


def test_every_operation_is_planted() -> None:
    assert {*OPERATIONS, structural.STOP} == {*structural.ALL, *linear_algebra.ALL, ruled.OTHERS, *ruled.ALL}


def test_a_stop_that_does_not_stop() -> None:
    """The witnesses hold a stopped part at its value on their own account."""
    stopped = operation_mutations.STOPPED
    with stopped.plant():
        record = solved("x*stop_gradient(x^2)", ("x=1.5",), "grad")
    assert record.gradient == {"x": pytest.approx(3 * 1.5**2)}
    found_out(stopped)
