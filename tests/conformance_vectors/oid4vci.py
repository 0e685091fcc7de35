"""Folder "oid4vci": the standard's examples and the conformance metadata through the public parsers.

A case is a file, or a code block of the standard's text. What this version does not do is left out with its reason.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response
from didkit_fr.protocols.oauth import metadata as server
from didkit_fr.protocols.oauth.token import parse_token_request, parse_token_response
from didkit_fr.protocols.openid4vci.credential import parse_credential_request, parse_credential_response
from didkit_fr.protocols.openid4vci.metadata import parse_metadata
from didkit_fr.protocols.openid4vci.notification import check_notification_response, parse_notification_request
from didkit_fr.protocols.openid4vci.offer import parse_offer, parse_offer_link, parse_offer_uri
from didkit_fr.protocols.openid4vci.proof import verify_proof
from tests.vectors import vectors

Case = tuple[str, bool, str | None]
Check = Callable[[], bool]

LATER = "until a later issue"
DRAFT = "version 1.1, a draft: 1.0 is implemented"
SCHEMA = "a JSON Schema: what we build is validated against it in tests/protocols"
FRAGMENT = "a fragment that is no message by itself"

METADATA = "conformance-metadata"
EXAMPLES, INLINE = "1.0/examples", "1.0/inline-examples.json"
# Named "valid", though its vct is misspelt and the standard requires one (appendix A.3.2).
MISNAMED_VALID = "valid-openid-credential-issuer-metadata-spec-DcSdJwt-claims-missing-vct-example.json"
# Named "invalid" for members of earlier drafts, which are unknown now and ignored as the standard asks.
MISNAMED_INVALID = "invalid-openid-credential-issuer-metadata-bdr-example1.json"

BLOCKS: dict[int, Callable[[dict[str, Any]], bool]] = {
    1: lambda block: _one_line(block["text"], parse_offer_uri).grants is not None,
    3: lambda block: _one_line(block["text"], parse_offer_link).origin == "https://server.example.com",
    11: lambda block: _refused(lambda: parse_token_request(_form(block)), "unsupported_grant_type"),
    12: lambda block: parse_token_request(_form(block)).tx_code == "493536",
    13: lambda block: parse_token_response(_answer(block)).expires_in == block["body_json"]["expires_in"],
    17: lambda block: _request_holds(block["body_json"]),
    18: lambda block: _request_holds(block["body_json"]),
    19: lambda block: _request_holds(block["body_json"]),
    20: lambda block: _response_holds(block, 200),
    21: lambda block: _response_holds(block, 200),
    22: lambda block: _response_holds(block, 202),
    23: lambda block: _refused(
        lambda: parse_credential_response(_answer(block, 400), copies=1), "unknown_credential_configuration"
    ),
    25: lambda block: _response_holds(block, 200),
    27: lambda block: _refused(
        lambda: parse_credential_response(_answer(block, 400), copies=1), block["body_json"]["error"]
    ),
    28: lambda block: _notification_holds(block["body_json"]),
    29: lambda block: _notification_holds(block["body_json"]),
    31: lambda block: _refused(lambda: check_notification_response(_answer(block, 400)), "invalid_notification_id"),
    36: lambda block: _proof_holds("".join(block["json"]["jwt"][0].split())),
}


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("oid4vci")
    checks = {**_files(home), **_blocks(home)}
    cases = [(name, _passes(check), None) for name, check in checks.items()]
    names = (path.relative_to(home).as_posix() for path in sorted(home.rglob("*")) if path.is_file())
    return [*cases, *((name, False, _reason(name)) for name in names if name not in checks and name != INLINE)] + [
        (f"{INLINE}/{at:02}", False, LATER) for at in range(len(_inline(home))) if at not in BLOCKS
    ]


def _reason(name: str) -> str:
    if name.startswith("1.1/"):
        return DRAFT
    if name.startswith("conformance-json-schemas/"):
        return SCHEMA
    return FRAGMENT if "/examples/credential_metadata_" in name else LATER


def _files(home: Path) -> dict[str, Check]:
    checks: dict[str, Check] = {}
    for path in sorted((home / METADATA).glob("*.json")):
        checks[f"{METADATA}/{path.name}"] = lambda path=path: _metadata_holds(path)
    for path in sorted((home / EXAMPLES).glob("credential_offer_*")):
        checks[f"{EXAMPLES}/{path.name}"] = lambda path=path: _offer_holds(path.read_bytes())
    for path in sorted((home / EXAMPLES).glob("credential_response_*")):
        checks[f"{EXAMPLES}/{path.name}"] = lambda path=path: _folded_response_holds(path.read_text(encoding="utf-8"))
    request, issuer = "credential_request_iso_mdl.json", "credential_issuer_metadata_sd_jwt_long.json"
    # It names no configuration: format and doctype went out of requests before 1.0.
    checks[f"{EXAMPLES}/{request}"] = lambda: _refused(
        lambda: parse_credential_request((home / EXAMPLES / request).read_bytes()), "invalid_credential_request"
    )
    checks[f"{EXAMPLES}/{issuer}"] = lambda: (
        _parsed_issuer((home / EXAMPLES / issuer).read_bytes()).credential_request_encryption is not None
    )
    return checks


def _inline(home: Path) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = json.loads((home / INLINE).read_bytes())["examples"]
    return blocks


def _blocks(home: Path) -> dict[str, Check]:
    inline = _inline(home)
    return {f"{INLINE}/{at:02}": lambda at=at, check=check: check(inline[at]) for at, check in BLOCKS.items()}


def _passes(check: Check) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _refused(call: Callable[[], object], code: str) -> bool:
    try:
        call()
    except DidkitError as error:
        return error.code == code
    return False


def _metadata_holds(path: Path) -> bool:
    raw = path.read_bytes()
    parse = _parsed_server if "authorization-server" in path.name else _parsed_issuer
    if path.name == MISNAMED_VALID or (path.name.startswith("invalid-") and path.name != MISNAMED_INVALID):
        return _refused(lambda: parse(raw), "message_invalid")
    return bool(parse(raw))


def _parsed_issuer(raw: bytes) -> Any:
    return parse_metadata(raw, issuer=json.loads(raw).get("credential_issuer", "https://issuer.example.com"))


def _parsed_server(raw: bytes) -> Any:
    return server.parse_metadata(raw, issuer=json.loads(raw).get("issuer", "https://auth.example.com"))


def _offer_holds(raw: bytes) -> bool:
    text = raw[raw.index(b"{") :]
    return parse_offer(text).credential_issuer == json.loads(text)["credential_issuer"]


def _folded_response_holds(text: str) -> bool:
    body = "".join(line.strip() for line in text[text.index("{") :].splitlines())
    parsed = parse_credential_response(Response(200, body.encode()), copies=1)
    return [one.credential for one in parsed.credentials or ()] == [
        one["credential"] for one in json.loads(body)["credentials"]
    ]


def _request_holds(body: dict[str, Any]) -> bool:
    parsed = parse_credential_request(json.dumps(body).encode())
    return {name: list(proofs) for name, proofs in (parsed.proofs or {}).items()} == body["proofs"]


def _notification_holds(body: dict[str, Any]) -> bool:
    told = parse_notification_request(json.dumps(body).encode())
    return (told.notification_id, told.event) == (body["notification_id"], body["event"])


def _response_holds(block: dict[str, Any], status: int) -> bool:
    parsed, body = parse_credential_response(_answer(block, status), copies=2), block["body_json"]
    return (len(parsed.credentials or ()), parsed.transaction_id, parsed.notification_id) == (
        len(body.get("credentials", ())),
        body.get("transaction_id"),
        body.get("notification_id"),
    )


def _proof_holds(raw: str) -> bool:
    audience = "https://credential-issuer.example.com"
    return verify_proof(raw, audience=audience, now=1_701_960_444, algorithms={"ES256"}).nonce == (
        "LarRGSbmUPYtRYO6BQ4yn8"
    )


def _answer(block: dict[str, Any], status: int = 200) -> Response:
    return Response(status, json.dumps(block["body_json"]).encode())


def _one_line(text: str, parse: Callable[[str], Any]) -> Any:
    return parse("".join(text.split()))


def _form(block: dict[str, Any]) -> bytes:
    return "".join(block["text"].partition("\n\n")[2].split()).replace("...", "").encode()
