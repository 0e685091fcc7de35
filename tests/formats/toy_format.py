"""A format of credentials in one file outside the packages: claims in a JWT, shown as a whole beside a proof.

A presentation is the credential and the holder's proof of possession, with `~` between them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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
    required_signer,
)
from didkit_fr.formats.query_profile import by_names
from didkit_fr.formats.wire import TEXT
from didkit_fr.keys import jwk
from didkit_fr.keys.public import PublicKey
from didkit_fr.keys.signer import KeyHolder, Signer, ToBeSigned
from didkit_fr.keys.x509 import Certificate, build_x5c
from didkit_fr.proofs.claimed_signer import ClaimedSigner, read_jose
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.jose.jws import UnverifiedJws

FORMAT, TYP, PROOF_TYP = "toy", "toy+jwt", "toy-proof+jwt"
TIMES = ("iat", "nbf", "exp")


@dataclass(frozen=True, slots=True)
class UnverifiedToy:
    """A parsed credential, and the proof beside it."""

    credential: UnverifiedJws
    proof: UnverifiedJws | None
    unverified_type: str

    @property
    def unverified_cryptosuite(self) -> None:
        """None: it is a JWT."""

    @property
    def presented(self) -> bool:
        """Whether a proof came with it."""
        return self.proof is not None

    def claimed_signer(self) -> ClaimedSigner:
        """Its certificates, or the key of its issuer."""
        return read_jose(self.credential.unverified_header, lambda: self.credential.unverified_claims().get("iss"))

    def unverified_holder(self) -> PublicKey | None:
        """The key in `holder`."""
        return _holder(self.credential.unverified_claims())

    def unverified_claims(self) -> JsonObject:
        """The claims."""
        return self.credential.unverified_claims()


def prepare(claims: JsonObject, signer: KeyHolder, *, chain: Sequence[Certificate]) -> ToBeSigned[str]:
    """A credential that lacks but its signature."""
    return jws.prepare_claims(claims, signer, typ=TYP, header={"x5c": build_x5c(chain)})


@boundary
def parse(raw: str, /, *, budget: Budget | None = None) -> UnverifiedToy:
    """Reads a credential, alone or with a proof beside it."""
    if budget is not None:
        budget.spend(len(raw) >> 6)
    first, tilde, second = raw.partition("~")
    credential, proof = jws.parse(first), jws.parse(second) if tilde else None
    return UnverifiedToy(credential, proof, _type(credential.unverified_claims()))


@boundary
def verify(
    unverified: UnverifiedToy,
    issuer: IssuerKey,
    rules: ProofRules,
    occasion: Occasion | Issuance | None,
    /,
    *,
    budget: Budget | None = None,
) -> VerifiedCredential:
    """Verifies both signatures."""
    budget = Budget() if budget is None else budget
    budget.spend_signatures()
    claims = jws.verify(unverified.credential, issuer.public_key(), typ=TYP, algorithms=rules.algorithms).claims
    holder = _holder(claims)
    possession, answered = None, occasion_of_holder(occasion, holder, presented=unverified.presented)
    if answered is not None and holder is not None and unverified.proof is not None:
        budget.spend_signatures()
        proven = jws.verify(unverified.proof, holder, typ=PROOF_TYP, algorithms=rules.algorithms).claims
        _check_proof(proven, answered, rules)
        possession = VerifiedPossession()
    times = [claims.get(name) for name in TIMES]
    return VerifiedCredential(
        _type(claims), claims, holder, *times, status=None, issuer=claims.get("iss"), possession=possession
    )


def present(raw: str, _paths: Sequence[ClaimsPath], signer: Signer | None, occasion: Occasion, /, *, now: int) -> str:
    """Adds the holder's proof: nothing can be withheld, so that the paths choose nothing."""
    if occasion.transaction_data:
        raise VerificationError("transaction_data_unbound")
    stated = {"nonce": occasion.nonce, "aud": occasion.audience, "iat": now}
    return f"{raw}~{jws.sign(stated, required_signer(signer), typ=PROOF_TYP)}"


def subject(claims: JsonObject) -> JsonObject:
    """What is not the protocol's."""
    return {name: value for name, value in claims.items() if name not in {"type", "iss", "holder", *TIMES}}


def capabilities(algorithms: Collection[str], _cryptosuites: Collection[str]) -> JsonObject:
    """The algorithms of both signatures."""
    return {"toy_alg_values": sorted(algorithms)}


def _check_proof(proven: JsonObject, occasion: Occasion, rules: ProofRules) -> None:
    if not occasion.nonce or proven.get("nonce") != occasion.nonce:
        raise VerificationError("key_binding_nonce")
    if not occasion.audience or proven.get("aud") != occasion.audience:
        raise VerificationError("key_binding_audience")
    made = proven.get("iat")
    latest, oldest = rules.now + rules.leeway, rules.now - rules.max_age - rules.leeway
    if not isinstance(made, int) or not oldest <= made <= latest:
        raise VerificationError("key_binding_time")


def _holder(claims: JsonObject) -> PublicKey | None:
    return None if "holder" not in claims else jwk.parse(claims["holder"])


def _type(claims: JsonObject) -> str:
    if not isinstance(claims.get("type"), str):
        raise ParseError("jws_malformed", "type")
    return str(claims["type"])


TOY = Format(
    name=FORMAT,
    purpose="credential",
    parse=parse,
    verify=verify,
    present=present,
    subject=subject,
    query=by_names("type_values"),
    capabilities=capabilities,
    wire=TEXT,
)
