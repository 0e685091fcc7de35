"""What the commands of the issuer say beside their answers, in English and in French: one language at once."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from didkit_fr.advice import language_of

__all__ = ["NOTES", "Note", "note"]


class Note(NamedTuple):
    """One sentence in both languages."""

    en: str
    fr: str


NOTES: Mapping[str, Note] = {
    "clock_taken": Note(
        "the clock of this machine was taken for right: didkit-issuer clock says more",
        "l'horloge de cette machine a été tenue pour juste : voir didkit-issuer clock",
    ),
    "closed_before": Note(
        "every offer and token of this title made before now is closed, also those that cannot be counted",
        "toute offre et tout jeton de ce titre créés avant cet instant sont fermés, même ceux qu'on ne peut compter",
    ),
    "nothing_issued": Note(
        "nothing was issued under this number that may still be valid: check it, and the title; the number is noted as "
        "revoked or suspended all the same",
        "rien n'a été délivré sous ce numéro qui puisse être encore valide : vérifiez-le, ainsi que le titre ; le "
        "numéro est tout de même noté comme révoqué ou suspendu",
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
        "{count} acts of the revocation log that the database did not have were done again: a command had been killed, "
        "or an older database put back",
        "{count} actes du journal des révocations qui manquaient à la base ont été refaits : une commande avait été "
        "tuée, ou une base plus ancienne remise en place",
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
        "the mark or the revocation log was lost: what was revoked or suspended after the backup is in force again; "
        "revoke it again from the authority's own records, then back up",
        "le repère ou le journal des révocations était perdu : ce qui a été révoqué ou suspendu après la sauvegarde "
        "est de nouveau en vigueur ; révoquez-le de nouveau d'après les dossiers de l'autorité, puis sauvegardez",
    ),
    "restore_replayed": Note(
        "{count} acts of the revocation log were done again that the database did not have",
        "{count} actes du journal des révocations ont été refaits, qui manquaient à la base",
    ),
    "root_away": Note(
        "put the root key away now: the service never needs it",
        "remettez la clé racine en lieu sûr : le service n'en a jamais besoin",
    ),
    "secret_missing": Note(
        "the register's secret is not there yet: serve and offer need it in {place}",
        "le secret du registre n'est pas encore là : serve et offer en ont besoin dans {place}",
    ),
}


def note(key: str, **values: object) -> str:
    """One note in the language of the environment."""
    sentence = NOTES[key]
    return (sentence.fr if language_of(os.environ) == "fr" else sentence.en).format(**values)
