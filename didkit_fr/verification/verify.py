"""The verification pipeline: one function, readable aloud.

```
 1 parse            structure and limits
 2 recognise        format and algorithm allowed
 3 admit            is the issuer among the anchors for this type?
 4 find the key     certificate path, offline; or a DID's or an address's, fetched
 5 check the proof
 6 check the holder nonce, audience, key binding
 7 check the time   issued, valid from and until, at `now`
 8 check the trust  again, on the verified values
 9 check the status
10 check the type   its metadata's rules, and the values of its table
11 return Verified
```

No step reads a clock: `now` is given once and is the same for all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from didkit_fr.boundary import flow_boundary
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.formats.occasion import Issuance, occasion_of_answer
from didkit_fr.formats.port import Format, VerifiedCredential
from didkit_fr.keys.public import PublicKey
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.authenticate import AuthenticCredential, authenticate_credential
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.type_metadata import check_type

__all__ = ["Verified", "check_times", "verify", "verify_issued"]


@dataclass(frozen=True, slots=True)
class Verified:
    """A credential to be believed: it exists only if every step passed; `checks` says what each one found.

    `issuer` is the subject of the signing certificate, or the issuer's DID or address. Times are seconds since 1970
    (UTC). Keep no more of `claims` than the purpose needs, and never the holder's key or the presentation itself: they
    link one visit to the next.
    """

    format: str
    type: str
    claims: JsonObject = field(repr=False)
    issuer: str
    holder: PublicKey | None = field(repr=False)
    issued_at: int | None
    expires: int | None
    status: JsonObject | None
    checks: Mapping[str, str]
    transaction_data_hashes: tuple[str, ...] = field(default=(), repr=False)


@flow_boundary
async def verify(
    raw: str,
    *,
    format: str,  # noqa: A002 - the standard's word
    policy: Policy,
    memory: Memory,
    now: int,
    nonce: str,
    audience: str,
    binding: bool = True,
    issuers: Collection[str] | None = None,
    response_uri: str | None = None,
    encryption_thumbprint: bytes | None = None,
    formats: Formats = FORMATS,
    budget: Budget | None = None,
) -> Verified:
    """Verifies a presentation, as a flow.

    Args:
        raw: the presentation as received.
        format: the OpenID4VC format identifier it must have.
        policy: what is accepted.
        memory: what was checked before; with all that is needed in it, no request is made.
        now: seconds since 1970 (UTC).
        nonce: the nonce of the request that this answers.
        audience: the verifier's full `client_id`.
        binding: whether possession must be proven; without, anyone who ever saw the credential may present it.
        issuers: the names of the anchors that are admitted this time; None for all of the policy's.
        response_uri: where the answer went, to which some formats bind it.
        encryption_thumbprint: of the key that the answer was encrypted to (32 bytes); None for one in the clear.
        formats: the known formats.
        budget: what the message that this came in may still cost; None for a message of its own.

    Raises:
        ParseError: malformed; `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `unforeseen`.
    """
    left = Budget() if budget is None else budget
    occasion = occasion_of_answer(
        nonce, audience, response_uri=response_uri, encryption_thumbprint=encryption_thumbprint
    )
    # 1 parse, 2 recognise, 3 admit, 4 find the key, 5 check the proof, 6 check the holder, 8 check the trust
    form = _format(format, formats)
    authentic = await authenticate_credential(
        raw, form, policy=policy, memory=memory, now=now, occasion=occasion, budget=left
    )
    if issuers is not None and authentic.path.anchor.name not in issuers:
        raise VerificationError("issuer_not_admitted")
    holder = _check_possession(authentic.credential, binding=binding)
    # 7 check the time, 9 check the status, 10 check the type
    verified = await _conclude(authentic, form, policy, memory, now, left, holder=holder, complete=False)
    possession = authentic.credential.possession
    signed = () if possession is None else possession.transaction_data_hashes
    return replace(verified, transaction_data_hashes=signed) if signed else verified


@flow_boundary
async def verify_issued(
    raw: str,
    *,
    format: str,  # noqa: A002 - the standard's word
    policy: Policy,
    memory: Memory,
    now: int,
    holder: PublicKey | None,
    formats: Formats = FORMATS,
    budget: Budget | None = None,
) -> Verified:
    """Verifies a credential that was just issued, before a wallet keeps it: bound to `holder`, and not presented yet.

    `holder` is None for one that is bound to nobody, which only a cryptosuite made for that may be. `budget` is what
    the message that it came in may still cost; None for a message of its own.

    Raises:
        ParseError: malformed; `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `holder_missing`; `holder_mismatch` if it is bound to another key;
            `key_binding_unexpected` if it comes with a proof of possession (RFC 9901 section 7.2: a holder must refuse
            it).
    """
    form, left = _format(format, formats), Budget() if budget is None else budget
    authentic = await authenticate_credential(
        raw, form, policy=policy, memory=memory, now=now, occasion=Issuance(holder), budget=left
    )
    found = "bound to nobody: whoever has it can show it" if holder is None else "bound to this key"
    return await _conclude(authentic, form, policy, memory, now, left, holder=found, complete=True)


def check_times(credential: VerifiedCredential, *, now: int, leeway: int) -> None:
    """Step 7: issued, valid from, valid until (RFC 7519 sections 4.1.4 to 4.1.6), with `leeway` seconds of skew.

    Beside the clock they are held against each other: what ended before it was signed was never in force.

    Raises:
        ParseError: `vc_period`.
        VerificationError: `credential_from_the_future`, `credential_not_yet_valid`, `credential_expired`.
    """
    if credential.issued_at is not None and credential.issued_at > now + leeway:
        raise VerificationError("credential_from_the_future")
    if credential.not_before is not None and credential.not_before > now + leeway:
        raise VerificationError("credential_not_yet_valid")
    if credential.expires is not None and credential.expires <= now - leeway:
        raise VerificationError("credential_expired")
    # What is left stands within the skew of the clocks, where each of the times alone would pass.
    if credential.expires is not None and credential.expires < _starts(credential):
        raise ParseError("vc_period")


def _starts(credential: VerifiedCredential) -> int:
    """The later of the two times at which it began; before every end where it says neither."""
    issued_at, not_before = credential.issued_at, credential.not_before
    if issued_at is None or not_before is None:
        return issued_at or not_before or 0
    return max(issued_at, not_before)


def _format(name: str, formats: Formats) -> Format[Any]:
    if name not in formats:
        raise VerificationError("format_unsupported")
    return formats[name]


def _check_possession(credential: VerifiedCredential, *, binding: bool) -> str:
    """What was found about possession: whether it must be proven is the verifier's decision, never the credential's.

    A proof that came was verified, also where none is asked for: one for another verifier is a replay.
    """
    if credential.possession is not None:
        return "possession proven"
    if binding:
        raise VerificationError("holder_missing" if credential.holder is None else "key_binding_missing")
    return "NOT PROVEN: anyone who saw this credential could have presented it"


async def _conclude(  # noqa: PLR0917 - what its callers hold
    authentic: AuthenticCredential,
    form: Format[Any],
    policy: Policy,
    memory: Memory,
    now: int,
    budget: Budget,
    *,
    holder: str,
    complete: bool,
) -> Verified:
    credential = authentic.credential
    check_times(credential, now=now, leeway=policy.leeway)
    issuers = (authentic.path.anchor,)
    status = await check_status(
        credential.status, issuers=issuers, policy=policy, memory=memory, now=now, budget=budget
    )
    kept = await check_type(credential, form.name, policy, memory, now, complete=complete)
    return Verified(
        format=form.name,
        type=credential.type,
        claims=credential.claims,
        issuer=authentic.path.subject,
        holder=credential.holder,
        issued_at=credential.issued_at,
        expires=credential.expires,
        status=credential.status,
        checks={
            "proof": "passed",
            "trust": "passed",
            "holder": holder,
            "time": "passed",
            "status": status,
            "type": kept,
        },
    )
