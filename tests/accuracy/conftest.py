"""The bounds of the rows stand beside the rows' own tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "autodiff"))
