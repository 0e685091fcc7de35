"""The OpenID4VC format `jwt_vc_json`: W3C credentials of data model 1.1 as JWT (OpenID4VCI 1.0 appendix A.1.1).

Claims stand in `vc`, presentations in `vp`, and the type of both tokens is `JWT`, as data model 1.1 section 6.3.1 has
it: only these claims tell one from the other, so that each is refused where the other is due.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from didkit_fr.boundary import boundary
from didkit_fr.credentials.model import CheckedCredential, check_credential
from didkit_fr.encoding import date_time
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import ClaimsPath, JsonObject, JsonValue
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
from didkit_fr.formats.query_profile import by_type_sets
from didkit_fr.formats.w3c import fields
from didkit_fr.formats.wire import TEXT
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate, build_x5c
from didkit_fr.proofs.claimed_signer import ClaimedSigner, read_jose
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.jose.jws import UnverifiedJws

__all__ = [
    "FORMAT",
    "ROW",
    "TYP",
    "UnverifiedJwtVc",
    "parse",
    "prepare",
    "present",
    "sign",
    "subject",
    "verify",
]

FORMAT = "jwt_vc_json"
TYP = "JWT"

MAX_CHARS = 262_144
MAX_TIME = 253_402_300_799

_TYP = "jwt"
_PRESENTATION = "VerifiablePresentation"
_VERSIONS = frozenset({"1.1"})


@dataclass(frozen=True, slots=True)
class UnverifiedJwtVc:
    """A credential, and the presentation it came in, if any; nothing of it is to be believed."""

    credential: UnverifiedJws
    presentation: UnverifiedJws | None
    unverified_type: str
    _claims: JsonObject = field(repr=False, compare=False)

    @property
    def unverified_cryptosuite(self) -> None:
        """None: it is secured as a JWT."""
        return

    @property
    def presented(self) -> bool:
        """Whether it came in a presentation."""
        return self.presentation is not None

    def claimed_signer(self) -> ClaimedSigner:
        """The `x5c` of the credential's header; or the key that `kid` names, of the issuer in `iss`."""
        return read_jose(self.credential.unverified_header, partial(self._claims.get, "iss"))

    def unverified_holder(self) -> PublicKey | None:
        """The key of the subject's DID."""
        return fields.holder_key(_vc(self._claims))

    def unverified_claims(self) -> JsonObject:
        """What stands in `vc`, and who says so, each time anew."""
        claims = self.credential.unverified_claims()
        return _vc(claims) | {name: claims[name] for name in ("iss",) if name in claims}


@boundary
def parse(raw: str, *, max_chars: int = MAX_CHARS, budget: Budget | None = None) -> UnverifiedJwtVc:
    """Parses a credential, or a presentation of one; `budget` is what its message may still cost.

    Raises:
        ParseError: `work_exceeded`, `w3c_malformed`, and those of `proofs.jose.jws.parse` and `encoding.json`.
    """
    if budget is not None:
        budget.spend(len(raw) >> 6)
    outer = jws.parse(raw, max_chars=max_chars)
    claims = outer.unverified_claims()
    if ("vc" in claims) == ("vp" in claims):
        raise ParseError("w3c_malformed", "either vc or vp is due")
    if "vc" in claims:
        return UnverifiedJwtVc(outer, None, fields.type_of(_vc(claims), budget=budget), claims)
    inner = jws.parse(_presented(claims["vp"]), max_chars=max_chars)
    claims = inner.unverified_claims()
    return UnverifiedJwtVc(inner, outer, fields.type_of(_vc(claims), budget=budget), claims)


def sign(claims: JsonObject, signer: Signer, *, chain: Sequence[Certificate]) -> str:
    """Issues a credential: `claims` are the whole JWT's, `vc` among them; `chain` goes into `x5c`, leaf first.

    Raises:
        ParseError: `w3c_malformed`, `claim_time`, and those of `credentials.model.check_credential`.
    """
    return prepare(claims, signer, chain=chain).by(signer)


def prepare(claims: JsonObject, signer: KeyHolder, *, chain: Sequence[Certificate]) -> ToBeSigned[str]:
    """As `sign`, for a key that is elsewhere."""
    _check(claims, _vc(claims))
    return jws.prepare_claims(claims, signer, typ=TYP, header={"x5c": build_x5c(chain)})


def subject(claims: JsonObject) -> JsonObject:
    """The claims about the holder, where they stand in the credential."""
    stated = claims.get("credentialSubject")
    if not isinstance(stated, dict):
        return {}
    return {"credentialSubject": {name: value for name, value in stated.items() if name != "id"}}


def capabilities(algorithms: Collection[str], _cryptosuites: Collection[str]) -> JsonObject:
    """Its parameters in `vp_formats_supported` (OpenID4VP 1.0 appendix B.1.3.1)."""
    return {"alg_values": sorted(algorithms)}


@boundary
def verify(
    unverified: UnverifiedJwtVc,
    issuer: IssuerKey,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    *,
    budget: Budget | None = None,
) -> VerifiedCredential:
    """Verifies the issuer's signature, that what it secures is well-formed by data model 1.1, and possession.

    Verifies neither whose key it is, nor times, nor status; possession only where the credential came in a
    presentation, and for the occasion. What words mean is not asked: a JWT is read as it is written.

    Raises:
        ParseError: `w3c_malformed`, `claim_time`, `status_reference_malformed`, and those of
            `credentials.model.check_credential`.
        VerificationError: `key_binding_...`, `holder_missing`, `holder_mismatch`, and those of
            `proofs.jose.jws.verify`.
    """
    if budget is not None:
        budget.spend_signatures()
    claims = jws.verify(unverified.credential, issuer.public_key(), typ=_TYP, algorithms=rules.algorithms).claims
    document = _vc(claims)
    checked = _check(claims, document)
    holder = fields.holder_key(document)
    return VerifiedCredential(
        type=fields.type_of(document),
        claims=document,
        holder=holder,
        issued_at=_time(claims, "iat"),
        # The token and the credential in it both state a validity: it holds while both do.
        not_before=max(_stated(_time(claims, "nbf"), checked.valid_from), default=None),
        expires=min(_stated(_time(claims, "exp"), checked.valid_until), default=None),
        status=_status(claims, document),
        issuer=checked.issuer,
        possession=_verify_possession(unverified, holder, rules, occasion, budget),
    )


