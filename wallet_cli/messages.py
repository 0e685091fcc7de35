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
    """A command used in a way it cannot serve; `key` is one of `MISUSES`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


HINTS: Mapping[str, Text] = {
    "access_denied": Text("nothing was sent, kept or destroyed", "rien n'a été envoyé, conservé ni détruit"),
    "anchors_malformed": Text(
        "ask the authority for its anchors file again", "redemandez à l'autorité son fichier d'ancres"
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
            "give it on standard input: didkit-wallet receive < offer.txt",
            "donnez-la sur l'entrée standard : didkit-wallet receive < offre.txt",
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
            "in a script, answer beforehand: --yes, --reuse, --passphrase-fd N, --tx-code-fd N",
            "dans un script, répondez d'avance : --yes, --reuse, --passphrase-fd N, --tx-code-fd N",
        ),
    ),
    "passphrases_differ": (
        Text("the two passphrases differ", "les deux phrases secrètes diffèrent"),
        Text("nothing was made: try again", "rien n'a été créé : réessayez"),
    ),
}

TEXTS: Mapping[str, Text] = {
    "ask_delete": Text(
        "destroy this title, its copies and their keys? Nobody is told",
        "détruire ce titre, ses copies et leurs clés ? Personne n'en est averti",
    ),
    "ask_contact": Text("fetch the offer from there?", "y chercher l'offre ?"),
    "ask_offer": Text("offer link: ", "lien de l'offre : "),
    "ask_passphrase": Text("passphrase of the vault: ", "phrase secrète du coffre : "),
    "ask_passphrase_again": Text("the same again: ", "encore une fois : "),
    "ask_request": Text("request link: ", "lien de la demande : "),
    "ask_reuse": Text(
        "no fresh copy is left: send one that this same party has seen? It will recognise it",
        "plus de copie neuve : envoyer celle que ce même demandeur a déjà vue ? Il la reconnaîtra",
    ),
    "ask_send": Text("send this?", "envoyer ?"),
    "ask_store": Text("keep this title?", "conserver ce titre ?"),
    "ask_tx_code": Text("code given with the offer: ", "code remis avec l'offre : "),
    "biometric": Text(
        "a portrait leaves: whoever has it can recognise your face",
        "un portrait est envoyé : qui l'a peut reconnaître votre visage",
    ),
    "claims": Text("claims", "informations"),
    "copies": Text("copies left", "copies restantes"),
    "deleted": Text("destroyed", "détruit"),
    "expired": Text("expired", "expiré"),
    "expires": Text("expires", "expire le"),
    "image": Text("(image, {size} bytes)", "(image, {size} octets)"),
    "initialised": Text("vault made", "coffre créé"),
    "insecure_loopback": Text(
        "warning: plain http to this machine is allowed: for demonstrations only",
        "attention : http en clair vers cette machine autorisé : démonstrations seulement",
    ),
    "interrupted": Text("interrupted", "interrompu"),
    "internal_error": Text("a fault of this program", "une faute de ce programme"),
    "issuer": Text("issuer", "émetteur"),
    "leaves": Text("will be sent", "sera envoyé"),
    "long": Text("({size} characters)", "({size} caractères)"),
    "never": Text("never", "jamais"),
    "offer_address": Text("the offer lies at", "l'offre se trouve à"),
    "no": Text("no", "non"),
    "not_now": Text(
        "the issuer cannot answer now; the offer is not lost, trying again in",
        "l'émetteur ne peut répondre ; l'offre n'est pas perdue, nouvel essai dans",
    ),
    "nothing": Text("nothing", "rien"),
    "nothing_held": Text("this wallet holds no title yet", "ce portefeuille ne contient encore aucun titre"),
    "offer_used": Text(
        "the offer was used and nothing could be collected: ask for a new one",
        "l'offre a servi et rien n'a pu être retiré : demandez-en une autre",
    ),
    "received": Text("received", "reçu le"),
    "redirect": Text("go on at", "continuez sur"),
    "report": Text("please report it, with this place", "signalez-la, avec cet endroit"),
    "sent": Text("sent", "envoyé"),
    "signer": Text("signed by", "signé par"),
    "stays": Text("stays here", "reste ici"),
    "stored": Text("kept", "conservé"),
    "technical": Text(
        "always sent too: type, issuer, validity, status, public key of this copy",
        "toujours envoyés aussi : type, émetteur, validité, statut, clé publique de cette copie",
    ),
    "title": Text("title", "titre"),
    "trusted": Text("trusted", "confiance"),
    "verifier": Text("asked by", "demandé par"),
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
