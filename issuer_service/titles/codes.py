"""The error codes of `issuer_service.titles`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence
from didkit_fr.protocols.codes import OFFER_OVER, TX_CODE

__all__ = ["CODES", "HINTS"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "register_address_invalid": Code(
            ParseError, "programmer", "not an address a register may have", "adresse impossible pour un registre"
        ),
        "folders_in_use": Code(
            FetchError,
            "programmer",
            "another process is using the folders of this issuer",
            "un autre processus utilise les dossiers de cet émetteur",
        ),
        "register_unavailable": Code(
            FetchError, "network", "the register does not answer", "le registre ne répond pas"
        ),
        "configuration_not_granted": Code(
            VerificationError, "issuer", "the token is for another credential", "jeton accordé pour un autre titre"
        ),
        "issuance_unknown_to_bearer": Code(
            VerificationError,
            "holder",
            "no issuance of that name under this token",
            "aucune délivrance de ce nom sous ce jeton",
        ),
        "nonce_replayed": Code(VerificationError, "holder", "the nonce was used before", "nonce déjà utilisé"),
        "offer_reference_unknown": Code(
            VerificationError, "issuer", "no offer at this address, or no more", "pas ou plus d'offre à cette adresse"
        ),
        "offer_unknown": Code(
            VerificationError,
            "holder",
            "no such offer, or used, expired or worn out",
            "offre inconnue, utilisée, expirée ou épuisée",
            OFFER_OVER,
        ),
        "register_attributes": Code(
            VerificationError,
            "issuer",
            "the register's answer does not fit the title",
            "réponse du registre non conforme au titre",
        ),
        "root_key_exposed": Code(
            VerificationError,
            "programmer",
            "the root's private key is within the service's reach",
            "clé racine à portée du service",
        ),
        "title_not_issued": Code(
            VerificationError, "programmer", "a title that is not issued here", "titre non délivré ici"
        ),
        "title_not_suspendable": Code(
            VerificationError, "issuer", "a title that is never suspended", "titre qui ne se suspend pas"
        ),
        "tx_code_missing": Code(
            VerificationError, "holder", "the transaction code is missing", "code de transaction absent", TX_CODE
        ),
    }
)

HINTS: Mapping[str, Sentence] = MappingProxyType(
    {
        "database_gone": Sentence(
            "copy it from a backup to {path}, then: {command}; only if there is no backup: {anew}",
            "copiez-la d'une sauvegarde vers {path}, puis : {command} ; seulement s'il n'y a pas de sauvegarde : "
            "{anew}",
        ),
        "folder_absent": Sentence(
            "make its folder first: mkdir -p -m 700 {path}", "créez d'abord son dossier : mkdir -p -m 700 {path}"
        ),
        "maybe_root_key": Sentence(
            "move {path} away: it may be the root key, or a copy of a keyring",
            "portez {path} ailleurs : c'est peut-être la clé racine, ou une copie d'un trousseau",
        ),
        "others_at_work": Sentence(
            "stop whatever serves or runs on these folders, then run this again",
            "arrêtez tout ce qui sert ou travaille sur ces dossiers, puis relancez cette commande",
        ),
        "place_outside": Sentence(
            "choose a place outside the data folder, the state folder and the epoch keys",
            "choisissez un endroit hors du dossier de données, du dossier d'état et des clés d'époque",
        ),
        "register_secret_absent": Sentence(
            "put the secret that the register gave this service into {path}",
            "mettez dans {path} le secret que le registre a donné à ce service",
        ),
        "restore_again": Sentence(
            "run it again, it does the same: {command}", "relancez-la, elle fait de même : {command}"
        ),
        "restore_at_work": Sentence(
            "wait until restore has ended, then run this again",
            "attendez la fin de restore, puis relancez cette commande",
        ),
        "settings_absent": Sentence(
            "name the folder of an issuer with --data, or found one: didkit-issuer init ({path})",
            "nommez le dossier d'un émetteur avec --data, ou fondez-en un : didkit-issuer init ({path})",
        ),
        "settings_unreadable": Sentence(
            "let this user read {path}", "donnez à cet utilisateur le droit de lire {path}"
        ),
        "signers_lacking": Sentence(
            "give each document type that the settings offer a signer of its own, with the root: didkit-issuer "
            "migrate-signers",
            "donnez à chaque type de document que proposent les réglages son propre signataire, avec la racine : "
            "didkit-issuer migrate-signers",
        ),
        "state_gone": Sentence(
            "put it back as it was, from its mirror; only if it is lost: {command}",
            "remettez-le tel qu'il était, depuis son miroir ; seulement s'il est perdu : {command}",
        ),
        "state_older": Sentence(
            "put the state folder back as it was, from its mirror; only if it is lost: {command}",
            "remettez le dossier d'état tel qu'il était, depuis son miroir ; seulement s'il est perdu : {command}",
        ),
        "state_older_or_new": Sentence(
            "put the state folder back as it was, from its mirror; only if it is lost, or if this issuer was "
            "founded by an earlier version and never served: {command}",
            "remettez le dossier d'état tel qu'il était, depuis son miroir ; seulement s'il est perdu, ou si cet "
            "émetteur fut fondé par une version antérieure et n'a jamais servi : {command}",
        ),
    }
)
"""What to do about an error, where more is known than its code; paths and commands are put in."""
