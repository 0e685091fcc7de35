"""Citizens whose every text attribute is a canary: at least 8 unusual characters that stand nowhere else."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from didkit_fr.credentials import titles
from issuer_service.register import portrait

LETTERS = "bcdfghjklmnpqrstvwxz"
ACCENTED = "éèêëàâîïôùûüç"
CANARY_ATTRIBUTES = (
    "family_name",
    "given_name",
    "family_name_birth",
    "given_name_birth",
    "birth_locality",
    "issuing_authority",
    "resident_address",
    "resident_street",
    "resident_state",
    "resident_city",
    "personal_administrative_number",
)
CITIZENS = (
    ("1951-03-14", "FR"),
    ("1987-11-02", "FR"),
    ("2015-06-21", "FR"),
    ("1990-12-24", "FR"),
    ("1993-08-19", "FR"),
)
VALIDITY = {"issuance_date": "2024-02-29", "expiry_date": "2033-02-28"}


def canary(seed: str) -> str:
    """A text of 16 letters, some with accents, that depends on the seed only."""
    digest = sha256(seed.encode()).digest()
    plain = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:14])
    first, last = (ACCENTED[byte % len(ACCENTED)] for byte in digest[14:16])
    return f"{plain[:5].capitalize()}{first}{plain[5:]}{last}"


def citizens_file() -> bytes:
    """A citizens file for `didkit-register serve --citizens`: cards, then one document of each other kind."""
    cards = []
    for place, (birth_date, country) in enumerate(CITIZENS):
        row = {"document_number": f"QZ{place}WKXJ{place}V{place}", "birth_date": birth_date}
        cards.append(_texts(place, "pid") | row | {"nationality": [country], "birth_country": country})
    return json.dumps({"citizens": [*cards, *_documents()]}, ensure_ascii=False).encode()


def _documents() -> Iterator[dict[str, Any]]:
    """A passport and a licence of the citizen at 3, and a permit of somebody who has no card."""
    bearer = {"birth_date": CITIZENS[3][0], "sex": 2, "portrait": portrait.draw(3)}
    travels = {"nationality": ["FR"], "passport_type": "P", "height": 171, "eye_colour": "hazel"}
    passport = {"document_number": "29QZW7XJ31", "birth_country": "FR"}
    yield _texts(3, "passport") | bearer | VALIDITY | travels | passport | {"titles": ["passport"]}
    privileges = [{"vehicle_category_code": "B", "issue_date": "2009-10-31"}]
    drives = {"document_number": "31QZW9XJ88", "un_distinguishing_sign": "F", "driving_privileges": privileges}
    yield _texts(3, "driving_licence") | bearer | VALIDITY | drives | {"titles": ["driving_licence"]}
    resident = {"birth_date": "1979-04-30", "sex": 1, "nationality": ["CA"], "birth_country": "CA"}
    stays = {"document_number": "QZ88WKXJ99", "foreigner_number": "9907315264", "permit_category": "resident"}
    faced = {"portrait": portrait.draw(5), "may_work": True}
    yield (
        _texts(5, "residence_permit")
        | resident
        | VALIDITY
        | stays
        | faced
        | {"titles": ["residence_permit", "residence_attestation"]}
    )


def _texts(person: int, title: str) -> dict[str, Any]:
    """A canary in each text attribute of a title, the same one in every document of a person."""
    rows = {row.id for row in titles.load(title).attributes}
    return {name: canary(f"{person} {name}") for name in CANARY_ATTRIBUTES if name in rows}


def records_of(raw: bytes) -> list[dict[str, Any]]:
    """The records of a citizens file."""
    records: list[dict[str, Any]] = json.loads(raw)["citizens"]
    return records


def texts_of(raw: bytes) -> list[str]:
    """Every canary of a citizens file, document numbers and birth dates too; of a picture, a part of its middle."""
    rows = [{name: value for name, value in row.items() if name != "titles"} for row in records_of(raw)]
    texts = [value for row in rows for value in row.values() if isinstance(value, str) and len(value) >= 8]
    return list(dict.fromkeys(value[200:248] if len(value) > 248 else value for value in texts))
