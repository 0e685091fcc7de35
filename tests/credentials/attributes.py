"""The attributes of one citizen, as a register answers."""

from base64 import b64encode

ANSWER = {
    "family_name": "Œuvrard",
    "given_name": "Anne-Gaël",
    "birth_date": "1948-07-14",
    "birth_country": "FR",
    "birth_locality": "Y",
    "nationality": ["FR", "DZ"],
    "portrait": b64encode(b"\xff\xd8\xff\xe0\xff\xd9").decode(),
    "resident_city": "Corte",
    "sex": 2,
    "issuing_authority": "Registre",
    "issuing_country": "FR",
    "age_over_18": True,
    "birth_date_presumed": False,
}
