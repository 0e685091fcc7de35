"""Folder "oid4vp": the queries and answers of the standard through the public parsers; the rest is left out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError
from didkit_fr.proofs import jwe
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.response import parse_answer, parse_response
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

LATER = "until a later issue"
DRAFT = "version 1.1, a draft: 1.0 is implemented"
OTHER = "of a format, a client identifier or a transport that this version does not have"

QUERIES, INLINE = "1.0/examples/query_lang", "1.0/inline-examples.json"

BLOCKS: dict[int, Callable[[dict[str, Any]], bool]] = {
    16: lambda block: _tokens_hold(block["json"]),
    22: lambda block: (parse_answer(json.dumps(block["body_json"]).encode()) or "").startswith("https://client."),
    40: lambda block: _tokens_hold(block["json"]),
    43: lambda block: _tokens_hold(block["json"]),
}
# The encrypted response, the key that opens it, the header it must have, and what was encrypted.
ENCRYPTED, KEY, HEADER, CONTENT = 24, 25, 26, 27


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("oid4vp")
    inline = json.loads((home / INLINE).read_bytes())["examples"]
    queries = [(f"{QUERIES}/{path.name}", _query_holds(path), None) for path in sorted((home / QUERIES).glob("*.json"))]
    blocks = [(f"{INLINE}/{at:02}", _passes(check, inline[at]), None) for at, check in BLOCKS.items()]
    blocks.append((f"{INLINE}/{ENCRYPTED:02}", _passes(_opens, inline), None))
    ran = {name for name, _, _ in queries}
    names = (path.relative_to(home).as_posix() for path in sorted(home.rglob("*")) if path.is_file())
    files = [(name, False, DRAFT if name.startswith("1.1/") else OTHER) for name in names if name not in ran | {INLINE}]
    return [*queries, *blocks, *files] + [
        (f"{INLINE}/{at:02}", False, LATER) for at in range(len(inline)) if at not in {*BLOCKS, ENCRYPTED}
    ]


def _opens(inline: list[dict[str, Any]]) -> bool:
    """Whitespace is the standard's: it breaks the lines of the message."""
    sealed = jwe.parse("".join(inline[ENCRYPTED]["json"]["response"].split()))
    key, header = inline[KEY]["json"], inline[HEADER]["json"]
    content = jwe.decrypt(sealed, jwe.DecryptionKey(base64url.decode(key["d"])), kid=key["kid"])
    return sealed.unverified_header == header and json.loads(content) == inline[CONTENT]["json"]


def _passes(check: Callable[[Any], bool], value: Any) -> bool:
    try:
        return check(value)
    except DidkitError:
        return False


def _query_holds(path: Path) -> bool:
    """Read as it stands: every credential asked for, every alternative of claims and of credentials."""
    query = json.loads(path.read_bytes())
    try:
        asked = parse_query(query)
    except DidkitError:
        return False
    return (
        [(one.id, one.claim_sets) for one in asked.credentials]
        == [(one["id"], one.get("claim_sets")) for one in query["credentials"]]
    ) and [one.options for one in asked.credential_sets or ()] == [
        one["options"] for one in query.get("credential_sets", ())
    ]


def _tokens_hold(token: dict[str, Any]) -> bool:
    body = urlencode({"vp_token": json.dumps(token), "state": "x"}).encode()
    return {name: list(held) for name, held in parse_response(body).unverified_presentations.items()} == token
