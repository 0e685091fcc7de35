"""The one way in which tests say that something is refused, with which code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from didkit_fr.errors import DidkitError


@contextmanager
def refused(code: str, kind: type[DidkitError] = DidkitError) -> Iterator[None]:
    """Fails unless its block is refused with this code, and with an error of this kind."""
    with pytest.raises(kind) as error:
        yield
    assert error.value.code == code, error.value


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """The code with which a call is refused; fails unless it is: where several codes are right, or one is compared."""
    with pytest.raises(DidkitError) as error:
        call(*arguments, **named)
    return error.value.code
