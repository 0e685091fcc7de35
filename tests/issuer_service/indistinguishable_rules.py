"""What may differ between the journeys of two citizens, and nothing else: all other bytes are compared as they are.

Ciphertexts: sealed grants and transaction codes in the issuer's rows, an encrypted answer that leaves the wallet. Their
    length is the same. Of the wallet's sealed vault, which is as long as what it holds, the name of the file.
Blind indices: the pseudonym of a document, in the issuer's rows, and the digest of the last lines of the revocation
    log, which hold such. Whether there is one is the same.
Keys of the day and the log of revocations, which holds blind indices: of these files the name and the length are.
Signatures, for which the cryptographic library draws by itself: of tickets, proofs, presentations. Their length is.
What the register is told and tells, for it knows its citizens: the document number in an officer's ticket and in the
    register's own row of it, the length of that ticket; in an answer the values of the attributes, not their names.
Digests with salt in what the citizen presents, and the hash over them. How many there are is the same.
Values that the citizen discloses: here one that is the same for both, so that all of it is compared.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from didkit_fr.encoding import base64url, json
from tests.issuer_service.indistinguishable_journey import Seen

__all__ = ["reduced"]

CIPHERTEXTS = {("offers", "sealed"), ("offers", "tx_code_mac"), ("grants", "sealed")}
BLIND = {("issuances", "pseudonym"), ("revocations", "pseudonym"), ("replayed", "digest")}
OWN = {("opening", "document_number")}

Rows = Mapping[str, list[dict[str, Any]]]


def reduced(seen: Seen) -> dict[str, Any]:
    """All that was seen, without what may differ."""
    return {
        "the issuer's rows": _rows(seen.issuer_rows),
        "the issuer's log": seen.issuer_log,
        "the issuer's files": seen.issuer_files,
        "the register's rows": _rows(seen.register_rows),
        "the register's log": seen.register_log,
        "between issuer and register": [_asked(one) for one in seen.to_register],
        "what left the wallet": [_left(one) for one in seen.from_wallet],
        "the wallet's log": seen.wallet_log,
        "the wallet's folder": seen.wallet_files,
        "what was answered": seen.said,
    }


def _rows(tables: Rows) -> dict[str, list[str]]:
    return {
        table: sorted(repr({name: _cell(table, name, value) for name, value in row.items()}) for row in rows)
        for table, rows in tables.items()
    }


def _cell(table: str, name: str, value: Any) -> object:
    if (table, name) in CIPHERTEXTS:
        return len(value)
    if (table, name) in BLIND:
        return value is None
    return "a document number" if (table, name) in OWN else value


def _asked(one: Mapping[str, Any]) -> dict[str, Any]:
    """A question to the register and its answer."""
    headers = {name: value for name, value in one["headers"].items() if name != "Content-Length"}
    body, answer = one["body"], json.parse(one["answer"])
    if one["path"] == "/evidence":
        header, payload, size = _jws(body.decode("ascii"))
        body = header, {**payload, "document_number": ""}, size
    else:
        answer = {**answer, "document_number": "", "attributes": sorted(answer["attributes"])}
    return {**one, "headers": headers, "body": body, "answer": answer}


def _left(one: Mapping[str, Any]) -> dict[str, Any]:
    """A request of the wallet."""
    body: Any = one["body"]
    if one["url"].endswith("/credential"):
        asked = json.parse(body)
        asked["proofs"]["jwt"] = [_jws(proof) for proof in asked["proofs"]["jwt"]]
        body = asked
    elif b"vp_token" in body:
        form = dict(parse_qsl(body.decode("ascii")))
        body = {**form, "vp_token": [_presentation(raw) for raw in json.parse(form["vp_token"].encode())["title"]]}
    elif body.startswith(b"response="):
        body = len(body)
    return {**one, "body": body}


def _presentation(raw: str) -> object:
    """An SD-JWT with key binding: digests with salt are counted, what the citizen disclosed stays."""
    issued, *disclosed, proof = raw.split("~")
    header, payload, size = _jws(issued)
    shown = [json.parse(base64url.decode(one)) for one in disclosed]
    bound = _jws(proof)
    return (
        header,
        {**payload, "_sd": len(payload["_sd"])},
        size,
        shown,
        (bound[0], {**bound[1], "sd_hash": ""}, bound[2]),
    )


def _jws(compact: str) -> tuple[Any, Any, int]:
    """Header and payload, and the length of the signature."""
    header, payload, signature = compact.split(".")
    return json.parse(base64url.decode(header)), json.parse(base64url.decode(payload)), len(signature)
