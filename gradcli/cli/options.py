"""The options that commands share, each said once, and the choices they add up to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from gradcli.cli.arguments import unmarked
from gradcli.errors import UsageError

if TYPE_CHECKING:
    from gradcli.problems.problem import Problem
    from gradcli.solve import SolveOptions

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FORMATS = ("table", "json", "jsonl", "csv", "latex", "markdown")
WITNESSES = ("symbolic", "finite_difference", "certificate")


class Choices(NamedTuple):
    """The shared options as given; a command that lacks one leaves its default."""

    wrt: str | None = None
    output: str | None = None
    format: str | None = None
    file: str | None = None
    check: bool = True
    check_budget: float | None = None
    points: str | None = None
    sweep: tuple[str, ...] = ()
    witness: tuple[str, ...] = ()
    certify: bool = False
    explain_steps: bool = False
    sparse: bool = False
    formula: bool = False
    by_entry: bool = False
    unconnected: str = "none"
    seed: int | None = None
    quiet: bool = False
    debug: bool = False
    input_format: str | None = None
    allow_outside: bool = False

    def applied(self, problem: Problem) -> Problem:
        """The problem with the witnesses, budget and seed that were asked for; what was not stays the spec's."""

        changes: dict[str, Any] = {}
        if self.witness:
            changes |= {name: name in self.witness for name in WITNESSES}
        if self.check_budget is not None:
            changes["budget_seconds"] = self.check_budget
        if self.seed is not None:
            changes["seed"] = self.seed
        if self.certify:
            changes["certificate"] = True
        if self.explain_steps:
            changes["finite_difference"] = True
        return problem.with_(check=problem.check._replace(**changes)) if changes else problem

    def _require_certificate(self) -> None:
        """See that no other option takes away the witness that proves the bounds."""
        if not self.check:
            raise UsageError("--certify: the certificate proves the bounds, --no-check asks no witness")
        if self.witness and "certificate" not in self.witness:
            raise UsageError("--certify: the certificate proves the bounds", hint="add --witness certificate")

    def _require_differences(self) -> None:
        """See that no other option takes away the witness whose steps are to be explained."""
        if not self.check:
            raise UsageError("--explain-steps: --no-check takes no differences whose steps could be explained")
        if self.witness and "finite_difference" not in self.witness:
            raise UsageError(
                "--explain-steps: the steps are those of the finite differences", hint="add --witness finite_difference"
            )

    def solve_options(self, task: str | None) -> SolveOptions:
        """What `solve` is asked for; without a task, the spec's own ones.

        Raises:
            UsageError: bounds or steps without the witness that they are of, or dockets without witnesses.
        """
        if self.certify:
            self._require_certificate()
        if self.explain_steps:
            self._require_differences()
        if self.witness and not self.check:
            raise UsageError("--witness: asks a witness, --no-check asks none")
        if self.by_entry and not self.check:
            raise UsageError("--by-entry: shows what the witnesses say, --no-check asks none")
        from gradcli.solve import SolveOptions

        return SolveOptions(
            task=task,
            output=self.output,
            check=self.check,
            certify=self.certify,
            explain_steps=self.explain_steps,
            formula=self.formula,
            unconnected="zero" if self.unconnected == "zero" else "none",
            by_entry=self.by_entry,
        )


