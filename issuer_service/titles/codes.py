"""The error codes of `issuer_service.titles`: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import Code
from didkit_fr.protocols.codes import OFFER_OVER, TX_CODE

__all__ = ["CODES"]

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
