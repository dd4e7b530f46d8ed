"""A test run is repeatable: Hypothesis draws the same examples, unless `--hypothesis-profile=default` is given."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
