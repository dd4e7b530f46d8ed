"""A test run is repeatable, and no example is timed: a busy machine is no fault of the program.

`--hypothesis-profile=searching` draws other examples each time.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("searching"), derandomize=True)
settings.load_profile("repeatable")
