"""The OpenID4VC format `dc+sd-jwt`: SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-19) on SD-JWT (RFC 9901)."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final, NamedTuple

from didkit_fr.boundary import boundary
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.occasion import Issuance, Occasion, occasion_of_holder
from didkit_fr.formats.port import (
    Format,
    IssuerKey,
    ProofRules,
    VerifiedCredential,
    VerifiedPossession,
    read_status,
    required_signer,
)
from didkit_fr.formats.query_profile import by_names
from didkit_fr.formats.wire import TEXT
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer
from didkit_fr.keys.x509 import Certificate, build_x5c
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.claimed_signer import ClaimedSigner, read_jose
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.batch import Template

__all__ = [
    "ALWAYS_VISIBLE",
    "FORMAT",
    "ROW",
    "TYP",
    "UnverifiedSdJwtVc",
    "disclose",
    "parse",
    "prepare",
    "present",
    "sign",
    "subject",
    "verify",
]

FORMAT: Final = "dc+sd-jwt"
TYP: Final = "dc+sd-jwt"
ALWAYS_VISIBLE: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})

_PROTOCOL: Final = ALWAYS_VISIBLE | {"iat"}

MAX_TYPE_CHARS: Final = 1024
MAX_TIME: Final = 253_402_300_799
_NUMBERS: Final = frozenset({int, float})

# The profile of transaction data for SD-JWT (OpenID4VP 1.0 appendix B.3.3.1).
_HASHES: Final = "transaction_data_hashes"
_HASHES_ALG: Final = "transaction_data_hashes_alg"
_SHA_256: Final = "sha-256"


class UnverifiedSdJwtVc(NamedTuple):
    """A parsed SD-JWT VC; nothing of it is to be believed."""

    secured: sd_jwt.UnverifiedSdJwt
    unverified_type: str

    @property
    def unverified_cryptosuite(self) -> None:
        """None: it is secured as a JWT."""
        return

    @property
    def presented(self) -> bool:
        """Whether a key binding came with it."""
        return self.secured.key_binding is not None

    def claimed_signer(self) -> ClaimedSigner:
        """The `x5c` of its header; or the key that `kid` names, of the issuer in `iss`."""
        return read_jose(self.secured.jws.unverified_header, partial(self.secured.unverified_payload.get, "iss"))

    def unverified_holder(self) -> PublicKey | None:
        """The key in `cnf`."""
        return _holder(self.unverified_claims().get("cnf"), used=False)

    def unverified_claims(self) -> JsonObject:
        """The disclosed claims, unverified."""
        return sd_jwt.unverified_claims(self.secured)


@boundary
def parse(raw: str, *, budget: Budget | None = None) -> UnverifiedSdJwtVc:
    """Parses the compact serialisation, with or without key binding; `budget` is what its message may still cost.

    Raises:
        ParseError: `work_exceeded`, `sd_jwt_malformed` and those of `proofs.sd_jwt.sd_jwt.parse`.
    """
    if budget is not None:
        budget.spend(len(raw) >> 6)
    secured = sd_jwt.parse(raw, budget=budget)
    return UnverifiedSdJwtVc(secured, _type(secured.unverified_text("vct")))


def sign(
    claims: JsonObject,
    signer: Signer,
    *,
    chain: Sequence[Certificate],
    disclosable: Collection[ClaimsPath],
    decoys: int = 0,
    random: Random = system,
) -> str:
    """Issues a credential; `chain` (leaf first, without its anchor) goes into the `x5c` header (HAIP section 6.1.1).

    Raises:
        ParseError: `sd_jwt_disclosable` where a registered claim that must stay visible is made disclosable.
    """
    _check_disclosable(disclosable)
    header = {"x5c": build_x5c(chain)}
    return sd_jwt.issue(claims, signer, typ=TYP, disclosable=disclosable, header=header, decoys=decoys, random=random)


def prepare(
    claims: JsonObject,
    signer: KeyHolder,
    *,
    chain: Sequence[Certificate],
    disclosable: Collection[ClaimsPath],
    decoys: int = 0,
) -> Template:
    """Encodes once what the copies of a batch share; `prepare` of the result makes each, with its `cnf` and `status`.

    Raises:
        ParseError: as `sign`.
    """
    _check_disclosable(disclosable)
    header = {"x5c": build_x5c(chain)}
    return Template.of(claims, signer, typ=TYP, disclosable=disclosable, header=header, decoys=decoys)


def disclose(raw: str, paths: Collection[ClaimsPath]) -> str:
    """The credential with the disclosures for these paths and no other, ready to be bound."""
    return sd_jwt.disclose(sd_jwt.parse(raw), paths)


def present(raw: str, paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, *, now: int) -> str:
    """Discloses `paths` and proves possession of the holder key for one occasion.

    Raises:
        ParseError: those of `disclose`.
        VerificationError: `holder_missing`.
    """
    hashes = [sd_jwt.digest_of(entry) for entry in occasion.transaction_data]
    more: JsonObject = {_HASHES: hashes, _HASHES_ALG: _SHA_256} if hashes else {}
    return sd_jwt.bind(
        disclose(raw, paths),
        required_signer(signer),
        nonce=occasion.nonce,
        audience=occasion.audience,
        now=now,
        more=more,
    )


def subject(claims: JsonObject) -> JsonObject:
    """The claims about the holder."""
    return {name: value for name, value in claims.items() if name not in _PROTOCOL}


def capabilities(algorithms: Collection[str], _cryptosuites: Collection[str]) -> JsonObject:
    """Its parameters in `vp_formats_supported` (OpenID4VP 1.0 appendix B.3.4)."""
    known = sorted(algorithms)
    return {"sd-jwt_alg_values": known, "kb-jwt_alg_values": known}


@boundary
def verify(
    unverified: UnverifiedSdJwtVc,
    issuer: IssuerKey,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    *,
    budget: Budget | None = None,
) -> VerifiedCredential:
    """Verifies the issuer's signature and every digest, that no protected claim came from a disclosure, and possession.

    Verifies neither whose key it is, nor times, nor status; possession only where the credential came with a proof of
    it, and for the occasion.

    Raises:
        ParseError: `work_exceeded`, `key_binding_malformed`; a claim of the wrong type.
        VerificationError: those of `proofs.sd_jwt.sd_jwt.verify`, `claim_must_be_visible`, `key_binding_...`,
            `holder_missing`.
    """
    if budget is not None:
        budget.spend_signatures()
    key = issuer.public_key()
    verified = sd_jwt.verify(unverified.secured, key, typ=TYP, algorithms=rules.algorithms, budget=budget)
    if not ALWAYS_VISIBLE.isdisjoint([path[0] for path in verified.disclosed]):
        raise VerificationError("claim_must_be_visible")
    claims = verified.claims
    holder = _holder(claims.get("cnf"), used=unverified.presented)
    answered, possession = occasion_of_holder(occasion, holder, presented=unverified.presented), None
    if answered is not None and holder is not None:
        possession = _verify_possession(unverified, holder, rules, answered, budget)
    return VerifiedCredential(
        _type(claims.get("vct")),
        claims,
        holder,
        _time(claims, "iat"),
        _time(claims, "nbf"),
        _time(claims, "exp"),
        read_status(claims),
        _issuer(claims.get("iss")),
        possession,
        unverified.secured.outline,
    )


def _verify_possession(
    unverified: UnverifiedSdJwtVc, holder: PublicKey, rules: ProofRules, occasion: Occasion, budget: Budget | None
) -> VerifiedPossession:
    """Verifies the key binding JWT (RFC 9901 section 7.3), and reads the transaction data that it signs."""
    if budget is not None:
        budget.spend_signatures()
    claims = sd_jwt.verify_key_binding(
        unverified.secured,
        holder,
        nonce=occasion.nonce,
        audience=occasion.audience,
        now=rules.now,
        max_age=rules.max_age,
        leeway=rules.leeway,
        algorithms=rules.algorithms,
    )
    hashes = claims.get(_HASHES, [])
    if not isinstance(hashes, list) or not all(isinstance(one, str) for one in hashes):
        raise ParseError("key_binding_malformed", _HASHES)
    if claims.get(_HASHES_ALG, _SHA_256) != _SHA_256:
        raise VerificationError("sd_jwt_hash_algorithm", _HASHES_ALG)
    return VerifiedPossession(tuple(hashes))


def _check_disclosable(paths: Collection[ClaimsPath]) -> None:
    if any(path and path[0] in ALWAYS_VISIBLE for path in paths):
        raise ParseError("sd_jwt_disclosable")


def _type(vct: object) -> str:
    if not isinstance(vct, str) or not 0 < len(vct) <= MAX_TYPE_CHARS:
        raise ParseError("sd_jwt_malformed", "vct missing")
    return vct


def _time(claims: JsonObject, name: str) -> int | None:
    """A NumericDate in whole seconds: fractions (RFC 7519 allows them) are floored."""
    value = claims.get(name)
    if value is None:
        return None
    if type(value) not in _NUMBERS or not 0 <= value <= MAX_TIME:
        raise ParseError("claim_time", name)
    return int(value)


def _holder(confirmation: object, *, used: bool) -> PublicKey | None:
    if confirmation is None:
        return None
    if not isinstance(confirmation, dict) or "jwk" not in confirmation:
        raise ParseError("key_unsupported", "cnf without jwk")
    return jwk.parse(confirmation["jwk"], load=used)


def _issuer(stated: object) -> str | None:
    if stated is not None and not isinstance(stated, str):
        raise ParseError("sd_jwt_malformed", "iss")
    return stated


ROW: Final = Format(
    name=FORMAT,
    purpose="credential",
    parse=parse,
    verify=verify,
    present=present,
    subject=subject,
    query=by_names("vct_values"),
    capabilities=capabilities,
    wire=TEXT,
)
