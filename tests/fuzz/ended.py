"""How a call may end that gets a hostile document: in a value, or in a refusal with a code that somebody foresaw."""

from collections.abc import Callable
from typing import TypeVar

from didkit_fr.error_table import join
from didkit_fr.errors import DidkitError
from issuer_service.shell.error_table import every_code
from wallet_cli import codes

T = TypeVar("T")

CODES = join(every_code(), codes.CODES)
"""Those of the library and of each application: documents are read by all of them."""

__all__ = ["coded", "ended"]


def coded(error: DidkitError) -> str:
    """The code of a refusal; one that nobody foresaw is for users, and a fault here."""
    assert type(error) is CODES[error.code].kind
    assert error.code != "unforeseen", error.detail
    return error.code


def ended(call: Callable[..., T], *arguments: object, **named: object) -> T | None:
    """The value, or None for a refusal with a code; whatever else is raised is a fault."""
    try:
        return call(*arguments, **named)
    except DidkitError as error:
        coded(error)
        return None
