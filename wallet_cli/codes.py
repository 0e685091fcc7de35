"""The error codes of the wallet: what each means, in English and French, and whose fault it is."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.errors.code import Code, Sentence

__all__ = ["CODES"]

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "credential_file_malformed": Code(
            ParseError,
            "holder",
            "a file that holds no credential of a known format",
            "fichier sans titre d'un format connu",
        ),
        "image_unreadable": Code(
            ParseError,
            "holder",
            "not a PNG or JPEG image of a usable size",
            "n'est pas une image PNG ou JPEG utilisable",
        ),
        "qr_code_missing": Code(ParseError, "holder", "no QR code in this image", "aucun code QR dans cette image"),
        "qr_code_several": Code(
            ParseError, "holder", "more than one QR code in this image", "plusieurs codes QR dans cette image"
        ),
        "vault_malformed": Code(
            ParseError, "holder", "the vault's content is not what this program writes", "contenu du coffre non reconnu"
        ),
        "file_unreadable": Code(FetchError, "holder", "a file that cannot be read", "fichier illisible"),
        "vault_absent": Code(
            FetchError,
            "holder",
            "there is no vault here",
            "il n'y a pas de coffre ici",
            Sentence("There is no wallet here.", "Il n'y a pas de portefeuille ici."),
        ),
        "vault_changed": Code(
            FetchError,
            "holder",
            "the vault was replaced while this command used it",
            "le coffre a été remplacé pendant que cette commande s'en servait",
        ),
        "vault_locked": Code(
            FetchError,
            "holder",
            "another command is using the vault",
            "une autre commande utilise le coffre",
            Sentence(
                "Another program is using this wallet. Please wait until it is done.",
                "Un autre programme utilise ce portefeuille. Attendez qu'il ait fini.",
            ),
        ),
        "vault_unavailable": Code(
            FetchError, "holder", "the vault cannot be read or written", "le coffre ne peut être lu ou écrit"
        ),
        "consent_mismatch": Code(
            VerificationError,
            "holder",
            "not the party that was agreed to beforehand",
            "ce n'est pas la partie acceptée d'avance",
        ),
        "no_copy_left": Code(
            VerificationError,
            "holder",
            "no copy is left to send to this party",
            "plus de copie à envoyer à ce demandeur",
            Sentence(
                "No fresh copy of this title is left. Please get new ones from its issuer.",
                "Il ne reste aucune copie neuve de ce titre. Demandez-en à qui l'a délivré.",
            ),
        ),
        "portrait_absent": Code(
            VerificationError, "holder", "the title holds no portrait", "le titre ne contient aucun portrait"
        ),
        "title_ambiguous": Code(
            VerificationError, "holder", "several titles here go by this name", "plusieurs titres d'ici portent ce nom"
        ),
        "title_not_held": Code(
            VerificationError,
            "holder",
            "no title here has this identifier",
            "aucun titre d'ici ne porte cet identifiant",
        ),
        "vault_exists": Code(
            VerificationError,
            "holder",
            "there is a vault here already",
            "il y a déjà un coffre ici",
            Sentence("There is a wallet here already.", "Il y a déjà un portefeuille ici."),
        ),
        "vault_exposed": Code(
            VerificationError,
            "holder",
            "the vault's folder is a link, somebody else's, or one that others may write to",
            "le dossier du coffre est un lien, à quelqu'un d'autre, ou d'autres peuvent y écrire",
        ),
        "vault_full": Code(
            VerificationError,
            "holder",
            "the vault cannot hold more",
            "le coffre ne peut contenir davantage",
            Sentence("The wallet is full.", "Le portefeuille est plein."),
        ),
    }
)
