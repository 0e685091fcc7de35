"""Folder "oid4vp": the examples of OpenID4VP 1.0 and 1.1, and those of the EU's Kotlin library, through the public API.

A case is a file, a token, or a code block of the standard's text; each one runs or is left out with its reason.
"""

import json
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ProtocolError
from didkit_fr.flow import Response
from didkit_fr.flow import run as drive
from didkit_fr.formats import dc_sd_jwt, mso_mdoc
from didkit_fr.formats.occasion import Occasion, occasion_of_answer
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import jwk, software, x509
from didkit_fr.proofs.jose import jwe
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.client_metadata import check_formats, choose_encryption, parse_metadata
from didkit_fr.protocols.openid4vp.dcql import evaluate, parse_query
from didkit_fr.protocols.openid4vp.error import read_error
from didkit_fr.protocols.openid4vp.link import parse_link
from didkit_fr.protocols.openid4vp.request_uri import parse_wallet_post
from didkit_fr.protocols.openid4vp.response import parse_answer, parse_response
from didkit_fr.relying_party import Query
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from tests.nation import NOW, VCT, nation
from tests.vectors import vectors

Case = tuple[str, bool, str | None]
Check = Callable[[], bool]
Block = dict[str, Any]

ELLIPSIS = "printed with an ellipsis: no message to read"
FRAGMENT = "answered by a redirect of the browser: only direct_post and direct_post.jwt are supported"
UNIVERSAL = "a link to a wallet's own site: only links of the wallets' schemes are read"
SCOPE = "asks by scope: only DCQL is supported"
OTHER_FORMAT = "a credential of another format than dc+sd-jwt"
MDOC = "mdoc: a grammar, a code in place of a signature, or a key whose transcript is in the folder mdoc"
DC_API = "the Digital Credentials API: not built"
SIOP = "a self-issued ID token: not supported"
HPKE = "HPKE: only ECDH-ES is supported (HAIP 1.0 section 5)"
CONTENT = "a credential's content, neither signed nor asked for"
KEY = "belongs to the token beside it"
RS256 = "RS256: only ES256 is supported"

FILES_LEFT_OUT = {
    "credentials/jwt_vc.json": OTHER_FORMAT,
    "credentials/ldp_vc.json": OTHER_FORMAT,
    "credentials/sd_jwt_vc.json": CONTENT,
    "digital_credentials_api/signed_request_payload.json": ELLIPSIS,
    "digital_credentials_api/signed_request_payload_compact.json": ELLIPSIS,
    "request/request_header_client_id_did.json": RS256,
    "request/request_object_client_id_did.json": ELLIPSIS,
    "response/jwt_vc.json": OTHER_FORMAT,
    "response/ldp_vc.json": OTHER_FORMAT,
}
KOTLIN_LEFT_OUT = {
    "example/mso_mdoc_pid-devicekey.json": KEY,
    "example/sd-jwt-vc-pid-key.json": KEY,
}
# By section, and by what the block begins with where a section has several.
BLOCKS_LEFT_OUT: tuple[tuple[str, str, str], ...] = (
    ("New Parameters", "{", ELLIPSIS),
    ("Examples {#response_dcql_query}", "", ELLIPSIS),
    ("Examples", "GET", ELLIPSIS),
    ("Examples", "", FRAGMENT),
    ("Using `scope`", "", SCOPE),
    ("Defined Client Identifier Prefixes", "", ELLIPSIS),
    ("Request URI Response", "", ELLIPSIS),
    ("Response Parameters", "", ELLIPSIS),
    ('Response Mode "direct_post" {', "https://wallet", UNIVERSAL),
    ("Response Mode", "", ELLIPSIS),
    ("Verifiable Presentations", "", OTHER_FORMAT),
    ("Request {#dc_api_request}", "", DC_API),
    ("JWS Compact Serialization", "", DC_API),
    ("JWS JSON Serialization", "", DC_API),
    ("Parameters in the `meta` parameter", "", OTHER_FORMAT),
    ("Metadata", "", MDOC),
    ("Invocation via", "", MDOC),
    ("Request {#siop_request}", "", SIOP),
    ("Response", "", SIOP),
    ("Encryption using HPKE", "", HPKE),
)


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("oid4vp")
    cases: list[tuple[str, Check | str]] = []
    for version in ("1.0", "1.1"):
        cases += [(f"{version}/{name}", what) for name, what in _files(home / version / "examples")]
        cases += [(f"{version}/inline/{name}", what) for name, what in _inline(home / version / "inline-examples.json")]
    cases += [(f"eudi-openid4vp-kt/{name}", what) for name, what in _kotlin(home / "eudi-openid4vp-kt")]
    return [(name, False, what) if isinstance(what, str) else (name, _passes(what), None) for name, what in cases]


