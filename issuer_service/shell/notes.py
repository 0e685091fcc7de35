"""What the commands of the issuer say beside their answers, in English and in French: one language at once."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from didkit_fr.errors.code import Sentence
from didkit_fr.language import language_of

__all__ = ["HINTS", "NOTES", "Note", "hint", "meaning", "note", "spoken"]


class Note(NamedTuple):
    """One sentence in both languages, and how it reads of one where it counts."""

    en: str
    fr: str
    en_one: str = ""
    fr_one: str = ""


NOTES: Mapping[str, Note] = {
    "clock_taken": Note(
        "the clock of this machine was taken for right: didkit-issuer clock says more",
        "l'horloge de cette machine a été tenue pour juste : voir didkit-issuer clock",
    ),
    "closed_before": Note(
        "every offer and token of this title made before now under this number is closed, also those that cannot be "
        "counted",
        "toute offre et tout jeton de ce titre créés sous ce numéro avant cet instant sont fermés, même ceux qu'on ne "
        "peut compter",
    ),
    "no_copy": Note(
        "no copy was found under this number that may still be valid: check the number, and the title",
        "aucune copie qui puisse être encore valide n'a été trouvée sous ce numéro : vérifiez le numéro, et le titre",
    ),
    "renewed_bring": Note(
        "bring the changed files of the data folder to every host before the signers begin",
        "portez les fichiers modifiés du dossier de données sur chaque hôte avant l'entrée en service des signataires",
    ),
    "renewed_restart": Note(
        "start every host again before then: until it is, it signs as before",
        "redémarrez chaque hôte avant cette date : d'ici là, il signe comme avant",
    ),
    "replayed": Note(
        "{count} lines of the revocation log that the database did not have were done: a command had been killed, or "
        "an older database put back",
        "{count} lignes du journal des révocations qui manquaient à la base ont été exécutées : une commande avait été "
        "tuée, ou une base plus ancienne remise en place",
        "{count} line of the revocation log that the database did not have was done: a command had been killed, or an "
        "older database put back",
        "{count} ligne du journal des révocations qui manquait à la base a été exécutée : une commande avait été tuée, "
        "ou une base plus ancienne remise en place",
    ),
    "restore_begins": Note(
        "every open offer and token ends; status lists are closed and new ones opened; what the revocation log says is "
        "done again; copies issued after the backup are revoked",
        "toute offre et tout jeton encore ouverts prennent fin ; les listes de statuts sont closes et de nouvelles "
        "ouvertes ; ce que dit le journal des révocations est refait ; les copies délivrées après la sauvegarde sont "
        "révoquées",
    ),
    "restore_clock": Note(
        "nothing is forgotten until the clock is accepted: date && {command}",
        "rien n'est oublié tant que l'horloge n'est pas acceptée : date && {command}",
    ),
    "restore_done": Note(
        "whoever has an offer that was not redeemed, or a title issued after the backup, needs a new offer",
        "qui a une offre non utilisée, ou un titre délivré après la sauvegarde, a besoin d'une nouvelle offre",
    ),
    "restore_lost": Note(
        "the revocation log was lost, or a part of it: what was revoked or suspended after the backup may be in force "
        "again; revoke it again from the authority's own records, then back up",
        "le journal des révocations était perdu, en tout ou en partie : ce qui a été révoqué ou suspendu après la "
        "sauvegarde est peut-être de nouveau en vigueur ; révoquez-le de nouveau d'après les dossiers de l'autorité, "
        "puis sauvegardez",
    ),
    "restore_mark_lost": Note(
        "the mark was gone, and was written anew: all that the revocation log has is done, and it has all that the "
        "database knew of it; where both were put back from older copies, revoke again what was revoked since",
        "le repère avait disparu, il a été récrit : tout ce que contient le journal des révocations est exécuté, et il "
        "contient tout ce que la base en connaissait ; si l'un et l'autre venaient de copies plus anciennes, révoquez "
        "de nouveau ce qui l'a été depuis",
    ),
    "restore_replayed": Note(
        "{count} lines of the revocation log that the database did not have were done",
        "{count} lignes du journal des révocations qui manquaient à la base ont été exécutées",
        "{count} line of the revocation log that the database did not have was done",
        "{count} ligne du journal des révocations qui manquait à la base a été exécutée",
    ),
    "root_away": Note(
        "put the root key away now: the service never needs it",
        "remettez la clé racine en lieu sûr : le service n'en a jamais besoin",
    ),
    "signers_apart": Note(
        "each document type has a signer of its own: nothing was changed",
        "chaque type de document a son propre signataire : rien n'a été modifié",
    ),
    "signers_lacking": Note(
        "these document types have no signer of their own: {doctypes}; give them theirs, with the root: didkit-issuer "
        "migrate-signers",
        "ces types de document n'ont pas de signataire à eux : {doctypes} ; donnez-leur le leur, avec la racine : "
        "didkit-issuer migrate-signers",
    ),
    "secret_missing": Note(
        "the register's secret is not there yet: serve and offer need it in {place}",
        "le secret du registre n'est pas encore là : serve et offer en ont besoin dans {place}",
    ),
}


HINTS: Mapping[str, Note] = {
    "": Note(
        "the error's code is the word to look for in the documentation",
        "le code de l'erreur est le mot à chercher dans la documentation",
    ),
    "folder_unexpected": Note(
        "move what is named out of this folder; files that the settings name may lie here",
        "sortez de ce dossier ce qui est nommé ; les fichiers que nomment les réglages peuvent y être",
    ),
    "file_exists": Note(
        "nothing is ever overwritten: choose another place, or move what is there away",
        "rien n'est jamais écrasé : choisissez un autre endroit, ou déplacez ce qui s'y trouve",
    ),
    "issuer_unknown": Note(
        "the root is not the one in anchors.json: take the medium of this issuer",
        "la racine n'est pas celle d'anchors.json : prenez le support de cet émetteur",
    ),
    "file_unavailable": Note(
        "check that what is named is there, and that this user may read and write it",
        "vérifiez que ce qui est nommé existe, et que cet utilisateur peut le lire et l'écrire",
    ),
    "passphrase_wrong": Note(
        "type it again; if the file was changed, take it from a backup",
        "saisissez-la de nouveau ; si le fichier a été modifié, reprenez-le d'une sauvegarde",
    ),
    "plain_http_refused": Note(
        "use https, or --insecure-loopback to try things out on this machine",
        "utilisez https, ou --insecure-loopback pour des essais sur cette machine",
    ),
    "register_unavailable": Note(
        "is the register serving? if its answer was lost, the officer writes another ticket",
        "le registre est-il en service ? si sa réponse s'est perdue, l'agent établit un autre ticket",
    ),
    "root_key_exposed": Note(
        "move the root key to another machine or medium: the service must not be able to read it",
        "portez la clé racine sur une autre machine ou un autre support : le service ne doit pas pouvoir la lire",
    ),
    "settings_invalid": Note(
        "mend settings.toml in the data folder, or the option",
        "corrigez settings.toml dans le dossier de données, ou l'option",
    ),
    "state_misplaced": Note(
        "let the state folder, and what settings.toml names of it, lie outside the data folder",
        "placez le dossier d'état, et ce que settings.toml en nomme, hors du dossier de données",
    ),
    "storage_rewound": Note(
        "if it was put back from a backup on purpose: didkit-issuer restore",
        "si elle a été remise d'une sauvegarde à dessein : didkit-issuer restore",
    ),
    "title_not_suspendable": Note(
        "identification data can only be revoked", "les données d'identification ne peuvent qu'être révoquées"
    ),
    "storage_unavailable": Note(
        "another process may hold the database, or a file of the state folder: try again",
        "un autre processus tient peut-être la base, ou un fichier du dossier d'état : réessayez",
    ),
    "ticket_expired": Note("the officer writes another ticket", "l'agent établit un autre ticket"),
    "ticket_replayed": Note("the officer writes another ticket", "l'agent établit un autre ticket"),
}
"""What to do about an error, by its code; an error that knows more brings a hint of its own."""


def note(key: str, **values: object) -> str:
    """One note in the language of the environment."""
    sentence, count = NOTES[key], values.get("count")
    if _is_french():
        return (sentence.fr_one if count in (0, 1) else sentence.fr).format(**values)
    return (sentence.en_one if count == 1 else sentence.en).format(**values)


def meaning(code: str) -> str:
    """What an error's code means, in the language of the environment."""
    from issuer_service.shell.error_table import every_code  # noqa: PLC0415 - slow import, needed where one fails

    known = every_code()[code]
    return known.fr if _is_french() else known.en


def hint(code: str) -> str:
    """What to do about an error, in the language of the environment."""
    sentence = HINTS.get(code, HINTS[""])
    return sentence.fr if _is_french() else sentence.en


def spoken(sentence: Sentence, **values: object) -> str:
    """A sentence with its values, in the language of the environment."""
    return (sentence.fr if _is_french() else sentence.en).format(**values)


def _is_french() -> bool:
    return language_of(os.environ) == "fr"
