"""The one way in which tests say that something is refused, with which code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from didkit_fr.errors import DidkitError


@contextmanager
def refused(code: str, kind: type[DidkitError] = DidkitError) -> Iterator[None]:
    """Fails unless its block is refused with this code, and with an error of this kind."""
    with pytest.raises(kind) as error:
        yield
    assert error.value.code == code, error.value
