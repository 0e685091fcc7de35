"""What the wallet says where something is wrong, in English and French; `texts` holds the rest.

The meaning of an error code is in `wallet_cli.codes` or, for one of the library's, in `didkit_fr.error_table`.
"""

from collections.abc import Mapping

from didkit_fr.errors import ProtocolError
from didkit_fr.errors.code import Code
from didkit_fr.language import language_of
from wallet_cli.codes import CODES
from wallet_cli.texts import TEXTS, Text

__all__ = [
    "HINTS",
    "MISUSES",
    "OWN_DETAILS",
    "TEXTS",
    "Declined",
    "Misuse",
    "Text",
    "hint",
    "language_of",
    "meaning",
    "row",
    "spoken",
    "text",
]


class Misuse(Exception):  # noqa: N818 - not a failure of the program: the command was misused, exit status 2
    """A command used in a way it cannot serve; `key` is one of `MISUSES`, `detail` an option's or argument's name."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.detail = detail


class Declined(ProtocolError):  # noqa: N818 - not a failure: the citizen said no
    """The citizen's own no, `access_denied`; `left` is the sentence of `TEXTS` that says how things stand after it."""

    def __init__(self, left: str) -> None:
        super().__init__("access_denied")
        self.left = left


OWN_DETAILS = frozenset(
    {
        "base64url_invalid",
        "credential_file_malformed",
        "fetch_refused_address",
        "fetch_too_large",
        "file_unavailable",
        "file_unreadable",
        "image_unreadable",
        "passphrase_too_short",
        "qr_code_several",
        "sealed_malformed",
        "title_ambiguous",
        "vault_exposed",
        "vault_full",
        "vault_unavailable",
    }
)
"""The codes whose details are always this program's own words; the details of all others may be words of others."""

NOT_NOW = Text(
    "try again in a few minutes: with the same offer, or with a new request",
    "réessayez dans quelques minutes : avec la même offre, ou avec une nouvelle demande",
)

