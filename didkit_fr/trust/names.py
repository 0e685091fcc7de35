"""Name constraints of authorities on subjects (RFC 5280 section 4.2.1.10), whether they are critical or not.

The library that builds paths holds those on DNS names, IP and mail addresses, and refuses every other alternative name
of a kind that is constrained. Subjects it passes over: constraints on these are held here.
"""

import unicodedata
from collections.abc import Sequence

from cryptography.x509 import (
    Certificate,
    DirectoryName,
    ExtensionNotFound,
    GeneralName,
    Name,
    NameConstraints,
    NameOID,
    RFC822Name,
)

from didkit_fr.errors import VerificationError

__all__ = ["MAX_CONSTRAINTS", "check_names"]

MAX_CONSTRAINTS = 1_024
"""How many names the authorities of one path may permit or exclude in all."""


def check_names(path: Sequence[Certificate]) -> None:
    """Checks the subject of each certificate against the constraints of every authority above it.

    Args:
        path: the signer's certificate first, the anchor last.

    Raises:
        VerificationError: `certificate_profile`.
    """
    left = MAX_CONSTRAINTS
    for at, authority in enumerate(path):
        permitted, excluded = _constraints(authority)
        left -= len(permitted) + len(excluded)
        if left < 0:
            raise VerificationError("certificate_profile", "too many name constraints")
        for below in path[:at]:
            _check_subject(below.subject, permitted, excluded)


def _constraints(authority: Certificate) -> tuple[Sequence[GeneralName], Sequence[GeneralName]]:
    """What an authority permits, and what it excludes."""
    try:
        stated = authority.extensions.get_extension_for_class(NameConstraints).value
    except ExtensionNotFound:
        return (), ()
    return stated.permitted_subtrees or (), stated.excluded_subtrees or ()


def _check_subject(subject: Name, permitted: Sequence[GeneralName], excluded: Sequence[GeneralName]) -> None:
    name = _comparable(subject)
    due = [one.value for one in permitted if isinstance(one, DirectoryName)]
    if due and not any(_begins(name, one) for one in due):
        raise VerificationError("certificate_profile", "a subject that is not permitted")
    if any(_begins(name, one.value) for one in excluded if isinstance(one, DirectoryName)):
        raise VerificationError("certificate_profile", "a subject that is excluded")
    # Section 4.2.1.10 has these compared: where an address stands in a subject, as it no longer should, nobody does.
    mail = subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    if mail and any(isinstance(one, RFC822Name) for one in (*permitted, *excluded)):
        raise VerificationError("certificate_profile", "a constrained mail address in a subject")


def _begins(name: list[frozenset[tuple[str, str | bytes]]], constraint: Name) -> bool:
    wanted = _comparable(constraint)
    return name[: len(wanted)] == wanted


def _comparable(name: Name) -> list[frozenset[tuple[str, str | bytes]]]:
    """Without what RFC 5280 section 7.1 does not tell apart: case, spaces, compatible characters."""
    return [frozenset((one.oid.dotted_string, _folded(one.value)) for one in part) for part in name.rdns]


def _folded(value: str | bytes) -> str | bytes:
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split()) if isinstance(value, str) else value
