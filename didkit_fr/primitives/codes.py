"""The error codes of `didkit_fr.primitives`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "bbs_commitment_malformed": Code(
            ParseError, "sender", "not a commitment to messages", "n'est pas un engagement sur des messages"
        ),
        "bbs_indexes_invalid": Code(
            ParseError,
            "sender",
            "indexes of messages that are out of order, repeated, or of no message",
            "indices de messages hors d'ordre, répétés ou sans message",
        ),
        "bbs_lists_unequal": Code(
            ParseError, "sender", "lists that should be of one length", "listes qui devraient être de même longueur"
        ),
        "bbs_proof_malformed": Code(ParseError, "sender", "not a BBS proof", "n'est pas une preuve BBS"),
        "bbs_signature_malformed": Code(ParseError, "sender", "not a BBS signature", "n'est pas une signature BBS"),
        "key_invalid": Code(ParseError, "sender", "not a valid key of its curve", "clé non valide sur sa courbe"),
        "key_length": Code(ParseError, "sender", "a key of the wrong length", "clé de longueur incorrecte"),
        "point_invalid": Code(
            ParseError, "sender", "not a point of its group, in its one spelling", "n'est pas un point de son groupe"
        ),
        "scalar_invalid": Code(
            ParseError, "sender", "not a scalar of the group, or zero", "n'est pas un scalaire du groupe, ou nul"
        ),
        "sealed_malformed": Code(
            ParseError, "holder", "not a sealed file of this program", "n'est pas un fichier scellé de ce programme"
        ),
        "memory_short": Code(
            FetchError,
            "holder",
            "not enough memory to open a sealed file",
            "pas assez de mémoire pour ouvrir un fichier scellé",
            Sentence(
                "There is not enough memory to open this file. Please close other programs.",
                "Il n'y a pas assez de mémoire pour ouvrir ce fichier. Fermez d'autres programmes.",
            ),
        ),
        "passphrase_too_short": Code(
            VerificationError,
            "holder",
            "a passphrase that is too short",
            "phrase secrète trop courte",
            Sentence("Please choose a longer passphrase.", "Choisissez une phrase secrète plus longue."),
        ),
        "passphrase_wrong": Code(
            VerificationError,
            "holder",
            "wrong passphrase, or the file was changed",
            "mauvaise phrase secrète, ou fichier modifié",
            Sentence(
                "The passphrase is wrong, or the file was changed.",
                "La phrase secrète est fausse, ou le fichier a été modifié.",
            ),
        ),
        "signature_invalid": Code(
            VerificationError, "holder", "the signature does not match", "la signature ne correspond pas"
        ),
    }
)