def _passes(check: Check) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# The files


def _files(folder: Path) -> Iterator[tuple[str, Check | str]]:
    kinds: dict[str, Callable[[Any], bool]] = {
        "query_lang": lambda query: bool(parse_query(query)),
        "request": lambda query: bool(parse_query(query)),
        "client_metadata": _metadata_holds,
        "digital_credentials_api": lambda error: read_error(error["error"]).code == "invalid_request",
        "response": _binding_has_their_members,
        "credentials": _round_trip,
    }
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        kind = name.partition("/")[0]
        if name in FILES_LEFT_OUT:
            yield name, FILES_LEFT_OUT[name]
        elif kind in kinds:
            yield name, lambda path=path, kind=kind: kinds[kind](_read(path))
    yield "sd_jwt_vcld/01", lambda: _linked_data_holds(folder / "sd_jwt_vcld")


def _metadata_holds(raw: Any) -> bool:
    """Read; and what no format of ours is in is said to be unsupported."""
    metadata = parse_metadata(raw)
    query = parse_query(Query(VCT, []).dcql())
    known = "dc+sd-jwt" in metadata.vp_formats_supported
    try:
        check_formats(metadata, query, algorithms={"ES256"})
    except ProtocolError as error:
        return not known and error.code == "vp_formats_not_supported"
    return known


def _binding_has_their_members(shown: Any) -> bool:
    """A key binding of ours, with the members of theirs, each of the same type."""
    check = Occasion("n-0S6_WzA2Mj", shown["aud"], transaction_data=("e30",))
    raw = dc_sd_jwt.present(nation().credential(), [], nation().holder, check, now=shown["iat"])
    binding = sd_jwt.parse(raw).key_binding
    ours = {} if binding is None else binding.unverified_claims()
    same = all(type(ours.get(name)) is type(value) for name, value in shown.items())
    return same and all(ours[name] == shown[name] for name in ("nonce", "aud", "iat"))


def _round_trip(claims: Any) -> bool:
    """The example's content, issued here, asked for, presented and verified."""
    holder = nation().holder
    issued = {**claims, "cnf": {"jwk": jwk.build(holder.public_key)}}
    hidden = [(name,) for name in claims if name != "vct"]
    raw = dc_sd_jwt.sign(issued, nation().signer, chain=[nation().leaf], disclosable=hidden)
    query = parse_query(Query(claims["vct"], [["given_name"]]).dcql())
    (choice,) = wallet.select(query, [wallet.hold("card", "dc+sd-jwt", raw)])
    check = Occasion("nonce", "verifier")
    shown = dc_sd_jwt.parse(dc_sd_jwt.present(raw, choice.paths, holder, check, now=NOW))
    issuer = IssuerKey(nation().signer.public_key)
    verified = dc_sd_jwt.verify(shown, issuer, ProofRules(("ES256",), (), NOW, 0, 60), check)
    return verified.possession is not None and set(verified.claims) == {"vct", "cnf", "given_name"}


def _linked_data_holds(folder: Path) -> bool:
    """The presentation of the example: signature, digests, key binding, and what a verifier is to see."""
    settings = yaml.safe_load((folder / "settings.yml").read_text(encoding="utf-8"))
    lines = (folder / "01" / "sd_jwt_presentation.txt").read_text(encoding="utf-8")
    shown = _read(folder / "01" / "verified_contents.json")
    bound = _read(folder / "01" / "kb_jwt_payload.json")
    parsed = sd_jwt.parse("".join(lines.split()))
    key = jwk.parse({n: v for n, v in settings["key_settings"]["issuer_keys"][0].items() if n != "d"})
    verified = sd_jwt.verify(parsed, key, typ="dc+sd-jwt", algorithms=("ES256",))
    claims = sd_jwt.verify_key_binding(
        parsed,
        jwk.parse(verified.claims["cnf"]["jwk"]),
        nonce=bound["nonce"],
        audience=bound["aud"],
        now=bound["iat"],
        algorithms=("ES256",),
    )
    return claims == bound and verified.claims == shown


