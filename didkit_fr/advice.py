"""Whose fault an error is, and what to tell the person in front of the screen, in English and French.

The meaning of a code (`didkit_fr.error_table.CODES`) is for those who read logs. What a person is told never says
which check failed: somebody who forges titles reads it too.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.error_table import CODES
from didkit_fr.errors.code import Code, Culprit

__all__ = ["FAULTS", "Advice", "Fault", "advise"]


class Fault(NamedTuple):
    """Who has to mend something, and what to tell the person."""

    who: str
    en: str
    fr: str


class Advice(NamedTuple):
    """Of one code: whose fault, a key of `FAULTS`, and the sentence for the person."""

    fault: Culprit
    en: str
    fr: str


FAULTS: Mapping[Culprit, Fault] = MappingProxyType(
    {
        "holder": Fault(
            "the person who shows a title, or their wallet",
            "This cannot be accepted. Please try again, or show a title in another way.",
            "Cette réponse ne peut pas être acceptée. Réessayez, ou présentez un titre autrement.",
        ),
        "issuer": Fault(
            "whoever issues titles or says which are revoked, and the register behind",
            "Something is not in order at the authority that issues this title. Please try again later.",
            "Quelque chose ne va pas chez l'autorité qui délivre ce titre. Réessayez plus tard.",
        ),
        "relying party": Fault(
            "whoever asks for a title",
            "This request is not in order, and nothing was sent. Please tell the site that asked.",
            "Cette demande n'est pas en règle, et rien n'a été envoyé. Signalez-le au site qui l'a faite.",
        ),
        "network": Fault(
            "nobody: something that is needed could not be had",
            "This cannot be checked now, through no fault of yours. Please try again in a moment.",
            "La vérification est impossible pour l'instant, vous n'y êtes pour rien. Réessayez dans un moment.",
        ),
        "programmer": Fault(
            "whoever wrote, configured or runs the program that raised it",
            "This program is not set up as it should be. Please tell those who run it.",
            "Ce programme n'est pas réglé comme il faut. Signalez-le à ceux qui l'exploitent.",
        ),
        "sender": Fault(
            "whoever sent the document: a wallet to a relying party, an issuer or a relying party to a wallet",
            "What was received cannot be used. Please try again, then tell those who run this service.",
            "Ce qui a été reçu est inutilisable. Réessayez, puis signalez-le à ceux qui exploitent ce service.",
        ),
    }
)


def advise(code: str, codes: Mapping[str, Code] = CODES) -> Advice:
    """What an error code means for the person; of a code that is not known, that the program is not in order.

    Args:
        code: the code of an error.
        codes: the table to look in; an application whose own codes are meant gives `error_table.join(CODES, ...)`.
    """
    if code not in codes:
        return Advice("programmer", *FAULTS["programmer"][1:])
    row = codes[code]
    return Advice(row.fault, *(row.advice or FAULTS[row.fault][1:]))
