"""All that the pages say, in both languages; what belongs to a title is in the title's own table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["TEXTS", "Texts"]

Texts: TypeAlias = Mapping[str, str]

_FR: Texts = {
    "skip": "Aller au contenu",
    "nav": "Pages de ce service",
    "start": "Accueil",
    "titles": "Titres délivrés",
    "start_heading": "Des titres d'identité pour votre portefeuille",
    "start_lead": "Ce service délivre des titres d'identité numériques. Vous les gardez sur votre propre machine, et "
    "vous montrez à chaque fois le seul fait qui est demandé.",
    "trial": "Ce service parle en clair à cette machine seulement : il est là pour des essais.",
    "how": "Comment recevoir un titre",
    "how_1": "Au guichet, un agent vérifie votre identité et prépare une offre à votre nom.",
    "how_2": "L'offre vous arrive par un lien ou un code QR. Son code de transaction vous arrive par un autre "
    "chemin : qui a les deux a le titre.",
    "how_3": "Votre portefeuille demande le titre, vérifie qui l'a signé, et vous montre ce qu'il contient avant "
    "de le garder.",
    "how_4": "Quand un tiers demande à voir quelque chose, vous lisez qui demande et quoi, puis vous acceptez ou non.",
    "kept": "Ce que ce service garde de vous",
    "kept_text": "Aucun attribut d'identité. Le registre est interrogé au moment de signer ; le service signe, puis "
    "oublie. Votre offre y attend scellée, et son lien seul l'ouvre. Ensuite il reste de quoi révoquer un "
    "titre, sans nom ni date de naissance.",
    "see_titles": "Voir les titres délivrés ici et ce qu'ils contiennent",
    "titles_heading": "Titres délivrés ici",
    "titles_lead": "Chaque titre avec ses attributs. Un titre en montre un seul, ou plusieurs, ou aucun : vous "
    "choisissez.",
    "formats": "Formats",
    "validity": "Chaque exemplaire est valable",
    "day": "{} jour",
    "days": "{} jours",
    "ends": "Fin anticipée",
    "suspendable": "révocation, ou suspension pour un temps",
    "revocable": "révocation, définitive",
    "attributes": "Attributs",
    "attribute": "Attribut",
    "claim": "Nom technique",
    "presence": "Présence",
    "always": "toujours",
    "one_of": "au moins un : {}",
    "if_known": "si le registre le connaît",
    "offer_heading": "Une offre pour vous : {}",
    "offer_lead": "Ce code et ce lien sont un secret : ne les montrez à personne. Ils servent une seule fois, et cette "
    "page ne s'ouvre qu'une fois.",
    "until": "Valable jusqu'à",
    "qr_alt": "Code QR de l'offre, à lire avec votre portefeuille",
    "tx_code": "Votre portefeuille demandera un code de transaction. Il n'est pas sur cette page : l'agent vous le "
    "donne par un autre chemin.",
    "here": "Avec un portefeuille sur cet appareil",
    "open": "Ouvrir dans le portefeuille",
    "terminal": "Avec le portefeuille en ligne de commande",
    "paste": "Lancez cette commande, puis collez le lien ci-dessous quand elle le demande. Le lien n'est jamais un "
    "argument : les autres programmes voient les arguments.",
    "link": "Le lien de l'offre",
    "image": "Ou enregistrez l'image du code QR, et donnez le fichier :",
    "missing_heading": "Cette offre n'est pas ici",
    "missing_text": "Elle a servi, elle a expiré, elle n'a jamais existé, ou sa page a déjà été ouverte : elle ne "
    "s'ouvre qu'une fois. Un agent peut préparer une autre offre.",
}

_EN: Texts = {
    "skip": "Skip to content",
    "nav": "Pages of this service",
    "start": "Start",
    "titles": "Titles issued",
    "start_heading": "Identity titles for your wallet",
    "start_lead": "This service issues digital identity titles. You keep them on your own machine, and each time you "
    "show the one fact that is asked for.",
    "trial": "This service speaks in the clear to this machine only: it is here for trying things out.",
    "how": "How to receive a title",
    "how_1": "At the counter, an officer checks who you are and prepares an offer in your name.",
    "how_2": "The offer reaches you as a link or a QR code. Its transaction code reaches you by another way: "
    "whoever has both has the title.",
    "how_3": "Your wallet asks for the title, checks who signed it, and shows you what it says before keeping it.",
    "how_4": "When someone asks to see something, you read who asks and for what, and then you agree or not.",
    "kept": "What this service keeps of you",
    "kept_text": "No identity attribute. The register is asked at the moment of signing; the service signs, and "
    "forgets. Until then your offer waits here sealed, and its link alone opens it. Afterwards what "
    "revoking a title needs is left, with no name and no birth date.",
    "see_titles": "See the titles issued here and what they say",
    "titles_heading": "Titles issued here",
    "titles_lead": "Each title with its attributes. You show one of them, or several: you choose.",
    "formats": "Formats",
    "validity": "Each copy is valid for",
    "day": "{} day",
    "days": "{} days",
    "ends": "Ended early by",
    "suspendable": "revocation, or suspension for a time",
    "revocable": "revocation, for ever",
    "attributes": "Attributes",
    "attribute": "Attribute",
    "claim": "Technical name",
    "presence": "Present",
    "always": "always",
    "one_of": "at least one: {}",
    "if_known": "if the register knows it",
    "offer_heading": "An offer for you: {}",
    "offer_lead": "This code and this link are a secret: show them to nobody. They are good once, and this page opens "
    "once.",
    "until": "Good until",
    "qr_alt": "QR code of the offer, to be read by your wallet",
    "tx_code": "Your wallet will ask for a transaction code. It is not on this page: the officer gives it to you by "
    "another way.",
    "here": "With a wallet on this device",
    "open": "Open in the wallet",
    "terminal": "With the wallet in a terminal",
    "paste": "Start this command, then paste the link below when it asks for it. The link is never an argument: "
    "other programs see arguments.",
    "link": "The offer's link",
    "image": "Or save the picture of the QR code, and give the file:",
    "missing_heading": "This offer is not here",
    "missing_text": "It was used, it has expired, it never was, or this page was opened before: it opens once. "
    "An officer can prepare another offer.",
}

TEXTS: Mapping[str, Texts] = MappingProxyType({"fr": MappingProxyType(_FR), "en": MappingProxyType(_EN)})
