"""SD-JWT (RFC 9901) in compact serialisation: the verifier's, the issuer's and the holder's side."""

from collections.abc import Collection, Mapping
from hmac import compare_digest
from math import inf
from typing import Any, Final, NamedTuple

from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.jose import jws as jose
from didkit_fr.proofs.jose.jws import MAX_CHARS, UnverifiedJws
from didkit_fr.proofs.sd_jwt.hashes import HASHES, SHA_256, SHA_256_ONLY, digest_of, digests_of
from didkit_fr.proofs.sd_jwt.outline import Node, outline
from didkit_fr.proofs.sd_jwt.payload import Disclosure, find, hide, parse_disclosures, process

__all__ = [
    "HASHES",
    "MAX_DISCLOSURES",
    "SHA_256",
    "SHA_256_ONLY",
    "Disclosure",
    "UnverifiedSdJwt",
    "VerifiedSdJwt",
    "bind",
    "digest_of",
    "disclose",
    "issue",
    "parse",
    "unverified_claims",
    "verify",
    "verify_key_binding",
]

MAX_DISCLOSURES: Final = 512

_KEY_BINDING_TYP: Final = "kb+jwt"


class UnverifiedSdJwt(NamedTuple):
    """A parsed SD-JWT or SD-JWT+KB; nothing of it is to be believed.

    `presented` is all up to and including the last "~": what a key binding signs the hash of, with the algorithm
    `hash_name`. The payload is parsed once; `unverified_payload` is for this module alone: who changes it after parsing
    changes what is verified.
    """

    jws: UnverifiedJws
    disclosures: tuple[Disclosure, ...]
    key_binding: UnverifiedJws | None
    issuer_signed: str
    presented: str
    unverified_payload: JsonObject
    hash_name: str

    def __repr__(self) -> str:
        return f"UnverifiedSdJwt(jws={self.jws!r}, disclosures={self.disclosures!r}, key_binding={self.key_binding!r})"

    def unverified_text(self, name: str) -> str | None:
        """A claim that shows without disclosure, if it is text: to find out whose key to ask for."""
        text = self.unverified_payload.get(name)
        return text if isinstance(text, str) else None

    def process(self, budget: Budget | None = None) -> tuple[JsonObject, dict[ClaimsPath, Disclosure]]:
        """The processed payload, each time anew, and what was disclosed where; unverified (`sd_jwt_payload.process`).

        Raises:
            ParseError, VerificationError: as `verify`, for digests and disclosures.
        """
        return process(self.unverified_payload, self.disclosures, budget)

    def outline(self) -> Node:
        """Which claims were issued, which of them could be withheld, how many were, once `verify` accepted this."""
        return outline(self.unverified_payload, self.disclosures)


class VerifiedSdJwt(NamedTuple):
    """Header and processed payload of an SD-JWT whose signature and digests were verified; times and names were not.

    `disclosed` are the paths of what came from a disclosure, in `claims`: what a format must never take from there
    (`cnf`, `exp` ...) is for that format to refuse. Its `repr` shows no value.
    """

    header: Mapping[str, Any]
    claims: JsonObject
    disclosed: tuple[ClaimsPath, ...]

    def __repr__(self) -> str:
        return f"VerifiedSdJwt(header={self.header!r}, disclosed={self.disclosed!r})"


