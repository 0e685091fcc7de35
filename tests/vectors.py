"""Finds the official vectors, which lie beside the checkout and are never copied into it."""

import os
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2] / "shared" / "vectors"


@cache
def home() -> Path:
    """The folder of the official vectors: `DIDKIT_VECTORS`, or `shared/vectors` beside the checkout."""
    return Path(os.environ.get("DIDKIT_VECTORS", HOME))


def vectors(name: str) -> Path:
    """The path of one file or folder; the calling test (or module) is skipped, saying which, where it is absent.

    With `DIDKIT_REQUIRE_VECTORS=1` (as in CI) an absent one is a failure.
    """
    path = home() / name
    if not path.exists():
        message = f"official vectors absent: {name}"
        if os.environ.get("DIDKIT_REQUIRE_VECTORS") == "1":
            pytest.fail(message)
        pytest.skip(message, allow_module_level=True)
    return path
