"""Every error code that the issuer's applications can meet: the library's, those they share, and their own.

Each folder of `issuer_service` that has codes of its own names its table as an entry point of the group
`didkit_issuer.codes`: what all applications share knows none of them.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from didkit_fr.error_table import CODES, join
from didkit_fr.errors.code import Code
from issuer_service.shell import codes

__all__ = ["GROUP", "every_code"]

GROUP = "didkit_issuer.codes"


@cache
def every_code() -> Mapping[str, Code]:
    """What each code means. It is read once: what is installed does not change while a program runs."""
    return join(CODES, codes.CODES, *(application.load() for application in entry_points(group=GROUP)))
