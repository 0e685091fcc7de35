"""Places by their INSEE code (code officiel géographique): real communes and countries, with each kind of code.

A commune's code is not a number: Corsica has letters, overseas a department of three figures. A birth abroad has the
country's code, 99 and three figures, and no commune.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.errors import ParseError

__all__ = ["COMMUNES", "COUNTRIES", "Commune", "birth_place"]


class Commune(NamedTuple):
    """A commune: its name as the code spells it, and a postal code."""

    name: str
    postal: str


COMMUNES: Mapping[str, Commune] = MappingProxyType(
    {
        "06088": Commune("Nice", "06000"),
        "13201": Commune("Marseille 1er Arrondissement", "13001"),
        "14118": Commune("Caen", "14000"),
        "17300": Commune("La Rochelle", "17000"),
        "21231": Commune("Dijon", "21000"),
        "25056": Commune("Besançon", "25000"),
        "29019": Commune("Brest", "29200"),
        "29232": Commune("Quimper", "29000"),
        "30189": Commune("Nîmes", "30000"),
        "31555": Commune("Toulouse", "31000"),
        "33063": Commune("Bordeaux", "33000"),
        "34172": Commune("Montpellier", "34000"),
        "35238": Commune("Rennes", "35000"),
        "38185": Commune("Grenoble", "38000"),
        "42218": Commune("Saint-Étienne", "42000"),
        "44109": Commune("Nantes", "44000"),
        "49007": Commune("Angers", "49000"),
        "51454": Commune("Reims", "51100"),
        "54395": Commune("Nancy", "54000"),
        "57463": Commune("Metz", "57000"),
        "59350": Commune("Lille", "59000"),
        "63113": Commune("Clermont-Ferrand", "63000"),
        "64445": Commune("Pau", "64000"),
        "67482": Commune("Strasbourg", "67000"),
        "68224": Commune("Mulhouse", "68100"),
        "69383": Commune("Lyon 3e Arrondissement", "69003"),
        "72181": Commune("Le Mans", "72000"),
        "75113": Commune("Paris 13e Arrondissement", "75013"),
        "76351": Commune("Le Havre", "76600"),
        "80829": Commune("Y", "80190"),
        "86194": Commune("Poitiers", "86000"),
        "91228": Commune("Évry-Courcouronnes", "91000"),
        "94038": Commune("L'Haÿ-les-Roses", "94240"),
        "2A004": Commune("Ajaccio", "20000"),
        "2A247": Commune("Porto-Vecchio", "20137"),
        "2B033": Commune("Bastia", "20200"),
        "2B096": Commune("Corte", "20250"),
        "97105": Commune("Basse-Terre", "97100"),
        "97209": Commune("Fort-de-France", "97200"),
        "97302": Commune("Cayenne", "97300"),
        "97411": Commune("Saint-Denis", "97400"),
        "97611": Commune("Mamoudzou", "97600"),
        "98735": Commune("Papeete", "98714"),
        "98818": Commune("Nouméa", "98800"),
    }
)

# The code's countries, to ISO 3166-1 alpha-2 (XK, for Kosovo, is a user-assigned code).
COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "99109": "DE",
        "99122": "PL",
        "99127": "IT",
        "99131": "BE",
        "99132": "GB",
        "99134": "ES",
        "99139": "PT",
        "99140": "CH",
        "99155": "UA",
        "99157": "XK",
        "99205": "LB",
        "99208": "TR",
        "99212": "AF",
        "99216": "CN",
        "99223": "IN",
        "99234": "KH",
        "99243": "VN",
        "99322": "CM",
        "99326": "CI",
        "99333": "MG",
        "99335": "ML",
        "99341": "SN",
        "99350": "MA",
        "99351": "TN",
        "99352": "DZ",
        "99397": "KM",
        "99401": "CA",
        "99404": "US",
        "99410": "HT",
        "99416": "BR",
    }
)


def birth_place(code: str) -> dict[str, str]:
    """The attributes of a place of birth: country and commune, or, abroad, the country alone.

    Raises:
        ParseError: `citizens_malformed` for a code that is not in the tables.
    """
    if code in COUNTRIES:
        return {"birth_country": COUNTRIES[code]}
    if code not in COMMUNES:
        raise ParseError("citizens_malformed", "birth_place_code")
    return {"birth_country": "FR", "birth_locality": COMMUNES[code].name}