def _verify_possession(
    unverified: UnverifiedJwtVc,
    holder: PublicKey | None,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    budget: Budget | None,
) -> VerifiedPossession | None:
    """Verifies the presentation by the holder: its `nonce` and `aud` (OpenID4VP 1.0 appendix B.1.3.1)."""
    answered = occasion_of_holder(occasion, holder, presented=unverified.presented)
    if answered is None or holder is None or unverified.presentation is None:
        return None
    if budget is not None:
        budget.spend_signatures()
    claims = jws.verify(unverified.presentation, holder, typ=_TYP, algorithms=rules.algorithms).claims
    did, presentation = fields.did_of(holder), claims["vp"]
    if claims.get("iss") != did or presentation.get("holder", did) != did:
        raise VerificationError("holder_mismatch")
    if not answered.nonce or claims.get("nonce") != answered.nonce:
        raise VerificationError("key_binding_nonce")
    if not answered.audience or claims.get("aud") != answered.audience:
        raise VerificationError("key_binding_audience")
    _check_time(claims, rules)
    return VerifiedPossession()


def _check_time(claims: JsonObject, rules: ProofRules) -> None:
    """Refuses a presentation that was made too long ago or in the future, or that is not valid at the time."""
    made, starts, ends = _time(claims, "iat"), _time(claims, "nbf"), _time(claims, "exp")
    if made is None or not rules.now - rules.max_age - rules.leeway <= made <= rules.now + rules.leeway:
        raise VerificationError("key_binding_time")
    if (starts or 0) > rules.now + rules.leeway or (ends is not None and ends <= rules.now - rules.leeway):
        raise VerificationError("key_binding_time")


def present(raw: str, _paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, *, now: int) -> str:
    """Presents a credential on one occasion: all of it, for nothing of it can be withheld.

    Raises:
        VerificationError: `transaction_data_unbound`, `holder_missing`.
    """
    if occasion.transaction_data:
        raise VerificationError("transaction_data_unbound", "not defined for this format")
    holder = required_signer(signer)
    did = fields.did_of(holder.public_key)
    claims: JsonObject = {
        "iss": did,
        "aud": occasion.audience,
        "nonce": occasion.nonce,
        "iat": now,
        "vp": {"@context": [fields.V1], "type": [_PRESENTATION], "holder": did, "verifiableCredential": [raw]},
    }
    return jws.sign(claims, holder, typ=TYP, header={"kid": fields.method_of(holder.public_key)})


def _vc(claims: JsonObject) -> JsonObject:
    document = claims.get("vc")
    if not isinstance(document, dict):
        raise ParseError("w3c_malformed", "vc")
    return document


def _presented(vp: JsonValue) -> str:
    if not isinstance(vp, dict) or _PRESENTATION not in fields.types(vp):
        raise ParseError("w3c_malformed", "a presentation is due")
    inner = vp.get("verifiableCredential")
    one = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    if not isinstance(one, str):
        raise ParseError("w3c_malformed", "a presentation of one credential is due")
    return one


def _check(claims: JsonObject, document: JsonObject) -> CheckedCredential:
    """The structure of the credential, parts of which the token may say instead (data model 1.1 section 6.3.1)."""
    issuer, issued = claims.get("iss"), _time(claims, "nbf")
    stated = {"issuer": issuer} if isinstance(issuer, str) else {}
    if issued is not None:
        stated["issuanceDate"] = date_time.build(issued)
    checked = check_credential({**stated, **document}, versions=_VERSIONS)
    _check_same(claims, document, checked.issuer)
    return checked


def _stated(*times: int | None) -> list[int]:
    return [time for time in times if time is not None]


def _check_same(claims: JsonObject, document: JsonObject, issuer: str) -> None:
    """What stands both in the token and in the credential must be the same."""
    holder = document["credentialSubject"].get("id") if isinstance(document.get("credentialSubject"), dict) else None
    for name, stated in (("iss", issuer), ("sub", holder), ("jti", document.get("id"))):
        if name in claims and claims[name] != stated:
            raise ParseError("w3c_malformed", name)


def _status(claims: JsonObject, document: JsonObject) -> JsonObject | None:
    """What the token's claim `status`, the credential's `credentialStatus`, and one beside it in the token name."""
    named = [
        one for one in (read_status(claims), fields.status_of(document), fields.status_of(claims)) if one is not None
    ]
    status = {name: value for one in named for name, value in one.items()}
    if sum(map(len, named)) != len(status):
        raise ParseError("status_reference_malformed", "one mechanism at two places")
    return status if named else None


def _time(claims: JsonObject, name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= MAX_TIME:
        raise ParseError("claim_time", name)
    return int(value)


ROW = Format(
    name=FORMAT,
    purpose="credential",
    parse=parse,
    verify=verify,
    present=present,
    subject=subject,
    query=by_type_sets("type_values"),
    capabilities=capabilities,
    wire=TEXT,
)
