"""What the wallet says, in English and French; the meaning of an error code is in `didkit_fr.errors.CODES`."""

from collections.abc import Mapping
from typing import NamedTuple

from didkit_fr.errors import CODES

__all__ = ["HINTS", "MISUSES", "TEXTS", "Misuse", "Text", "hint", "language_of", "meaning", "spoken", "text"]


class Text(NamedTuple):
    """One sentence in both languages."""

    en: str
    fr: str


class Misuse(Exception):  # noqa: N818 - not a failure of the program: the command was misused, exit status 2
    """A command used in a way it cannot serve; `key` is one of `MISUSES`, `detail` an option's or argument's name."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.detail = detail


HINTS: Mapping[str, Text] = {
    "access_denied": Text("nothing was sent, kept or destroyed", "rien n'a été envoyé, conservé ni détruit"),
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
        "the offer was used, has expired, or its code is wrong: ask for a new one",
        "l'offre a servi, a expiré, ou son code est faux : demandez-en une autre",
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

TEXTS: Mapping[str, Text] = {
    "ask_delete": Text(
        "destroy this title, its copies and their keys? Nobody is told",
        "détruire ce titre, ses copies et leurs clés ? Personne n'en est averti",
    ),
    "ask_clear": Text("destroy the whole log?", "détruire tout le journal ?"),
    "ask_new_passphrase": Text("new passphrase: ", "nouvelle phrase secrète : "),
    "ask_contact": Text("fetch the offer from there?", "y chercher l'offre ?"),
    "ask_offer": Text("offer link: ", "lien de l'offre : "),
    "ask_passphrase": Text("passphrase of the vault: ", "phrase secrète du coffre : "),
    "ask_passphrase_again": Text("the same again: ", "encore une fois : "),
    "ask_portrait": Text("send your portrait?", "envoyer votre portrait ?"),
    "ask_request": Text("request link: ", "lien de la demande : "),
    "ask_reuse": Text(
        "no fresh copy is left: send one that this same party has seen? It will recognise it",
        "plus de copie neuve : envoyer celle que ce même demandeur a déjà vue ? Il la reconnaîtra",
    ),
    "ask_send": Text("send this?", "envoyer ?"),
    "ask_sign": Text("sign this with your title's key?", "signer ceci avec la clé de votre titre ?"),
    "ask_store": Text("keep this title?", "conserver ce titre ?"),
    "ask_tx_code": Text("code given with the offer: ", "code remis avec l'offre : "),
    "biometric": Text(
        "a portrait leaves: whoever has it can recognise your face",
        "un portrait est envoyé : qui l'a peut reconnaître votre visage",
    ),
    "cannot_tell": Text("cannot tell", "indécidable"),
    "check_holder": Text("holder", "porteur"),
    "check_proof": Text("signature", "signature"),
    "check_status": Text("not revoked", "non révoqué"),
    "check_time": Text("in its time", "dans sa période de validité"),
    "check_trust": Text("issuer's right", "droit de l'émetteur"),
    "claims": Text("claims", "informations"),
    "copies": Text("copies left", "copies restantes"),
    "cleared": Text("log destroyed", "journal détruit"),
    "copy_spent": Text(
        "the copy may have arrived: it is spent, and goes to nobody else",
        "la copie a pu arriver : elle est dépensée et n'ira à personne d'autre",
    ),
    "deleted": Text("destroyed", "détruit"),
    "expired": Text("expired", "expiré"),
    "expires": Text("expires", "expire le"),
    "exported": Text("log exported", "journal exporté"),
    "holder_proven": Text("possession proven, to this request", "possession prouvée, pour cette demande"),
    "holder_unchecked": Text(
        "not checked: a proof for another request says nothing to you (--nonce, --client-id)",
        "non vérifié : une preuve pour une autre demande ne vous dit rien (--nonce, --client-id)",
    ),
    "holder_unproven": Text(
        "not proven: whoever has the file could show it", "non prouvé : qui a le fichier pourrait le montrer"
    ),
    "image": Text("(image, {size} bytes)", "(image, {size} octets)"),
    "initialised": Text("vault made", "coffre créé"),
    "insecure_loopback": Text(
        "warning: plain http to this machine is allowed: for demonstrations only",
        "attention : http en clair vers cette machine autorisé : démonstrations seulement",
    ),
    "interrupted": Text("interrupted", "interrompu"),
    "internal_error": Text("a fault of this program", "une faute de ce programme"),
    "issued": Text("issued", "délivré le"),
    "issuer": Text("issuer", "émetteur"),
    "its_words": Text(
        "the relying party refused; this is what it says, not this wallet",
        "le demandeur a refusé ; c'est lui qui le dit, non ce portefeuille",
    ),
    "leaves": Text("will be sent", "sera envoyé"),
    "log_deleted": Text("destroyed", "détruit"),
    "log_failed": Text("failed", "échoué"),
    "log_presented": Text("presented", "présenté"),
    "log_received": Text("received", "reçu"),
    "log_refused": Text("refused by you", "refusé par vous"),
    "long": Text("({size} characters)", "({size} caractères)"),
    "never": Text("never", "jamais"),
    "offer_address": Text("the offer lies at", "l'offre se trouve à"),
    "no": Text("no", "non"),
    "not_now": Text(
        "the issuer cannot answer now; the offer is not lost, trying again in",
        "l'émetteur ne peut répondre ; l'offre n'est pas perdue, nouvel essai dans",
    ),
    "nothing": Text("nothing", "rien"),
    "not_passed": Text("refused", "refusé"),
    "nothing_logged": Text("nothing of the kind happened", "rien de tel n'a eu lieu"),
    "nothing_held": Text("this wallet holds no title yet", "ce portefeuille ne contient encore aucun titre"),
    "offer_used": Text(
        "the offer was used and nothing could be collected: ask for a new one",
        "l'offre a servi et rien n'a pu être retiré : demandez-en une autre",
    ),
    "old_backups": Text(
        "copies of vault.sealed made before still open with the old passphrase: destroy them",
        "les copies de vault.sealed faites avant s'ouvrent encore avec l'ancienne phrase : détruisez-les",
    ),
    "passed": Text("passed", "conforme"),
    "passphrase_changed": Text("passphrase changed", "phrase secrète changée"),
    "portrait_written": Text("portrait written to", "portrait écrit dans"),
    "received": Text("received", "reçu le"),
    "redirect": Text("go on at", "continuez sur"),
    "report": Text("please report it, with this place", "signalez-la, avec cet endroit"),
    "sent": Text("sent", "envoyé"),
    "signer": Text("signed by", "signé par"),
    "signs": Text("will be signed in your name", "sera signé en votre nom"),
    "status_absent": Text("the credential has no status", "le titre n'a pas de statut"),
    "stays": Text("stays here", "reste ici"),
    "stored": Text("kept", "conservé"),
    "lendable": Text(
        "bound to nobody: whoever has this can show it as their own, or lend it; it proves that somebody has the title",
        "lié à personne : qui l'a peut le montrer comme sien, ou le prêter ; il prouve que quelqu'un a le titre",
    ),
    "technical_bearer": Text(
        "always sent too: type, issuer, day of validity; no key, no status, nothing that two uses share",
        "toujours envoyés aussi : type, émetteur, jour de validité ; ni clé, ni statut, rien de commun à deux usages",
    ),
    "technical": Text(
        "always sent too: type, issuer, validity, status, public key of this copy",
        "toujours envoyés aussi : type, émetteur, validité, statut, clé publique de cette copie",
    ),
    "title": Text("title", "titre"),
    "trusted": Text("trusted", "confiance"),
    "verdict_cannot_tell": Text("cannot tell", "indécidable"),
    "verdict_no": Text("not to be believed", "à ne pas croire"),
    "verdict_yes": Text("to be believed", "digne de foi"),
    "verifier": Text("asked by", "demandé par"),
    "warn_expired": Text("expired: it can be shown no more", "expiré : il ne peut plus être montré"),
    "warn_expires": Text("expires soon; days left: {days}", "expire bientôt ; jours restants : {days}"),
    "warn_few_copies": Text("unused copies left: {copies}", "copies neuves restantes : {copies}"),
    "warn_no_copy": Text("no unused copy is left", "plus aucune copie neuve"),
    "warning": Text("warning", "attention"),
    "yes": Text("yes", "oui"),
}


def language_of(environment: Mapping[str, str]) -> str:
    """The language to speak, "fr" or "en": the first of LC_ALL, LC_MESSAGES, LANG that is set (POSIX 8.2)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "fr" if value.lower().partition("_")[0].partition(".")[0] == "fr" else "en"
    return "en"


def text(key: str, language: str) -> str:
    """One sentence of `TEXTS`."""
    return spoken(TEXTS[key], language)


def meaning(code: str, language: str) -> str:
    """What an error code means."""
    known = CODES[code]
    return known.fr if language == "fr" else known.en


def hint(code: str, language: str) -> str | None:
    """What to do about an error code, where there is something to say."""
    return spoken(HINTS[code], language) if code in HINTS else None


def spoken(sentence: Text, language: str) -> str:
    """A sentence in one language."""
    return sentence.fr if language == "fr" else sentence.en
