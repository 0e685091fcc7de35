"""The error codes that belong to no package: those of the network, of files and settings, and of size limits."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import START_AGAIN, Code, Sentence

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "input_too_large": Code(ParseError, "sender", "larger than the limit", "dépasse la taille limite"),
        "settings_invalid": Code(
            ParseError, "programmer", "settings that break their rules", "paramètres non conformes"
        ),
        "spec_unknown": Code(
            ParseError, "programmer", "no such file in the specifications", "fichier absent des spécifications"
        ),
        "fetch_failed": Code(
            FetchError, "network", "the address could not be reached", "l'adresse n'a pas pu être jointe"
        ),
        "fetch_refused_address": Code(
            FetchError, "programmer", "an address that must not be contacted", "adresse qui ne doit pas être contactée"
        ),
        "fetch_status": Code(
            FetchError, "network", "the server answered with an error", "le serveur a répondu par une erreur"
        ),
        "fetch_timeout": Code(FetchError, "network", "no answer in time", "pas de réponse à temps"),
        "fetch_too_large": Code(
            FetchError, "network", "the answer is larger than the limit", "la réponse dépasse la taille limite"
        ),
        "file_unavailable": Code(
            FetchError, "programmer", "a file could not be read or written", "fichier impossible à lire ou à écrire"
        ),
        "offline": Code(
            FetchError,
            "network",
            "the network is switched off and the answer is not in memory",
            "hors ligne et absent de la mémoire",
        ),
        "answer_pending": Code(
            VerificationError,
            "holder",
            "the user has not come back to the browser that asked",
            "l'utilisateur n'est pas revenu au navigateur d'origine",
            Sentence(
                "Please come back to the window where you started.", "Revenez à la fenêtre où vous avez commencé."
            ),
        ),
        "file_exists": Code(
            VerificationError,
            "programmer",
            "a file that must not be overwritten",
            "fichier qui ne doit pas être écrasé",
        ),
        "response_code_unknown": Code(
            VerificationError,
            "holder",
            "no such response code: used, expired, or of another browser",
            "code de réponse inconnu : utilisé, expiré ou d'un autre navigateur",
            START_AGAIN,
        ),
        "unforeseen": Code(
            VerificationError,
            "programmer",
            "something that this version did not foresee; not to be believed",
            "quelque chose que cette version n'avait pas prévu ; à ne pas croire",
            Sentence(
                "This program met something that it does not understand. Please tell those who run it.",
                "Ce programme a rencontré quelque chose qu'il ne comprend pas. Signalez-le à ceux qui l'exploitent.",
            ),
        ),
    }
)