# The code blocks


def _inline(path: Path) -> Iterator[tuple[str, Check | str]]:
    blocks = _read(path)["examples"]
    encrypted = [block["json"] for block in blocks if block["section"].startswith("Encrypted Responses")]
    for at, block in enumerate(blocks):
        name = f"{at:02}/{block['section'].partition(' {')[0]}"
        yield name, _check_of(block, encrypted) or _reason(block)


def _reason(block: Block) -> str:
    text = block.get("text", "").lstrip()
    found = [
        why
        for section, start, why in BLOCKS_LEFT_OUT
        if block["section"].startswith(section) and text.startswith(start)
    ]
    return found[0] if found else ""


def _check_of(block: Block, encrypted: list[Any]) -> Check | None:
    section, value, text = block["section"], block.get("json"), block.get("text", "")
    joined = "".join(text.partition("\n\n")[2].split())
    by_section: dict[str, Check] = {
        "Authority Key Identifier": lambda: _authority_holds(value),
        "ETSI Trusted List": lambda: _authority_holds(value),
        "OpenID Federation": lambda: _authority_holds(value),
        "Claims Path Pointer Example": lambda: _pointers_hold(value),
        "A Set of Static Configuration": lambda: _wallet_metadata_holds(value),
        "Request URI Method": lambda: _post_holds(joined),
        "Encrypted Responses": lambda: _encryption_holds(encrypted),
        "New Parameters": lambda: _attestation_is_read_past(value),
        "Presentation Response": lambda: _token_holds(value),
        "Examples {#response_dcql_query}": lambda: _token_holds(value),
        'Response Mode "direct_post.jwt"': lambda: _token_holds(value["vp_token"]),
    }
    if "wallet_nonce=" in joined:
        return lambda: _post_holds(joined)
    if "request_uri_method=post" in text:
        return lambda: _link_holds(text)
    if "error=invalid_request" in joined:
        return lambda: _error_holds(joined)
    if "body_json" in block:
        return lambda: parse_answer(json.dumps(block["body_json"]).encode()) is not None
    known = [check for start, check in by_section.items() if section.startswith(start)]
    return known[0] if known and value is not None else None


def _authority_holds(value: Any) -> bool:
    """Read in a query; only a key identifier finds a credential that has it."""
    query = Query(VCT, []).dcql()
    query["credentials"][0]["trusted_authorities"] = [value]
    held = wallet.hold("card", "dc+sd-jwt", nation().credential())
    there = replace(held, authorities=frozenset(value["values"]))
    found = wallet.candidates(parse_query(query), [there])["title"]
    return bool(found) == (value["type"] == "aki") and not wallet.candidates(parse_query(query), [held])["title"]


def _pointers_hold(card: Any) -> bool:
    """What the list below the block says."""
    said = {
        ("name",): ["Arthur Dent"],
        ("address",): [card["address"]],
        ("address", "street_address"): ["42 Market Street"],
        ("degrees", None, "type"): ["Bachelor of Science", "Master of Science"],
        ("nationalities", 1): ["Betelgeusian"],
    }
    return all(evaluate(card, path) == values for path, values in said.items())


def _wallet_metadata_holds(metadata: Any) -> bool:
    form = urllib.parse.urlencode({"wallet_metadata": json.dumps(metadata)}).encode()
    return parse_wallet_post(form).formats == {"dc+sd-jwt", "mso_mdoc"}


def _post_holds(form: str) -> bool:
    posted = parse_wallet_post(form.encode())
    return posted.nonce == "qPmxiNFCR3QTm19POc8u" and posted.formats == {"dc+sd-jwt"}


def _link_holds(text: str) -> bool:
    query = "".join(text.removeprefix("GET /authorize?").removesuffix("HTTP/1.1").split())
    link = parse_link(f"openid4vp://?{query}")
    return (link.client_id, link.method) == ("x509_san_dns:client.example.org", "post")


def _error_holds(form: str) -> bool:
    try:
        parse_response(form.encode())
    except ProtocolError as error:
        return error.code == "invalid_request"
    return False


