"""Citizens whose every text attribute is a canary: at least 8 unusual characters that stand nowhere else."""

import json
from hashlib import sha256

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


def canary(seed: str) -> str:
    """A text of 16 letters, some with accents, that depends on the seed only."""
    digest = sha256(seed.encode()).digest()
    plain = "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:14])
    first, last = (ACCENTED[byte % len(ACCENTED)] for byte in digest[14:16])
    return f"{plain[:5].capitalize()}{first}{plain[5:]}{last}"


def citizens_file() -> bytes:
    """A citizens file for `didkit-register serve --citizens`."""
    rows = []
    for place, (birth_date, country) in enumerate(CITIZENS):
        row: dict[str, object] = {name: canary(f"{place} {name}") for name in CANARY_ATTRIBUTES}
        row |= {"birth_date": birth_date, "nationality": [country], "birth_country": country}
        rows.append(row | {"document_number": f"QZ{place}WKXJ{place}V{place}"})
    return json.dumps({"citizens": rows}).encode()


def texts_of(raw: bytes) -> list[str]:
    """Every canary of a citizens file, document numbers and birth dates too."""
    rows = json.loads(raw)["citizens"]
    return [value for row in rows for value in row.values() if isinstance(value, str) and len(value) >= 8]
