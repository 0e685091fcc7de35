"""Kinds of document beside those of `tests.refusals`: what else the library parses or verifies, by a known signer."""

import zlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import urlencode

import cbor2

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.rdf import nquads
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.flow import Response, offline, run
from didkit_fr.formats import jwt_vc_json, ldp_vc
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.formats.w3c import fields, vc_cose, vc_sd_jwt
from didkit_fr.keys import multikey
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.mdoc import device, mdoc
from didkit_fr.protocols.oauth.error import parse_error_response
from didkit_fr.protocols.openid4vci.notification import check_notification_response, parse_notification_request
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.error import read_error, read_refusal
from didkit_fr.protocols.openid4vp.request_uri import check_wallet, parse_wallet_post
from didkit_fr.status import identifier
from didkit_fr.status import token as status_token
from didkit_fr.trust import revocation
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.bitstring import check_entries
from didkit_fr.verification.w3c.verify import verify_credential
from tests.nation import DAY, NOW, STATUS_URI, nation
from tests.refusals import people
from tests.refusals.documents import _answered, _issuer_signed
from tests.refusals.receiver import Original, parser

__all__ = ["KINDS"]

ISSUER = "https://issuer.example"
METHOD = f"{ISSUER}#key"
TERMS = Terms(KNOWN, inline=False)
ALGORITHMS = frozenset({"ES256", "EdDSA"})
RULES = ProofRules(ALGORITHMS, frozenset({"ecdsa-rdfc-2019"}), NOW, 60, 300)
OCCASION = Occasion("nonce", "https://shop.example")
CREDENTIAL = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": ISSUER,
    "validFrom": "2026-01-01T00:00:00Z",
    "name": {"@value": "Carte", "@language": "fr"},
    "credentialSubject": {"id": "did:example:holder", "name": "Alice"},
}
STATED = {
    "iss": ISSUER,
    "nbf": NOW - DAY,
    "exp": NOW + DAY,
    "vc": {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v4rc1"],
        "type": ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"],
        "credentialSubject": {"id": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", "givenName": "Alice"},
    },
}
QUERY = {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:a"]}}]}


def _key() -> Any:
    return people.key("signer").public_key


def _signed_as_jwt(typ: str, **header: Any) -> Callable[[Any], bytes]:
    return lambda claims: jws.sign(claims, people.key("signer"), typ=typ, header=header).encode()


def _jwt_vc(raw: bytes) -> None:
    unverified = jwt_vc_json.parse(raw.decode("utf-8", "surrogateescape"))
    jwt_vc_json.verify(unverified, IssuerKey(_key()), RULES, OCCASION)


def _vc_sd_jwt(raw: bytes) -> None:
    unverified = vc_sd_jwt.parse(raw.decode("utf-8", "surrogateescape"))
    vc_sd_jwt.verify(unverified, _key(), kind="vc", algorithms=ALGORITHMS, terms=TERMS)


def _vc_cose(raw: bytes) -> None:
    vc_cose.verify(vc_cose.parse(raw), _key(), kind="vc", algorithms=ALGORITHMS, terms=TERMS)


def _as_cose(document: Any) -> bytes:
    header = {3: "application/vc", 4: METHOD.encode()}
    return cose.sign1(json.encode(document), people.key("signer"), typ="application/vc+cose", header=header)


def _identifier_list(claims: Any) -> bytes:
    """Names of members that are numbers are those of CWT claims; texts of identifiers become bytes."""
    numbered = {int(name) if name.isdecimal() and len(name) < 9 else name: one for name, one in claims.items()}
    payload = cbor2.dumps(_with_bytes(numbered))
    return cose.sign1(payload, people.key("signer"), typ=identifier.TYP)


def _with_bytes(claims: dict[Any, Any]) -> dict[Any, Any]:
    listed = claims.get(65530)
    if not isinstance(listed, dict) or not isinstance(listed.get("identifiers"), dict):
        return claims
    return {**claims, 65530: {**listed, "identifiers": {k.encode(): v for k, v in listed["identifiers"].items()}}}


@cache
def _policy() -> Policy:
    key = people.key("signer").public_key
    did = f"did:key:{multikey.build(key)}"
    return Policy(Anchors((Anchor("issuer", None, frozenset({"status", "credential"}), frozenset(), did=did),)))


def _told() -> dict[str, Any]:
    return {"context": VerificationContext(_policy(), Memory(), NOW)}


def _mdoc(raw: bytes) -> None:
    unverified = mdoc.parse(raw)
    mdoc.check_complete(unverified)
    mdoc.verify(unverified, _key(), algorithms=ALGORITHMS)


def _wallet_post(raw: bytes) -> None:
    check_wallet(parse_wallet_post(raw), parse_query(QUERY), prefix="x509_hash")


def _form(document: Any) -> bytes:
    texts = {name: one if isinstance(one, str) else json.encode_text(one) for name, one in document.items()}
    return urlencode(texts, errors="surrogatepass").encode()


def _status_token(raw: bytes) -> None:
    unverified = status_token.parse_list(raw.decode("utf-8", "surrogateescape"))
    verified = jws.verify(unverified, _key(), typ=status_token.TYP, algorithms=ALGORITHMS)
    status_token.read_list(verified, uri=STATUS_URI, now=NOW)


def _identifiers(raw: bytes) -> None:
    verified = cose.verify_sign1(identifier.parse_list(raw), _key(), typ=identifier.TYP, algorithms=ALGORITHMS)
    identifier.read_list(verified, uri=STATUS_URI, now=NOW)


def _revocations(raw: bytes) -> None:
    revocation.parse_list(raw)
    revocation.check_revocation([nation().leaf], nation().root, raw, now=NOW)


def _json(tree: Any, judge: Callable[[Any], object]) -> Original:
    return parser(
        lambda: json.parse(json.encode(tree)), lambda raw: judge(json.parse(raw, max_bytes=2**20)), json.encode
    )


def _title() -> Any:
    return {
        "@context": [fields.V2, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": fields.did_of(_key()),
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2036-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(people.key("holder").public_key), "family_name": "Lefèvre"},
    }


def _shown(document: Any) -> bytes:
    """Issued with a proof over statements, and shown by the holder that it was made for."""
    signer = people.key("signer")
    told = {
        "verification_method": fields.method_of(signer.public_key),
        "cryptosuite": "ecdsa-rdfc-2019",
        "created": NOW,
    }
    issued = proof.sign(document, signer, contexts=contexts(), **told)
    return ldp_vc.present(json.encode_text(issued), [], people.key("holder"), OCCASION, now=NOW).encode()


def _ldp_vc(raw: bytes) -> None:
    unverified = ldp_vc.parse(raw.decode("utf-8", "surrogateescape"))
    ldp_vc.verify(unverified, IssuerKey(_key()), RULES, OCCASION)


def _of_document(judge: Callable[[bytes], object], encode: Callable[[Any], bytes]) -> Original:
    """Of the tree of an ISO document."""
    return Original(lambda: deepcopy(_answered()), encode, parser(dict, judge, bytes).receiver)


def _response(tree: Any) -> Any:
    document = {"docType": "org.iso.18013.5.1.mDL", "issuerSigned": _issuer_signed(tree), "deviceSigned": {}}
    return {"version": "1.0", "status": 0, "documents": [document], **tree["response"]}


KINDS: Mapping[str, Original] = {
    "N-Quads": parser(
        lambda: '<urn:a> <urn:b> "c"@fr .\n_:a <urn:b> _:c <urn:g> .\n',
        lambda raw: nquads.parse(raw.decode("utf-8", "surrogateescape")),
        lambda text: text.encode("utf-8", "surrogatepass"),
    ),
    "jwt_vc_json": parser(lambda: json.parse(json.encode(STATED)), _jwt_vc, _signed_as_jwt("JWT")),
    "W3C credential as SD-JWT": parser(
        lambda: json.parse(json.encode(CREDENTIAL)),
        _vc_sd_jwt,
        lambda claims: _signed_as_jwt("vc+sd-jwt", kid=METHOD)(claims) + b"~",
    ),
    "W3C credential as COSE": parser(lambda: json.parse(json.encode(CREDENTIAL)), _vc_cose, _as_cose),
    "W3C title shown by its holder": parser(_title, _ldp_vc, _shown),
    "any W3C credential": parser(
        lambda: json.parse(json.encode(CREDENTIAL)),
        lambda raw: run(verify_credential(json.parse_object(raw, max_bytes=2**20), **_told()), offline),
        json.encode,
    ),
    "error response": _json(
        {"error": "invalid_request", "error_description": "why"},
        lambda value: parse_error_response(400, json.encode(value)),
    ),
    "notification request": _json(
        {"notification_id": "n", "event": "credential_accepted"},
        lambda value: parse_notification_request(json.encode(value)),
    ),
    "notification response": _json(
        {"error": "invalid_notification_id"},
        lambda value: check_notification_response(Response(400, json.encode(value))),
    ),
    "refusal of a relying party": _json(
        {"error": "temporarily_unavailable"}, lambda value: read_refusal(Response(503, json.encode(value)))
    ),
    "error of a wallet": _json({"error": "access_denied"}, lambda value: read_error(str(value))),
    "post of a wallet": parser(
        lambda: {"wallet_nonce": "n", "wallet_metadata": {"vp_formats_supported": {"dc+sd-jwt": {}}}},
        _wallet_post,
        _form,
    ),
    "query": _json(QUERY, parse_query),
    "entries of a bitstring": _json(
        {
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "3",
            "statusListCredential": f"{ISSUER}/status/1",
        },
        lambda value: run(check_entries(value, **_told()), offline),
    ),
    "reference to a status list": _json({"status_list": {"idx": 1, "uri": STATUS_URI}}, status_token.parse_reference),
    "reference to identifiers": _json(
        {"identifier_list": {"id": "AAAA", "uri": STATUS_URI}}, identifier.parse_reference
    ),
    "status list alone": parser(
        lambda: {
            "sub": STATUS_URI,
            "iat": NOW,
            "exp": NOW + DAY,
            "ttl": 60,
            "status_list": {"bits": 1, "lst": base64url.encode(zlib.compress(bytes(512)))},
        },
        _status_token,
        _signed_as_jwt("statuslist+jwt"),
    ),
    "list of identifiers": parser(
        lambda: {"2": STATUS_URI, "6": NOW, "4": NOW + DAY, "65534": 60, "65530": {"identifiers": {"abc": {}}}},
        _identifiers,
        _identifier_list,
    ),
    "certificate revocation list": parser(
        lambda: revocation.build_list(nation().root_signer, nation().root, now=NOW - DAY, days=30, withdrawn=(7, 9)),
        _revocations,
        bytes,
    ),
    "issuer's part of a document": _of_document(_mdoc, lambda tree: cbor2.dumps(_issuer_signed(tree))),
    "response of a device": _of_document(device.parse_response, lambda tree: cbor2.dumps(_response(tree))),
}