def _encryption_holds(encrypted: list[Any]) -> bool:
    """The request names the key and cipher, the response opens with it to the payload that is printed."""
    request, response, private, header, payload = encrypted
    chosen = choose_encryption(parse_metadata(request["client_metadata"] | {"vp_formats_supported": {}}))
    key = jwe.DecryptionKey(base64url.decode(private["d"]))
    parsed = jwe.parse("".join(response["response"].split()))
    opened = json.loads(jwe.decrypt(parsed, key, kid=chosen.kid))
    return (chosen.kid, chosen.enc, chosen.key) == ("ac", "A128GCM", key.public_key) and (
        parsed.unverified_header == header and opened == payload
    )


def _attestation_is_read_past(entry: Any) -> bool:
    query = Query(VCT, []).dcql()
    query["credentials"][0]["id"] = entry.get("credential_ids", ["id_card"])[0]
    transaction = (
        nation()
        .verifier()
        .request(
            query,
            request_uri="https://bar.example/{id}",
            response_uri="https://bar.example/r",
            now=NOW,
            verifier_info=[entry],
        )
    )
    page = [Response(200, transaction.request_object.encode())]
    flow = wallet.fetch_request(transaction.link, VerificationContext(nation().policy, Memory(), NOW))
    return drive(flow, lambda _: page).verifier_name == "Café de la Gare, FR"


def _token_holds(token: Any) -> bool:
    body = urllib.parse.urlencode({"vp_token": json.dumps(token), "state": "x"}).encode()
    read = parse_response(body).unverified_presentations
    return {name: list(values) for name, values in read.items()} == token


# The Kotlin library's


def _kotlin(folder: Path) -> Iterator[tuple[str, Check | str]]:
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        if name in KOTLIN_LEFT_OUT:
            yield name, KOTLIN_LEFT_OUT[name]
        elif name.startswith("certificates/"):
            data = "".join(path.read_text(encoding="ascii").split())
            yield name, lambda data=data: _attestation_is_read_past({"format": "registration_cert", "data": data})
        elif name == "example/sd-jwt-vc-pid.txt":
            yield name, lambda path=path: _kotlin_holds(path.parent)
        elif name == "example/mso_mdoc_pid-issuersigned.txt":
            yield name, lambda path=path: _kotlin_document_holds(path.parent)
        else:
            yield name, lambda path=path: bool(parse_query(_read(path)))


def _kotlin_holds(folder: Path) -> bool:
    """Their credential answers their query: one claim, with their key; the signature is that of its certificate."""
    raw = "".join((folder / "sd-jwt-vc-pid.txt").read_text(encoding="ascii").split())
    holder = software.from_secret(base64url.decode(_read(folder / "sd-jwt-vc-pid-key.json")["d"]))
    (choice,) = wallet.select(
        parse_query(_read(folder / "sd-jwt-vc-pid-dcql-query.json")), [wallet.hold("pid", "dc+sd-jwt", raw)]
    )
    check = Occasion("nonce", "verifier")
    shown = dc_sd_jwt.parse(dc_sd_jwt.present(raw, choice.paths, holder, check, now=NOW))
    issuer = IssuerKey(x509.public_key(x509.parse_chain(shown.claimed_signer().unverified_certificates)[0]))
    verified = dc_sd_jwt.verify(shown, issuer, ProofRules(("ES256",), (), NOW, 0, 60), check)
    if verified.possession is None:
        return False
    return verified.holder == holder.public_key and len(shown.secured.disclosures) == 1


def _kotlin_document_holds(folder: Path) -> bool:
    """Their document answers their query, with their key; the signature is that of its certificate."""
    raw = "".join((folder / "mso_mdoc_pid-issuersigned.txt").read_text(encoding="ascii").split()).rstrip("=")
    holder = software.from_secret(base64url.decode(_read(folder / "mso_mdoc_pid-devicekey.json")["d"]))
    query = parse_query(_read(folder / "mso_mdoc-pid-dcql-query.json"))
    (choice,) = wallet.select(query, [wallet.hold("pid", "mso_mdoc", raw)])
    check = occasion_of_answer("nonce", "verifier", response_uri="https://verifier.example")
    shown = mso_mdoc.parse(mso_mdoc.present(raw, choice.paths, holder, check, now=NOW))
    issuer = IssuerKey(x509.public_key(x509.parse_chain(shown.claimed_signer().unverified_certificates)[0]))
    verified = mso_mdoc.verify(shown, issuer, ProofRules(("ES256",), (), NOW, 0, 60), check)
    if verified.possession is None:
        return False
    disclosed = {(namespace, name) for namespace, values in verified.claims.items() for name in values}
    return verified.holder == holder.public_key and disclosed == set(choice.paths)