HINTS: Mapping[str, Text] = {
    # Of the other party: after a no of the citizen's own, `Declined` says what is left.
    "access_denied": Text("the other party refused: ask it why", "l'autre partie a refusé : demandez-lui pourquoi"),
    "anchors_malformed": Text(
        "ask the authority for its anchors file again", "redemandez à l'autorité son fichier d'ancres"
    ),
    "consent_mismatch": Text(
        "nothing was sent or kept: look who asks before agreeing to it",
        "rien n'a été envoyé ni conservé : regardez qui demande avant d'accepter",
    ),
    "credential_file_malformed": Text(
        "a credential or a presentation is expected, alone in its file",
        "un titre ou une présentation est attendu, seul dans son fichier",
    ),
    "file_exists": Text("give another name; nothing was changed", "donnez un autre nom ; rien n'a changé"),
    "file_unavailable": Text(
        "check the folder, its rights and the free space", "vérifiez le dossier, ses droits et l'espace libre"
    ),
    "image_unreadable": Text(
        "save the picture of the code as PNG or JPEG", "enregistrez l'image du code en PNG ou JPEG"
    ),
    "offer_uri_invalid": Text(
        "an offer begins with openid-credential-offer: ; what begins with openid4vp: is for `didkit-wallet present`",
        "une offre commence par openid-credential-offer: ; ce qui commence par openid4vp: va à `didkit-wallet present`",
    ),
    "qr_code_missing": Text("take the picture again, straight and near", "reprenez la photo, de face et de près"),
    "qr_code_several": Text("cut the picture down to the code that is meant", "recadrez l'image sur le code voulu"),
    "request_link_invalid": Text(
        "a request begins with openid4vp: ; an offer is for `didkit-wallet receive`",
        "une demande commence par openid4vp: ; une offre va à `didkit-wallet receive`",
    ),
    # Of a relying party and of an issuer: each says with what one goes on.
    "server_error": NOT_NOW,
    "temporarily_unavailable": NOT_NOW,
    "title_ambiguous": Text(
        "give more of the identifier that `didkit-wallet list` shows",
        "donnez davantage de l'identifiant que montre `didkit-wallet list`",
    ),
    "vault_full": Text(
        "delete titles that are of no more use: `didkit-wallet delete ID`; nothing was changed",
        "supprimez des titres devenus inutiles : `didkit-wallet delete ID` ; rien n'a changé",
    ),
    "certificate_expired": Text(
        "check this machine's date; if it is right, the other party must renew its certificate",
        "vérifiez la date de cette machine ; si elle est juste, l'autre partie doit renouveler son certificat",
    ),
    "certificate_not_yet_valid": Text("check this machine's date", "vérifiez la date de cette machine"),
    "fetch_failed": Text("check the connection and try again", "vérifiez la connexion et réessayez"),
    "fetch_refused_address": Text(
        "only public https addresses are contacted; for a demonstration, `didkit-wallet init --insecure-loopback`",
        "seules les adresses https publiques sont contactées ; en démonstration, "
        "`didkit-wallet init --insecure-loopback`",
    ),
    "fetch_status": Text("try again in a few minutes", "réessayez dans quelques minutes"),
    "fetch_timeout": Text("try again in a few minutes", "réessayez dans quelques minutes"),
    "file_unreadable": Text("check its path and who may read it", "vérifiez son chemin et ses droits de lecture"),
    "invalid_grant": Text(
        "if the code that came with the offer was wrong, try again with the same offer; "
        "if it was right, the offer was used or has expired: ask for a new one",
        "si le code remis avec l'offre était faux, réessayez avec la même offre ; "
        "s'il était juste, l'offre a servi ou a expiré : demandez-en une autre",
    ),
    "issuer_unknown": Text(
        "it is not among the anchors given to `didkit-wallet init`: do not go on unless you know why",
        "absent des ancres données à `didkit-wallet init` : n'allez pas plus loin sans savoir pourquoi",
    ),
    "no_copy_left": Text(
        "ask the issuer for a new offer, then `didkit-wallet receive`",
        "demandez une nouvelle offre à l'émetteur, puis `didkit-wallet receive`",
    ),
    "nothing_matches": Text(
        "`didkit-wallet list` shows what this wallet holds; nothing was sent",
        "`didkit-wallet list` montre ce que contient ce portefeuille ; rien n'a été envoyé",
    ),
    "passphrase_too_short": Text(
        "take four or five words, drawn at random", "prenez quatre ou cinq mots tirés au hasard"
    ),
    "passphrase_wrong": Text(
        "nothing was lost: try again; if it still fails, restore your backup of vault.sealed",
        "rien n'est perdu : réessayez ; si l'échec persiste, restaurez votre sauvegarde de vault.sealed",
    ),
    "sealed_malformed": Text(
        "restore your backup of vault.sealed; this program did not change the file",
        "restaurez votre sauvegarde de vault.sealed ; ce programme n'a pas modifié le fichier",
    ),
    "title_not_held": Text(
        "`didkit-wallet list` shows the identifiers", "`didkit-wallet list` montre les identifiants"
    ),
    "vault_absent": Text(
        "make one: didkit-wallet init --anchors anchors.json", "créez-en un : didkit-wallet init --anchors anchors.json"
    ),
    "vault_changed": Text(
        "nothing was sent; run the command again, and no other beside it",
        "rien n'a été envoyé ; relancez la commande, et aucune autre à côté",
    ),
    "vault_exposed": Text(
        "name the folder itself, make it yours and close it to others: chmod go-w DIR",
        "nommez le dossier lui-même, qu'il soit à vous et fermé aux autres : chmod go-w DIR",
    ),
    "vault_exists": Text(
        "take another folder: --vault DIR; nothing was changed",
        "prenez un autre dossier : --vault DIR ; rien n'a changé",
    ),
    "vault_locked": Text("wait until the other command ends", "attendez la fin de l'autre commande"),
    "vault_unavailable": Text(
        "check the folder, its rights and the free space; the vault is as it was",
        "vérifiez le dossier, ses droits et l'espace libre ; le coffre est resté tel quel",
    ),
}

