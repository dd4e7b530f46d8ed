"""The one table of elementwise primitives, joined from its parts and looked up by name."""

from __future__ import annotations

from gradcli.autodiff import (
    rows_arithmetic,
    rows_bessel,
    rows_distributions,
    rows_elementary,
    rows_models,
    rows_special,
)
from gradcli.autodiff.primitive import Row

#: Every row, private ones too; what loops over all functions loops over this.
ROWS: tuple[Row, ...] = (
    *rows_arithmetic.ROWS,
    *rows_elementary.ROWS,
    *rows_models.ROWS,
    *rows_special.ROWS,
    *rows_bessel.ROWS,
    *rows_distributions.ROWS,
)

#: Row of each name that partials may use (private ones too, operators by their function's name).
BY_NAME: dict[str, Row] = {row.name: row for row in ROWS}

#: Row of each name and alias a person may call.
CALLABLE: dict[str, Row] = {
    name: row for row in ROWS if not row.private and row.operator is None for name in (row.name, *row.aliases)
}

#: Row of each infix operator's sign.
INFIX: dict[str, Row] = {row.operator: row for row in ROWS if row.operator is not None and len(row.arguments) == 2}