def parse(
    raw: str,
    *,
    hashes: Collection[str] = SHA_256_ONLY,
    max_chars: int = MAX_CHARS,
    max_disclosures: int = MAX_DISCLOSURES,
    budget: Budget | None = None,
) -> UnverifiedSdJwt:
    """Parses the compact serialisation (RFC 9901 section 4), with or without key binding.

    A holder must refuse what an issuer sends with a key binding (section 7.2): that is for the caller to look at.

    Args:
        raw: the SD-JWT or SD-JWT+KB.
        hashes: the allowed values of `_sd_alg` (section 4.1.1), out of those of `sd_jwt_hash.HASHES`.
        max_chars: the limit of all of it.
        max_disclosures: the limit of their number.
        budget: what the message that it came in may still cost; None for a message of its own.

    Raises:
        ParseError: `work_exceeded`, `input_too_large`, `sd_jwt_malformed`, `sd_jwt_disclosure_malformed`,
            `sd_jwt_claim_name`, `sd_jwt_disclosure_repeated`, `key_binding_malformed`, and those of `jose.parse` and
            `encoding.json`.
        VerificationError: `sd_jwt_hash_algorithm`.
    """
    if len(raw) > max_chars:
        raise ParseError("input_too_large", f"SD-JWT over {max_chars} characters")
    issuer_signed, tilde, rest = raw.partition("~")
    parts = rest.split("~", max_disclosures + 1)
    key_binding = parts.pop()
    if len(parts) > max_disclosures:
        raise ParseError("input_too_large", f"over {max_disclosures} disclosures")
    if not tilde or not raw.isascii():
        raise ParseError("sd_jwt_malformed")
    if len(set(parts)) != len(parts):
        raise ParseError("sd_jwt_disclosure_repeated")
    jws = jose.parse(issuer_signed, max_chars=max_chars)
    payload = jws.unverified_claims()
    hash_name = payload.get("_sd_alg", SHA_256)
    if not isinstance(hash_name, str) or hash_name not in hashes:
        raise VerificationError("sd_jwt_hash_algorithm")
    digests = digests_of([part.encode() for part in parts], hash_name)
    return UnverifiedSdJwt(
        jws,
        parse_disclosures(parts, digests, budget),
        _parse_key_binding(key_binding) if key_binding else None,
        issuer_signed,
        raw[: len(raw) - len(key_binding)],
        payload,
        hash_name,
    )


def verify(
    unverified: UnverifiedSdJwt,
    key: PublicKey,
    *,
    typ: str,
    algorithms: Collection[str],
    budget: Budget | None = None,
) -> VerifiedSdJwt:
    """Verifies signature and digests, and processes the payload (RFC 9901 section 7.1, but steps 2.3 and 6).

    Verifies neither times, nor whose key it is, nor the key binding: those are the caller's.

    Args:
        unverified: the parsed SD-JWT.
        key: the issuer's key.
        typ: the exact `typ` header of the issuer-signed JWT.
        algorithms: the allowed `alg` values.
        budget: what the message that it came in may still cost; None for a message of its own.

    Raises:
        ParseError: `work_exceeded`, `sd_jwt_claim_name`, `sd_jwt_digest_malformed`, `json_depth` for
            what nests too deeply once processed.
        VerificationError: as `jose.verify`, and `sd_jwt_hash_algorithm`, `sd_jwt_claim_collision`,
            `sd_jwt_digest_repeated`, `sd_jwt_disclosure_misplaced`, `sd_jwt_disclosure_unreferenced`.
    """
    jose.check_signature(unverified.jws, key, typ=typ, algorithms=algorithms)
    claims, placed = unverified.process(budget)
    return VerifiedSdJwt(unverified.jws.unverified_header, claims, tuple(placed))


def unverified_claims(unverified: UnverifiedSdJwt) -> JsonObject:
    """The processed payload, unverified: to find out whose key to ask for.

    Raises:
        ParseError, VerificationError: as `verify`, for digests and disclosures.
    """
    claims, _ = unverified.process()
    return claims


def verify_key_binding(
    unverified: UnverifiedSdJwt,
    holder: PublicKey,
    *,
    nonce: str,
    audience: str,
    now: int,
    algorithms: Collection[str],
    max_age: int = 300,
    leeway: int = 60,
) -> JsonObject:
    """Verifies that the holder presents, here and now (RFC 9901 section 7.3 step 5); returns what it signed.

    Args:
        unverified: the parsed SD-JWT+KB.
        holder: the holder's key, from the *verified* issuer-signed claims.
        nonce: what the verifier asked for; never empty.
        audience: what the verifier is called; never empty.
        now: seconds since 1970 UTC.
        algorithms: the allowed `alg` values.
        max_age: how old the key binding may be, in seconds.
        leeway: how far the two clocks may differ, in seconds.

    Raises:
        VerificationError: `key_binding_missing`, `key_binding_nonce`, `key_binding_audience`, `key_binding_time`,
            `key_binding_hash`, and as `jose.verify`.
    """
    if unverified.key_binding is None:
        raise VerificationError("key_binding_missing")
    jose.check_signature(unverified.key_binding, holder, typ=_KEY_BINDING_TYP, algorithms=algorithms)
    claims = unverified.key_binding.unverified_claims()
    if not nonce or claims.get("nonce") != nonce:
        raise VerificationError("key_binding_nonce")
    if not audience or claims.get("aud") != audience:
        raise VerificationError("key_binding_audience")
    _check_times(claims, now=now, max_age=max_age, leeway=leeway)
    stated = claims.get("sd_hash")
    expected = digest_of(unverified.presented, unverified.hash_name)
    if not isinstance(stated, str) or not compare_digest(stated.encode(), expected.encode()):
        raise VerificationError("key_binding_hash")
    return claims


