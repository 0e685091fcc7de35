"""Header parameters of COSE messages (RFC 9052 section 3, RFC 9360, RFC 9596): how they are spelt, read and checked."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from didkit_fr.encoding.cbor import CborValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.signer import KeyHolder
from didkit_fr.keys.x509 import Certificate

__all__ = [
    "ALG",
    "CONTENT_TYPE",
    "CRIT",
    "KID",
    "PROTECTED_ONLY",
    "TYP",
    "X5CHAIN",
    "Header",
    "build_header",
    "build_x5chain",
    "check_header",
    "read_bucket",
]

Header: TypeAlias = Mapping[int | str, CborValue]

ALG: Final = 1  # RFC 9052 section 3.1
CRIT: Final = 2
CONTENT_TYPE: Final = 3
KID: Final = 4
TYP: Final = 16  # RFC 9596
X5CHAIN: Final = 33  # RFC 9360

PROTECTED_ONLY: Final = frozenset({ALG, CRIT, TYP})
"""What decides something is believed only from the protected bucket."""

_UNDERSTOOD: Final = frozenset({ALG, CRIT, CONTENT_TYPE, KID, TYP, X5CHAIN})
_NAME: Final = (int, str)
_LABELS: Final = frozenset(_NAME)
_KINDS: Final[Mapping[int | str, tuple[type, ...]]] = MappingProxyType(
    {ALG: _NAME, CRIT: (list,), CONTENT_TYPE: _NAME, KID: (bytes,), TYP: _NAME, X5CHAIN: (bytes, list)}
)


def read_bucket(value: CborValue) -> Header:
    """Reads one bucket: each parameter that is known here is of its kind.

    Raises:
        ParseError: `cose_malformed`.
    """
    if not isinstance(value, dict):
        raise ParseError("cose_malformed", "header")
    for label, parameter in value.items():
        if type(label) not in _LABELS:
            raise ParseError("cose_malformed", "header")
        if label in _KINDS and type(parameter) not in _KINDS[label]:
            raise ParseError("cose_malformed", f"header parameter {label}")
    return value


def check_header(header: Header, *, typ: str | None) -> None:
    """Checks `typ` and `crit` before any key is looked for.

    Raises:
        VerificationError: `typ_mismatch`, `critical_header`.
    """
    stated = header.get(TYP)
    if isinstance(stated, str):
        stated = stated.lower().removeprefix("application/")
    if stated != typ:
        raise VerificationError("typ_mismatch", f"expected {typ}")
    if CRIT in header and not _all_understood(header):
        raise VerificationError("critical_header")


def build_header(signer: KeyHolder, header: Header | None = None) -> dict[int | str, CborValue]:
    """The protected header: the signer's algorithm, and more parameters, which cannot replace it."""
    return {**(header or {}), ALG: signer.public_key.row.cose_identifier}


def build_x5chain(chain: Sequence[Certificate]) -> bytes | list[bytes]:
    """Spells a chain as `x5chain` (RFC 9360 section 2): one certificate by itself, several as an array."""
    ders = [x509.der(certificate) for certificate in chain]
    return ders[0] if len(ders) == 1 else ders


def _all_understood(header: Header) -> bool:
    """RFC 9052 section 3.1: a label that is not there, or not understood, makes the whole message void."""
    labels, known = header[CRIT], header.keys() & _UNDERSTOOD
    return bool(labels) and all(type(label) in _LABELS and label in known for label in labels)
