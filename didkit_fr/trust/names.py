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
    SubjectAlternativeName,
)

from didkit_fr.errors import VerificationError

__all__ = ["MAX_COMPARISONS", "check_names", "count_names"]

MAX_COMPARISONS = 16_384
"""How many pairs of a name and a constraint are compared of one path."""


def count_names(path: Sequence[Certificate], anchor: Certificate) -> None:
    """Refuses more comparisons than are made, before any is: those of the library included.

    Raises:
        VerificationError: `certificate_profile`.
    """
    constraints = sum(len(one) for authority in (*path[1:], anchor) for one in _constraints(authority))
    if constraints and constraints * sum(1 + _alternatives(below) for below in path) > MAX_COMPARISONS:
        raise VerificationError("certificate_profile", "too many names and constraints")


def check_names(path: Sequence[Certificate]) -> None:
    """Checks the subject of each certificate against the constraints of every authority above it.

    Args:
        path: the signer's certificate first, the anchor last.

    Raises:
        VerificationError: `certificate_profile`.
    """
    for at, authority in enumerate(path):
        permitted, excluded = _constraints(authority)
        for below in path[:at]:
            _check_subject(below.subject, permitted, excluded)


def _alternatives(certificate: Certificate) -> int:
    try:
        return len(list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value))
    except ExtensionNotFound:
        return 0


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
