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
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.formats.occasion import Issuance, occasion_of_answer
from didkit_fr.formats.port import Format, VerifiedCredential
from didkit_fr.keys.public import PublicKey
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.authenticate import AuthenticCredential, authenticate_credential
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.steps import PASSED, check_admitted, check_period
from didkit_fr.verification.type_metadata import check_type

__all__ = ["Verified", "verify", "verify_issued"]


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
    context: VerificationContext,
    *,
    format: str,  # noqa: A002 - the standard's word
    nonce: str,
    audience: str,
    binding: bool = True,
    issuers: Collection[str] | None = None,
    response_uri: str | None = None,
    encryption_thumbprint: bytes | None = None,
    formats: Formats = FORMATS,
) -> Verified:
    """Verifies a presentation, as a flow.

    Args:
        raw: the presentation as received.
        context: what is accepted, remembered, and when it is.
        format: the OpenID4VC format identifier it must have.
        nonce: the nonce of the request that this answers.
        audience: the verifier's full `client_id`.
        binding: whether possession must be proven; without, anyone who ever saw the credential may present it.
        issuers: the names of the anchors that are admitted this time; None for all of the policy's.
        response_uri: where the answer went, to which some formats bind it.
        encryption_thumbprint: of the key that the answer was encrypted to (32 bytes); None for one in the clear.
        formats: the known formats.

    Raises:
        ParseError: malformed; `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `unforeseen`.
    """
    occasion = occasion_of_answer(
        nonce, audience, response_uri=response_uri, encryption_thumbprint=encryption_thumbprint
    )
    # 1 parse, 2 recognise, 3 admit, 4 find the key, 5 check the proof, 6 check the holder, 8 check the trust
    format_ = _format(format, formats)
    authentic = await authenticate_credential(raw, format_, context, occasion=occasion)
    check_admitted(authentic.path.anchor, issuers)
    holder = _check_possession(authentic.credential, binding=binding)
    # 7 check the time, 9 check the status, 10 check the type
    verified = await _conclude(authentic, format_, context, holder=holder, complete=False)
    possession = authentic.credential.possession
    signed = () if possession is None else possession.transaction_data_hashes
    return replace(verified, transaction_data_hashes=signed) if signed else verified


@flow_boundary
async def verify_issued(
    raw: str,
    context: VerificationContext,
    *,
    format: str,  # noqa: A002 - the standard's word
    holder: PublicKey | None,
    formats: Formats = FORMATS,
) -> Verified:
    """Verifies a credential that was just issued, before a wallet keeps it: bound to `holder`, and not presented yet.

    `holder` is None for one that is bound to nobody, which only a cryptosuite made for that may be.

    Raises:
        ParseError: malformed; `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `holder_missing`; `holder_mismatch` if it is bound to another key;
            `key_binding_unexpected` if it comes with a proof of possession (RFC 9901 section 7.2: a holder must refuse
            it).
    """
    # 1 parse, 2 recognise, 3 admit, 4 find the key, 5 check the proof, 6 check the holder, 8 check the trust
    format_ = _format(format, formats)
    authentic = await authenticate_credential(raw, format_, context, occasion=Issuance(holder))
    found = "bound to nobody: whoever has it can show it" if holder is None else "bound to this key"
    # 7 check the time, 9 check the status, 10 check the type
    return await _conclude(authentic, format_, context, holder=found, complete=True)


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


async def _conclude(
    authentic: AuthenticCredential, format_: Format[Any], context: VerificationContext, *, holder: str, complete: bool
) -> Verified:
    """The last steps, and what all of them found."""
    credential = authentic.credential
    checks = {"proof": PASSED, "trust": PASSED, "holder": holder, "time": PASSED}
    # 7 check the time
    check_period(credential.not_before, credential.expires, context, issued=credential.issued_at)
    # 9 check the status
    checks["status"] = await check_status(credential.status, context, issuers=(authentic.path.anchor,))
    # 10 check the type
    checks["type"] = await check_type(credential, format_.name, context, complete=complete)
    return Verified(
        format=format_.name,
        type=credential.type,
        claims=credential.claims,
        issuer=authentic.path.subject,
        holder=credential.holder,
        issued_at=credential.issued_at,
        expires=credential.expires,
        status=credential.status,
        checks=checks,
    )
