"""Where the corpora lie: in the folder that GRADCLI_CORPORA names. Without it these tests are skipped, not failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def corpus(name: str) -> Path:
    """The folder of one corpus; skips the calling module if there is none."""
    root = os.environ.get("GRADCLI_CORPORA")
    if not root:
        pytest.skip("GRADCLI_CORPORA names no folder of corpora", allow_module_level=True)
    folder = Path(root) / name
    if not folder.is_dir():
        pytest.skip(f"GRADCLI_CORPORA holds no corpus {name!r}", allow_module_level=True)
    return folder
