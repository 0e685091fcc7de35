"""What a row of a package's table of error codes says; the tables are the `codes.py` of the packages."""

from typing import Literal, NamedTuple, TypeAlias

from didkit_fr.errors import DidkitError

__all__ = ["START_AGAIN", "Code", "Culprit", "Sentence"]

Culprit: TypeAlias = Literal["holder", "issuer", "network", "programmer", "relying party", "sender"]
"""Whose fault an error is; `didkit_fr.advice.FAULTS` says who that is."""


class Sentence(NamedTuple):
    """What a person is told, in English and French. It never says which check failed: an attacker reads it too."""

    en: str
    fr: str


class Code(NamedTuple):
    """What a code means: its kind, whose fault it is, and its meaning in English and French for those who read logs.

    `advice` is what a person is told where that differs from what all errors of the same fault have in common.
    """

    kind: type[DidkitError]
    fault: Culprit
    en: str
    fr: str
    advice: Sentence | None = None


START_AGAIN = Sentence(
    "This request is over. Please start again with a new one.",
    "Cette demande est terminée. Recommencez avec une nouvelle.",
)
