"""All error codes of the library, derived from the tables of its packages; an application adds its own tables."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr import codes
from didkit_fr.credentials import codes as credentials
from didkit_fr.did import codes as did
from didkit_fr.encoding import codes as encoding
from didkit_fr.errors.code import Code
from didkit_fr.formats import codes as formats
from didkit_fr.keys import codes as keys
from didkit_fr.primitives import codes as primitives
from didkit_fr.proofs import codes as proofs
from didkit_fr.protocols import codes as protocols
from didkit_fr.status import codes as status
from didkit_fr.trust import codes as trust
from didkit_fr.verification import codes as verification

__all__ = ["CODES", "join"]


def join(*tables: Mapping[str, Code]) -> Mapping[str, Code]:
    """One table of several: of the library's (`CODES`) and those of an application.

    Raises:
        ValueError: a code stands in two of them, and could mean two things.
    """
    joined = {code: row for table in tables for code, row in table.items()}
    if len(joined) != sum(map(len, tables)):
        raise ValueError("an error code stands in two tables")
    return MappingProxyType(joined)


CODES: Mapping[str, Code] = join(
    codes.CODES,
    encoding.CODES,
    primitives.CODES,
    keys.CODES,
    proofs.CODES,
    did.CODES,
    trust.CODES,
    credentials.CODES,
    formats.CODES,
    status.CODES,
    verification.CODES,
    protocols.CODES,
)
"""What each code means."""
