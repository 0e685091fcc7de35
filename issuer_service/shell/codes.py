"""The error codes that the issuer's applications share, with those that the register answers."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence

__all__ = ["CODES", "HINTS"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "plain_http_refused": Code(
            ParseError,
            "programmer",
            "plain HTTP that is not confined to this machine",
            "HTTP en clair hors de cette machine",
        ),
        "storage_malformed": Code(
            ParseError,
            "programmer",
            "not a database of this program, or damaged",
            "base de données étrangère ou endommagée",
        ),
        "listen_failed": Code(
            FetchError,
            "programmer",
            "the service could not listen on its address",
            "le service n'a pas pu écouter sur son adresse",
        ),
        "storage_full": Code(
            FetchError, "issuer", "there is no space left in storage", "plus de place dans le stockage"
        ),
        "storage_unavailable": Code(FetchError, "network", "storage does not answer", "le stockage ne répond pas"),
        "birth_date_inconsistent": Code(
            VerificationError,
            "issuer",
            "the presumed birth date is not one the record allows",
            "la date de naissance présumée contredit l'acte",
        ),
        "birth_date_partial": Code(
            VerificationError,
            "issuer",
            "the birth date is known in part only, and no presumed date was given",
            "date de naissance partielle, sans date présumée",
        ),
        "evidence_exhausted": Code(
            VerificationError,
            "holder",
            "this opening of the register was read too often",
            "ouverture du registre trop lue",
        ),
        "evidence_expired": Code(
            VerificationError, "holder", "this opening of the register has expired", "ouverture du registre expirée"
        ),
        "evidence_unknown": Code(
            VerificationError, "holder", "no such opening of the register", "ouverture du registre inconnue"
        ),
        "folder_unexpected": Code(
            VerificationError,
            "programmer",
            "something lies in a folder of the service that has no place there",
            "un élément n'a pas sa place dans un dossier du service",
        ),
        "state_misplaced": Code(
            VerificationError,
            "programmer",
            "the service's state does not lie in a folder of its own",
            "l'état du service n'est pas dans un dossier à part",
        ),
        "status_list_unknown": Code(VerificationError, "issuer", "no such status list", "liste de statuts inconnue"),
        "storage_rewound": Code(
            VerificationError,
            "issuer",
            "storage is older than what it said before",
            "le stockage est revenu en arrière",
        ),
        "ticket_expired": Code(
            VerificationError, "issuer", "the officer's ticket is outside its time", "ticket de l'agent hors délai"
        ),
        "ticket_forged": Code(
            VerificationError, "issuer", "the ticket was not signed by the officer", "ticket non signé par l'agent"
        ),
        "ticket_malformed": Code(VerificationError, "issuer", "not an officer's ticket", "n'est pas un ticket d'agent"),
        "ticket_replayed": Code(
            VerificationError, "issuer", "the officer's ticket was used before", "ticket de l'agent déjà utilisé"
        ),
        "ticket_title": Code(
            VerificationError,
            "issuer",
            "the ticket is for another title than the register's",
            "ticket pour un titre absent du registre",
        ),
        "ticket_unknown_document": Code(
            VerificationError, "issuer", "no document of this number", "aucun document de ce numéro"
        ),
    }
)

HINTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "move_away": Sentence(
            "move {path} away; what is the operator's lies elsewhere, or is named by a setting",
            "portez {path} ailleurs ; ce qui est à l'exploitant est hors de ce dossier, ou nommé par un réglage",
        ),
        "no_link": Sentence(
            "name in the settings where it lies, or put itself there",
            "nommez dans les réglages l'endroit où il se trouve, ou mettez-y l'élément lui-même",
        ),
        "state_unmade": Sentence(
            "--state names a folder that cannot be made: {path}", "--state nomme un dossier impossible à créer : {path}"
        ),
    }
)
"""What to do about an error, where more is known than its code; paths and commands are put in."""