class _Option(click.Option):
    """An option that knows under which heading of the help it stands."""

    def __init__(self, *args: Any, section: str = "Other options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Number(click.ParamType):  # type: ignore[type-arg]
    """A number of which a test holds; whatever else is given is told what was meant."""

    name = "number"

    def __init__(self, meant: str, holds: Callable[[Any], bool], *, whole: bool = False) -> None:
        self.meant, self.holds, self.read = meant, holds, int if whole else float

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that the text says."""
        try:
            number = self.read(value)
        except ValueError:
            number = None
        if number is None or not self.holds(number):
            self.fail(f"{value!r} is not {self.meant}", param, ctx)
        return number


#: A whole number from 0 on: a seed, a count of steps.
COUNT = Number("a whole number from 0 on", lambda n: n >= 0, whole=True)


def option(*names: str, section: str, **attributes: Any) -> Callable[[Decorated], Decorated]:
    """A click option under a heading of the help."""
    return click.option(*names, cls=_Option, section=section, **attributes)


_WHAT, _HOW, _WHERE, _CHECK = "What to differentiate", "What to print", "Where", "Checking"
_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "wrt": option(
        "--wrt", metavar="X,Y", section=_WHAT, help="Differentiate by these (default: all trainable variables)."
    ),
    "output": option("--output", metavar="NAME", section=_WHAT, help="Only this output of the spec (default: all)."),
    "unconnected": option(
        "--unconnected",
        type=click.Choice(["none", "zero"]),
        default="none",
        section=_WHAT,
        help="What stands where no path leads: null (none, the default) or 0 (zero).",
    ),
    "input_format": option(
        "--input-format",
        type=click.Choice(["toml", "json", "yaml"]),
        section=_WHAT,
        help="Format of the spec, where its name does not tell.",
    ),
    "allow_outside": option(
        "--allow-outside", is_flag=True, section=_WHAT, help="Let a spec read data files outside its own folder."
    ),
    "points": option(
        "--points", metavar="FILE", section=_WHERE, help="Take it at every point of a .csv, .npy or .npz file."
    ),
    "sweep": option(
        "--sweep",
        metavar="X=0:1:101",
        multiple=True,
        section=_WHERE,
        help="Take it at 101 points from 0 to 1; repeated: the grid of all.",
    ),
    "format": option("--format", type=click.Choice(FORMATS), section=_HOW, help="How it is printed (default: table)."),
    "file": option(
        "-o",
        "file",
        metavar="FILE",
        section=_HOW,
        callback=lambda _ctx, _param, value: None if value in ("-", "/dev/stdout") else value,
        help="Write to FILE, whole or not at all (-: to stdout, the default).",
    ),
    "formula": option("--formula", is_flag=True, section=_HOW, help="Also print each derivative as a formula."),
    "certify": option(
        "--certify",
        is_flag=True,
        section=_HOW,
        help="Also print proved bounds, proved digits and the condition of every entry.",
    ),
    "sparse": option("--sparse", is_flag=True, section=_HOW, help="Print only the entries that are not 0."),
    "check": option("--check/--no-check", default=True, section=_CHECK, help="Ask the witnesses (default), or do not."),
    "witness": option(
        "--witness",
        type=click.Choice(WITNESSES),
        multiple=True,
        section=_CHECK,
        help="Ask only this one; may be repeated.",
    ),
    "by_entry": option(
        "--by-entry",
        is_flag=True,
        section=_CHECK,
        help="Show every witness's number and error bar, entry by entry.",
    ),
    "check_budget": option(
        "--check-budget",
        type=Number("a number of seconds above 0", lambda seconds: seconds > 0),
        metavar="SECONDS",
        section=_CHECK,
        help="Time the witnesses may take (default: 10).",
    ),
    "seed": option(
        "--seed",
        type=COUNT,
        metavar="N",
        section=_CHECK,
        help="Seed of the random points and directions.",
    ),
    "quiet": option(
        "--quiet", is_flag=True, section="Other options", help="Print results only: no summary, no warnings."
    ),
    "debug": option("--debug", is_flag=True, section="Other options", help="Show the traceback of an internal error."),
}


#: The same option where records are printed as they are due.
FORMAT_OF_BATCH = option(
    "--format",
    type=click.Choice(FORMATS),
    section=_HOW,
    help="How records are printed (default: jsonl); all but json print a record as soon as it is there.",
)


#: Of the commands that show one derivative.
EXPLAIN_STEPS = option(
    "--explain-steps",
    is_flag=True,
    section=_CHECK,
    help="Also print how the finite differences chose their steps: error against step, order, noise.",
)


def shared_options(*without: str) -> Callable[[Decorated], Decorated]:
    """All shared options but those named."""

    def decorate(function: Decorated) -> Decorated:
        for name, one in reversed(_OPTIONS.items()):
            if name not in without:
                function = one(function)
        return function

    return decorate


def only_options(*names: str) -> Callable[[Decorated], Decorated]:
    """The shared options of these names (as `Choices` calls them)."""
    return shared_options(*(name for name in _OPTIONS if name not in names))


def source_arguments(function: Decorated) -> Decorated:
    """SOURCE and NAME=VALUE."""
    items = click.argument("items", nargs=-1, metavar="[NAME=VALUE]...")
    return click.argument("source", callback=unmarked, metavar="SOURCE")(items(function))
