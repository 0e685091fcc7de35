"""The options of a Data Integrity proof (Data Integrity 1.0 section 2.1): read, checked, and built."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from didkit_fr.encoding import date_time
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError

__all__ = ["LEGACY", "MAX_STRINGS", "TYPE", "UnverifiedProof", "build_options", "check_options", "parse_proof"]

TYPE: Final = "DataIntegrityProof"
MAX_STRINGS: Final = 16

LEGACY: Final = frozenset({"Ed25519Signature2020"})
"""Types of proofs from before cryptosuites had names: the type is the cryptosuite."""

# The texts of a proof, and what is read where there is none: nothing is refused, the others may be left out.
_TEXTS: Final = {
    **dict.fromkeys(("verificationMethod", "proofPurpose", "proofValue"), ""),
    **dict.fromkeys(("cryptosuite", "id", "challenge", "nonce"), "none"),
}


class UnverifiedProof(NamedTuple):
    """A parsed proof; nothing of it is to be believed. Its `repr` shows the cryptosuite only.

    Times are seconds since 1970 (UTC). `stated` are all members as received, but `proofValue`.
    """

    unverified_cryptosuite: str
    unverified_verification_method: str
    unverified_purpose: str
    id: str | None
    created: int | None
    expires: int | None
    domain: frozenset[str]
    challenge: str | None
    previous: frozenset[str]
    stated: JsonObject
    value: str

    def __repr__(self) -> str:
        return f"UnverifiedProof(unverified_cryptosuite={self.unverified_cryptosuite!r})"


def parse_proof(proof: JsonValue) -> UnverifiedProof:
    """Reads one proof.

    Raises:
        ParseError: `integrity_proof_malformed`, `date_time_invalid`.
    """
    if not isinstance(proof, dict) or not isinstance(proof.get("type"), str):
        raise ParseError("integrity_proof_malformed", "type")
    legacy = proof["type"] if proof["type"] in LEGACY else None
    if (proof["type"] != TYPE and legacy is None) or ("cryptosuite" in proof) == (legacy is not None):
        raise ParseError("integrity_proof_malformed", "type or cryptosuite")
    for name, absent in _TEXTS.items():
        text = proof.get(name, absent)
        if text.__class__ is not str or not text:
            raise ParseError("integrity_proof_malformed", name)
    stated = dict(proof)
    value = stated.pop("proofValue")
    return UnverifiedProof(
        unverified_cryptosuite=legacy or proof["cryptosuite"],
        unverified_verification_method=proof["verificationMethod"],
        unverified_purpose=proof["proofPurpose"],
        id=proof.get("id"),
        created=_time(proof, "created"),
        expires=_time(proof, "expires"),
        domain=_strings(proof, "domain"),
        challenge=proof.get("challenge"),
        previous=_strings(proof, "previousProof"),
        stated=stated,
        value=value,
    )


def check_options(
    proof: UnverifiedProof,
    *,
    purpose: str,
    now: int,
    leeway: int,
    domain: str | Collection[str] | None,
    challenge: str | None,
) -> None:
    """Checks what a proof says about its use (section 4.4), and its times, of which the standard checks none.

    Args:
        proof: the parsed proof.
        purpose: the exact `proofPurpose`.
        now: seconds since 1970 UTC.
        leeway: how far the two clocks may differ, in seconds.
        domain: all the domains it must be for, no more and no less; None: it may be for any, or for none.
        challenge: what it must answer; None: it may answer anything. An empty one is never answered.

    Raises:
        VerificationError: `integrity_purpose`, `integrity_domain`, `integrity_challenge`,
            `integrity_from_the_future`, `integrity_expired`.
    """
    if not purpose or proof.unverified_purpose != purpose:
        raise VerificationError("integrity_purpose", f"expected {purpose}")
    expected = {domain} if isinstance(domain, str) else domain
    if expected is not None and proof.domain != set(expected):
        raise VerificationError("integrity_domain")
    if challenge is not None and (not challenge or proof.challenge != challenge):
        raise VerificationError("integrity_challenge")
    if proof.created is not None and proof.created > now + leeway:
        raise VerificationError("integrity_from_the_future")
    if proof.expires is not None and proof.expires <= now - leeway:
        raise VerificationError("integrity_expired")


def build_options(
    *,
    cryptosuite: str,
    verification_method: str,
    purpose: str,
    created: int,
    expires: int | None = None,
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    id: str | None = None,  # noqa: A002 - its name
    previous: Sequence[str] = (),
) -> JsonObject:
    """The members of a proof before it has a value; times are seconds since 1970 UTC."""
    one_or_more = previous[0] if len(previous) == 1 else list(previous) or None
    members = {
        "type": TYPE,
        "id": id,
        "cryptosuite": cryptosuite,
        "created": date_time.build(created),
        "expires": None if expires is None else date_time.build(expires),
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
        "domain": domain if domain is None or isinstance(domain, str) else list(domain),
        "challenge": challenge,
        "previousProof": one_or_more,
    }
    return {name: value for name, value in members.items() if value is not None}


def _time(proof: JsonObject, name: str) -> int | None:
    if name not in proof:
        return None
    if not isinstance(proof[name], str):
        raise ParseError("integrity_proof_malformed", name)
    return date_time.parse(proof[name])


def _strings(proof: JsonObject, name: str) -> frozenset[str]:
    if name not in proof:
        return frozenset()
    stated = proof[name]
    values = [stated] if isinstance(stated, str) else stated
    if not isinstance(values, list) or not 0 < len(values) <= MAX_STRINGS:
        raise ParseError("integrity_proof_malformed", name)
    if not all(isinstance(value, str) and value for value in values):
        raise ParseError("integrity_proof_malformed", name)
    return frozenset(values)
