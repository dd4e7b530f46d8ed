"""Every limit that protects a run from an input, in one documented object.

A limit is a promise in both directions: what is within it works, what is beyond it is a
clear error that names the limit. `gradcli --limits` prints them.
"""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Named limits with their units; a test holds each of them at N and N + 1."""

    spec_bytes: int = 4 * 1024 * 1024  #: bytes of one spec file, or of one line of a .jsonl
    spec_nesting: int = 64  #: nesting of arrays and tables in a spec, before its parser sees it
    spec_keys: int = 1_000_000  #: keys of one spec, in all its tables
    spec_digits: int = 100_000  #: digits of one number in a spec, which a parser may take memory for
    expression_characters: int = 4 * 1024 * 1024  #: characters of one expression
    expression_tokens: int = 800_000  #: numbers, names, operators and brackets of one expression
    expression_nesting: int = 10_000  #: nesting of parentheses, calls, indices and signs in an expression
    expression_entries: int = 100_000  #: entries of one array that are expressions in quotes, not numbers
    expanded_operations: int = 1_000_000  #: operations of all formulas together, calls of functions expanded
    array_axes: int = 32  #: axes of one array, in a formula or a file
    tape_instructions: int = 2_500_000  #: instructions on one tape, derivatives included
    array_elements: int = 16_777_216  #: elements of one array on the tape
    variables: int = 100_000  #: names in one spec's constants, variables and let
    data_bytes: int = 1024 * 1024 * 1024  #: bytes of one data file (CSV, NPY)
    csv_line: int = 16 * 1024 * 1024  #: characters of one row of a CSV
    hessian_entries: int = 25_000_000  #: entries of one dense Hessian or Jacobian
    eigenvalue_rows: int = 1000  #: rows of a Hessian whose eigenvalues, definiteness and rank are worked out
    points: int = 1_000_000  #: points of one sweep or points table
    formula_characters: int = 100_000  #: characters of one printed formula; a longer one is left out


LIMITS = Limits()

#: Bytes of arrays that a walk over many directions or points holds at once; it takes them in blocks of that size.
WALK_BYTES = 256 * 1024 * 1024