def issue(
    claims: JsonObject,
    signer: Signer,
    *,
    typ: str,
    disclosable: Collection[ClaimsPath],
    header: Mapping[str, Any] | None = None,
    decoys: int = 0,
    random: Random = system,
) -> str:
    """Issues an SD-JWT (RFC 9901 sections 4.1 and 4.2), its digests with SHA-256.

    Args:
        claims: the claims in the clear, the holder's `cnf` included.
        signer: the issuer's key.
        typ: the `typ` header.
        disclosable: concrete paths; one inside another makes a recursive disclosure (section 4.2.6).
        header: more header members, such as `x5c`.
        decoys: how many digests of nothing (section 4.2.7) stand among those of each object that hides a claim: who
            knows this number still knows how many are real, so vary it where that matters.
        random: where the salts come from, 18 bytes each, and as many for each decoy, in one draw.

    Raises:
        ParseError: `sd_jwt_claim_name` for a reserved name in the claims, `sd_jwt_path_unknown` for a path they
            do not have, `input_too_large` for more decoys than `sd_jwt_payload.MAX_DECOYS` at one level.
    """
    payload, disclosures = hide(claims, disclosable, decoys=decoys, random=random)
    return jose.sign(payload, signer, typ=typ, header=header) + b"~".join((b"", *disclosures, b"")).decode("ascii")


def disclose(sd_jwt: UnverifiedSdJwt, paths: Collection[ClaimsPath]) -> str:
    """Selects for presentation (RFC 9901 section 7.2): what lies on the way to the paths or below them, no more.

    A path counts positions as `verify` shows the claims of this same SD-JWT; None stands for every element of an
    array, of which those without the rest of the path are left out. Selecting what is always disclosed is allowed.
    The signature is not verified: a holder verifies what it receives.

    Raises:
        ParseError: `sd_jwt_path_unknown` where a path leads nowhere.
        ParseError, VerificationError: as `verify`, for digests and disclosures.
    """
    claims, placed = sd_jwt.process()
    wanted = [concrete for path in paths for concrete in find(claims, path)]
    chosen = {
        disclosure.digest
        for at, disclosure in placed.items()
        if any(at[: len(path)] == path[: len(at)] for path in wanted)
    }
    kept = (disclosure.encoded for disclosure in sd_jwt.disclosures if disclosure.digest in chosen)
    return "~".join((sd_jwt.issuer_signed, *kept, ""))


def bind(
    presentation: str,
    signer: Signer,
    *,
    nonce: str,
    audience: str,
    now: int,
    more: Mapping[str, JsonValue] | None = None,
    hash_name: str = SHA_256,
) -> str:
    """Appends the holder's key binding (RFC 9901 section 4.3) to what `disclose` gave; `more` are further claims of it.

    `hash_name` is that of the SD-JWT (section 4.3.1), as `parse` read it.

    Raises:
        ParseError: `sd_jwt_malformed` where the presentation does not end in "~".
    """
    if not presentation.endswith("~") or not presentation.isascii():
        raise ParseError("sd_jwt_malformed", "a presentation ends in ~")
    claims = {
        **(more or {}),
        "iat": now,
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(presentation, hash_name),
    }
    return presentation + jose.sign(claims, signer, typ=_KEY_BINDING_TYP)


def _parse_key_binding(compact: str) -> UnverifiedJws:
    try:
        return jose.parse(compact)
    except ParseError as error:
        raise ParseError("key_binding_malformed", error.code) from None


def _check_times(claims: JsonObject, *, now: int, max_age: int, leeway: int) -> None:
    _check_time(claims, "iat", now - max_age - leeway, now + leeway)
    if "nbf" in claims:
        _check_time(claims, "nbf", -inf, now + leeway)
    if "exp" in claims:
        _check_time(claims, "exp", now - leeway + 1, inf)


def _check_time(claims: JsonObject, name: str, earliest: float, latest: float) -> None:
    time: JsonValue = claims.get(name)
    if (type(time) is not int and type(time) is not float) or not earliest <= time <= latest:
        raise VerificationError("key_binding_time", name)
