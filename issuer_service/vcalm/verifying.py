"""Verifies one credential, secured by a proof or in an envelope: form, words, signature, issuer, time, status."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import READ, CheckedCredential, check_credential
from didkit_fr.credentials.presentation import ENVELOPED_CREDENTIAL, Envelope, build_envelope, parse_envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch
from didkit_fr.formats import vc_jose
from didkit_fr.keys.bbs import BbsPublicKey
from didkit_fr.proofs.data_integrity import bbs_2023, proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.proofs.jose import UnverifiedJws
from didkit_fr.status.bitstring import PURPOSES, read_entries, read_list
from didkit_fr.verification.w3c_credential import check_period
from issuer_service.vcalm import words
from issuer_service.vcalm.requests import CHECKS
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER, IssuerRule, find_issuer_keys, methods_of, owns

__all__ = ["ALGORITHMS", "Judged", "Rules", "is_of", "parse_token", "verify_credential"]

LEEWAY = 60
MAX_LIST_BYTES = 1_048_576

ALGORITHMS = frozenset({"ES256", "ES384", "EdDSA"})
_SUITES: Mapping[str, Cryptosuite] = MappingProxyType(
    # The API has no word for the occasion of a presentation, so that any is accepted here.
    {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)}
)

_ACCEPT = "application/vc, application/vc+jwt"
_OK = 200
_CODES = {1: "status_revoked", 2: "status_suspended"}

_OWN_WORDS = "its contexts are its own: its words mean what it says they mean"
_ANY_ISSUER = "any issuer was accepted: who may say this was not checked"
_ANOTHER_SIGNED = "who signed it is not the issuer that it names"
_UNCHECKED = {"validity": "its period of validity was not checked", "status": "its status was not checked"}


@dataclass(frozen=True, slots=True)
class Rules:
    """How a verifier judges: whose credentials, what is checked (of `requests.CHECKS`), and when it is."""

    issuers: IssuerRule
    checks: frozenset[str]
    now: int

    @property
    def inline(self) -> bool:
        """Whether a document may bring contexts along."""
        return self.issuers == DANGEROUSLY_ACCEPT_ANY_ISSUER


@dataclass(frozen=True, slots=True)
class Judged:
    """A credential that was verified: what it says, without its proofs, and what was not checked."""

    checked: CheckedCredential
    document: JsonObject = field(repr=False)
    notices: tuple[str, ...]


class _Signed(NamedTuple):
    """What was signed, by which verification methods, and whether it brought contexts along."""

    checked: CheckedCredential
    document: JsonObject
    methods: frozenset[str]
    own_words: bool


async def verify_credential(document: JsonObject, rules: Rules) -> Judged:
    """Verifies a credential, as a flow.

    Raises:
        ParseError: malformed.
        FetchError: cannot tell.
        VerificationError: refused.
    """
    # 1 open the envelope or the proof, 2 check form and words, 3 find the keys, 4 check the signatures
    if is_of(document, ENVELOPED_CREDENTIAL):
        signed = await _verify_envelope(parse_envelope(document), rules)
    else:
        signed = await _verify_proofs(document, rules)
    checked, verified = signed.checked, signed.document
    notices: tuple[str, ...] = (_OWN_WORDS,) if signed.own_words else ()
    # 5 check the time
    if "validity" in rules.checks:
        check_period(checked.valid_from, checked.valid_until, now=rules.now, leeway=LEEWAY)
    # 6 check the status
    if "status" in rules.checks and "credentialStatus" in verified:
        notices += await _check_status(verified["credentialStatus"], rules)
    notices += tuple(_UNCHECKED[name] for name in sorted(CHECKS - rules.checks) if name in _UNCHECKED)
    if rules.issuers == DANGEROUSLY_ACCEPT_ANY_ISSUER:
        notices += (_ANY_ISSUER,) if owns(checked.issuer, signed.methods) else (_ANY_ISSUER, _ANOTHER_SIGNED)
    return Judged(checked, verified, notices)


def is_of(document: JsonObject, type_: str) -> bool:
    """Whether a document says that it is of a type; nothing of it is to be believed."""
    stated = document.get("type")
    return type_ in (stated if isinstance(stated, list) else [stated])


def parse_token(content: bytes) -> UnverifiedJws:
    """Parses the token in an envelope, or a list that is one; nothing of it is to be believed.

    Raises:
        ParseError: those of `formats.vc_jose.parse`; `jws_malformed`.
    """
    try:
        return vc_jose.parse(content.decode("ascii"))
    except UnicodeDecodeError:
        raise ParseError("jws_malformed") from None


async def _verify_proofs(document: JsonObject, rules: Rules) -> _Signed:
    unverified = proof.parse(document)
    checked = check_credential(document, versions=READ)
    worded = words.read(document, inline=rules.inline)
    methods, bbs = methods_of(unverified)
    keys = await find_issuer_keys(methods, checked.issuer, rule=rules.issuers, bbs=bbs, now=rules.now)
    verified = proof.verify(
        proof.parse(worded.document),
        keys,
        purpose="assertionMethod",
        now=rules.now,
        leeway=LEEWAY,
        cryptosuites=_SUITES,
        domain=None,
        challenge=None,
        contexts=worded.contexts,
        suites=_SUITES,
    )
    # What the signature covers is read, which may be fewer contexts than the document has.
    covered = worded.restore(verified.document)
    return _Signed(check_credential(covered, versions=READ), covered, methods, worded.own)


async def _verify_envelope(envelope: Envelope, rules: Rules) -> _Signed:
    if envelope.media_type != vc_jose.media_type("vc"):
        raise VerificationError("format_unsupported", "an envelope of another media type than application/vc+jwt")
    unverified = parse_token(envelope.unverified_content)
    method, issuer = vc_jose.unverified_method(unverified), _issuer(unverified.unverified_claims())
    keys = await find_issuer_keys([method], issuer, rule=rules.issuers, bbs=(), now=rules.now)
    key = keys[method]
    if isinstance(key, BbsPublicKey):
        raise VerificationError("algorithm_refused")
    verified = vc_jose.verify(
        unverified, key, kind="vc", algorithms=ALGORITHMS, terms=Terms(contexts(), inline=rules.inline)
    )
    checked = verified.checked
    if not isinstance(checked, CheckedCredential) or checked.issuer != issuer:
        raise VerificationError("issuer_mismatch")
    if "validity" in rules.checks:
        check_period(verified.not_before, verified.expires, now=rules.now, leeway=LEEWAY)
    own = any(isinstance(one, dict) for one in _listed(verified.document.get("@context")))
    return _Signed(checked, verified.document, frozenset({method}), own)


async def _check_status(stated: JsonValue, rules: Rules) -> tuple[str, ...]:
    """Asks every entry of a `credentialStatus`, as a flow; returns what is said of a credential that stays in force.

    Raises:
        FetchError: a list could not be had.
        ParseError: a malformed entry or list.
        VerificationError: `status_revoked`, `status_suspended`, `status_mechanism_unsupported`, and what is wrong with
            a list.
    """
    notices = []
    for entry in read_entries(stated):
        answer = await fetch(Request("GET", entry.url, {"accept": _ACCEPT}, max_bytes=MAX_LIST_BYTES))
        if answer.status != _OK:
            raise FetchError("fetch_status", f"status list: HTTP {answer.status}")
        # A list that itself had a status would be followed without end; its time is for `read_list` to judge.
        judged = await verify_credential(_secured(answer.body), Rules(rules.issuers, frozenset({"proof"}), rules.now))
        listed = read_list(judged.document, url=entry.url, purpose=entry.purpose, now=rules.now)
        value = listed.lookup(entry.index, entry.size)
        if value and entry.purpose in PURPOSES:
            raise VerificationError(_CODES[PURPOSES[entry.purpose]])
        if value:
            notices.append(f"its status for the purpose {entry.purpose} is {value:#x}")
    return tuple(notices)


def _secured(body: bytes) -> JsonObject:
    """A list as it was fetched: a document with proofs, or a token, in an envelope as a credential would be."""
    if body.lstrip()[:1] == b"{":
        return json.parse_object(body, max_bytes=MAX_LIST_BYTES)
    try:
        token = body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise ParseError("status_list_malformed") from None
    vc_jose.parse(token, max_chars=MAX_LIST_BYTES)
    return build_envelope(vc_jose.media_type("vc"), token)


def _issuer(document: JsonObject) -> str:
    stated = document.get("issuer")
    return str(stated.get("id") if isinstance(stated, dict) else stated)


def _listed(value: object) -> Collection[object]:
    return value if isinstance(value, list) else [value]