MISUSES: Mapping[str, tuple[Text, Text]] = {
    "offer_argument": (
        Text("an offer is a secret: it is not taken as an argument", "une offre est secrète : pas en argument"),
        Text(
            "give it on standard input or as a QR code: didkit-wallet receive < offer.txt",
            "donnez-la sur l'entrée standard ou en code QR : didkit-wallet receive < offre.txt",
        ),
    ),
    "empty_input": (
        Text("nothing was given on standard input", "rien n'a été donné sur l'entrée standard"),
        Text("the link goes there, on one line", "le lien y va, sur une ligne"),
    ),
    "input_unusable": (
        Text("what was given is too long or is not text", "ce qui a été donné est trop long ou n'est pas du texte"),
        Text("one line is expected", "une ligne est attendue"),
    ),
    "descriptor_unreadable": (
        Text("this file descriptor cannot be read", "ce descripteur de fichier ne peut être lu"),
        Text("for example: --passphrase-fd 3 3< FILE", "par exemple : --passphrase-fd 3 3< FICHIER"),
    ),
    "no_terminal": (
        Text("there is no terminal to ask a question on", "il n'y a pas de terminal où poser la question"),
        Text(
            "in a script, answer beforehand: --yes with --verifier or --issuer, --reuse, --send-portrait, "
            "--passphrase-fd N, --tx-code-fd N",
            "dans un script, répondez d'avance : --yes avec --verifier ou --issuer, --reuse, --send-portrait, "
            "--passphrase-fd N, --tx-code-fd N",
        ),
    ),
    "tx_code_unusable": (
        Text("the code is not of the shape that the offer says", "le code n'a pas la forme que dit l'offre"),
        Text(
            "it was not sent, and the offer is as it was: look at the code again",
            "il n'a pas été envoyé, et l'offre est telle quelle : revoyez le code",
        ),
    ),
    "passphrases_differ": (
        Text("the two passphrases differ", "les deux phrases secrètes diffèrent"),
        Text("nothing was changed: try again", "rien n'a changé : réessayez"),
    ),
    "yes_without_verifier": (
        Text("--yes agrees to nobody in particular", "--yes n'accepte personne en particulier"),
        Text(
            "say to whom: --yes --verifier CLIENT_ID, in full as `didkit-wallet present` shows it",
            "dites à qui : --yes --verifier CLIENT_ID, en entier comme `didkit-wallet present` le montre",
        ),
    ),
    "yes_without_issuer": (
        Text("--yes agrees to nobody in particular", "--yes n'accepte personne en particulier"),
        Text(
            "say from whom: --yes --issuer URL, as `didkit-wallet receive` shows it",
            "dites de qui : --yes --issuer URL, comme `didkit-wallet receive` le montre",
        ),
    ),
    "link_twice": (
        Text("a link and a QR code were both given", "un lien et un code QR ont été donnés ensemble"),
        Text("give one of them", "donnez l'un des deux"),
    ),
    "qr_unavailable": (
        Text("what reads images is not installed", "il manque de quoi lire les images"),
        Text("install zxing-cpp and pillow, or give the link", "installez zxing-cpp et pillow, ou donnez le lien"),
    ),
    "date_unusable": (
        Text("not a day", "n'est pas un jour"),
        Text("for example: --since 2026-09-21", "par exemple : --since 2026-09-21"),
    ),
    "clear_filtered": (
        Text("the log is cleared as a whole", "le journal s'efface en entier"),
        Text("leave out --since, --type and --verifier", "retirez --since, --type et --verifier"),
    ),
    "answering_halved": (
        Text("--nonce and --client-id go together", "--nonce et --client-id vont ensemble"),
        Text("both stand in the request that was answered", "les deux sont dans la demande à laquelle on a répondu"),
    ),
    # What is wrong with a command line; what was typed is not repeated, for it may be a secret in the wrong place.
    "command_missing": (
        Text("a command is missing", "il manque une commande"),
        Text("didkit-wallet --help", "didkit-wallet --help"),
    ),
    "command_unknown": (
        Text("there is no such command", "cette commande n'existe pas"),
        Text("didkit-wallet --help", "didkit-wallet --help"),
    ),
    "option_unknown": (
        Text("there is no such option", "cette option n'existe pas"),
        Text("didkit-wallet COMMAND --help", "didkit-wallet COMMANDE --help"),
    ),
    "argument_surplus": (
        Text("there is an argument too many", "il y a un argument de trop"),
        Text("didkit-wallet COMMAND --help", "didkit-wallet COMMANDE --help"),
    ),
    "argument_missing": (
        Text("something is missing", "il manque quelque chose"),
        Text("didkit-wallet COMMAND --help", "didkit-wallet COMMANDE --help"),
    ),
    "argument_unusable": (
        Text("a value that cannot be used", "une valeur inutilisable"),
        Text("didkit-wallet COMMAND --help", "didkit-wallet COMMANDE --help"),
    ),
    "not_understood": (
        Text("not understood", "incompris"),
        Text("didkit-wallet --help", "didkit-wallet --help"),
    ),
}


def text(key: str, language: str) -> str:
    """One sentence of `TEXTS`."""
    return spoken(TEXTS[key], language)


def meaning(code: str, language: str) -> str:
    """What an error code means."""
    known = row(code)
    return known.fr if language == "fr" else known.en


def row(code: str) -> Code:
    """The row of an error code in its table, the wallet's own or the library's."""
    if code in CODES:
        return CODES[code]
    from didkit_fr import error_table  # noqa: PLC0415 - slow import, needed where something fails

    return error_table.CODES[code]


def hint(code: str, language: str) -> str | None:
    """What to do about an error code, where there is something to say."""
    return spoken(HINTS[code], language) if code in HINTS else None


def spoken(sentence: Text, language: str) -> str:
    """A sentence in one language."""
    return sentence.fr if language == "fr" else sentence.en
