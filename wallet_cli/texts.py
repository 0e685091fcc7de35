"""What the wallet says where nothing is wrong, in English and French."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["TEXTS", "Text"]


class Text(NamedTuple):
    """One sentence in both languages."""

    en: str
    fr: str


TEXTS: Mapping[str, Text] = {
    "ask_delete": Text(
        "destroy this title, its copies and their keys? Nobody is told",
        "détruire ce titre, ses copies et leurs clés ? Personne n'en est averti",
    ),
    "ask_clear": Text("destroy the whole log?", "détruire tout le journal ?"),
    "ask_new_passphrase": Text("new passphrase: ", "nouvelle phrase secrète : "),
    "ask_contact": Text(
        "contact it? Who answers there learns your network address",
        "le contacter ? Qui y répond apprendra votre adresse réseau",
    ),
    "answer_plainly": Text(
        "that is neither yes nor no: answer y or n; Enter alone is no",
        "ce n'est ni oui ni non : répondez o ou n ; Entrée seule vaut non",
    ),
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
    "ask_tx_code": Text("code given with the offer{shape}: ", "code remis avec l'offre{shape} : "),
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
    "check_type": Text("as its type demands", "conforme à son type"),
    "characters": Text("characters", "caractères"),
    "claims": Text("claims", "informations"),
    "copies": Text("copies left", "copies restantes"),
    "cleared": Text("log destroyed", "journal détruit"),
    "could_not_check": Text(
        "the relying party could not judge the answer; that says nothing of your title",
        "le demandeur n'a pas pu juger la réponse ; cela ne dit rien de votre titre",
    ),
    "copy_spent": Text(
        "the copy may have arrived: it is spent, and goes to nobody else",
        "la copie a pu arriver : elle est dépensée et n'ira à personne d'autre",
    ),
    "deleted": Text("destroyed", "détruit"),
    "digits": Text("digits", "chiffres"),
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
    "never": Text("never", "jamais"),
    "offer_address": Text("the offer lies at", "l'offre se trouve à"),
    "no": Text("no", "non"),
    "not_now": Text(
        "the issuer cannot answer now; the offer is not lost, trying again in",
        "l'émetteur ne peut répondre ; l'offre n'est pas perdue, nouvel essai dans",
    ),
    "nothing": Text("nothing", "rien"),
    "nothing_done": Text("nothing was sent, kept or destroyed", "rien n'a été envoyé, conservé ni détruit"),
    "offer_used": Text(
        "nothing was kept, and this offer is used: ask for a new one",
        "rien n'a été conservé, et cette offre a servi : demandez-en une autre",
    ),
    "tx_code_again": Text(
        "the code is not of the shape that the offer says; it was not sent: type it again",
        "le code n'a pas la forme que dit l'offre ; il n'a pas été envoyé : retapez-le",
    ),
    "not_passed": Text("refused", "refusé"),
    "nothing_logged": Text("nothing of the kind happened", "rien de tel n'a eu lieu"),
    "nothing_held": Text("this wallet holds no title yet", "ce portefeuille ne contient encore aucun titre"),
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
    "type_unknown": Text(
        "not checked: the rules of this type are not known here",
        "non vérifié : les règles de ce type sont inconnues ici",
    ),
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
    "unknown_title": Text("another title", "un autre titre"),
    "detail": Text("which, in the words of others", "lequel, avec les mots d'autrui"),
    "names_itself": Text(
        "the link says that this party asks (not proven yet)", "le lien dit que ceci demande (rien ne le prouve encore)"
    ),
    "request_address": Text(
        "the request lies at; who answers there learns your network address",
        "la demande se trouve à ; qui y répond apprendra votre adresse réseau",
    ),
    "posts_abilities": Text(
        "what this kind of wallet can do is posted there; it is the same for all of them",
        "ce que sait faire ce genre de portefeuille y est envoyé ; c'est le même pour tous",
    ),
    "ask_contact_request": Text("fetch the request from there?", "y chercher la demande ?"),
    "answer_address": Text("the answer goes to", "la réponse va à"),
    "lacks": Text(
        "told too, for the asker liked this better: your title does not have",
        "dit aussi, car le demandeur l'aurait préféré : votre titre n'a pas",
    ),
    "not_held": Text(
        "told too, for the asker liked this better: this wallet does not show",
        "dit aussi, car le demandeur l'aurait préféré : ce portefeuille ne montre pas",
    ),
    "offer_words": Text(
        "the offer says of its code; these are not the wallet's words",
        "l'offre dit de son code ; ce ne sont pas les mots du portefeuille",
    ),
    "offer_waiting": Text(
        "an offer was begun and did not end; to go on, give it again or nothing; it is of",
        "une offre commencée n'est pas finie ; pour continuer, redonnez-la ou ne donnez rien ; elle est de",
    ),
    "going_on": Text("going on with the offer that was begun", "l'offre commencée continue"),
    "token_ended": Text(
        "the time to collect this title is over: ask for a new offer",
        "le temps pour retirer ce titre est passé : demandez une nouvelle offre",
    ),
    "copies_void": Text(
        "the issuer says that these copies are void: they are not kept, others are collected",
        "l'émetteur dit que ces copies sont nulles : elles ne sont pas conservées, d'autres sont retirées",
    ),
    "offer_begun": Text(
        "an offer was begun and did not end: go on with `didkit-wallet receive`",
        "une offre commencée n'est pas finie : continuez avec `didkit-wallet receive`",
    ),
    "left_waiting": Text(
        "nothing is lost yet: `didkit-wallet receive` goes on, with the same offer or with nothing; "
        "after some minutes it is too late: ask for a new one then",
        "rien n'est encore perdu : `didkit-wallet receive` continue, avec la même offre ou sans rien ; "
        "après quelques minutes il est trop tard : demandez-en alors une autre",
    ),
    "token_unknown": Text(
        "whether the offer was used is not known: give it again; "
        "if it is refused then, its only answer was lost: ask for a new one",
        "on ne sait pas si l'offre a servi : redonnez-la ; "
        "si elle est alors refusée, sa seule réponse s'est perdue : demandez-en une autre",
    ),
    "unconfirmed": Text(
        "kept, but not confirmed by the issuer; if the title is refused where you show it, ask for a new one",
        "conservé, mais non confirmé par l'émetteur ; si le titre est refusé là où vous le montrez, "
        "demandez-en un autre",
    ),
}
