"""Verifies a presentation: whose it is where it is signed, and every credential in it."""

from dataclasses import dataclass

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import READ, check_credential
from didkit_fr.credentials.presentation import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    CheckedPresentation,
    check_presentation,
    parse_envelope,
)
from didkit_fr.credentials.terms import Terms
from didkit_fr.did.resolve import find_method
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.formats import vc_jose
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.verification.integrity_keys import OFFLINE_METHODS, find_holder_keys
from didkit_fr.verification.w3c_credential import check_period
from issuer_service.vcalm import words
from issuer_service.vcalm.verifying import ALGORITHMS, LEEWAY, Rules, is_of, parse_token, verify_credential

__all__ = ["Asked", "JudgedPresentation", "verify_presentation"]

UNSIGNED = "the presentation is unsigned: anyone who saw its credentials could have made it"
NO_CHALLENGE = "no challenge was asked for: a presentation that was shown before would be accepted again"

_SUITES = frozenset({"ecdsa-rdfc-2019", "ecdsa-jcs-2019", "eddsa-rdfc-2022", "eddsa-jcs-2022"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What the presentation must answer, and whom it must be for; None where nothing was asked."""

    challenge: str | None
    domain: str | None


@dataclass(frozen=True, slots=True)
class JudgedPresentation:
    """What was not checked of a presentation, and by position what is wrong with its credentials.

    It was verified if `errors` is empty.
    """

    holder: str | None
    signed: bool
    notices: tuple[str, ...]
    errors: tuple[tuple[int, DidkitError], ...]


async def verify_presentation(document: JsonObject, asked: Asked, rules: Rules) -> JudgedPresentation:
    """Verifies a presentation and all its credentials, as a flow.

    An unsigned one is accepted as such where nothing was asked that only a proof answers. That the credentials are
    about its holder is for the caller to check: the API leaves that to it.

    Raises:
        ParseError: a malformed presentation.
        VerificationError: a presentation that is not to be believed.
    """
    if is_of(document, ENVELOPED_PRESENTATION):
        checked, signed = await _verify_envelope(document, asked, rules), True
    else:
        signed = "proof" in document
        if not signed and (asked.challenge is not None or asked.domain is not None):
            raise ParseError("integrity_proof_missing", "a challenge or domain was asked for")
        checked = await (_verify_proofs(document, asked, rules) if signed else _check_unsigned(document, rules))
    notices: tuple[str, ...] = () if signed else (UNSIGNED,)
    if signed and asked.challenge is None:
        notices += (NO_CHALLENGE,)
    errors: list[tuple[int, DidkitError]] = []
    for at, one in enumerate(_credentials(checked.document)):
        try:
            # Without a proof of its own, the holder says it, as `check_presentation` found, and signed it just now.
            if signed and "proof" not in one and not is_of(one, ENVELOPED_CREDENTIAL):
                said = check_credential(one, versions=READ)
                check_period(said.valid_from, said.valid_until, now=rules.now, leeway=LEEWAY)
                continue
            judged = await verify_credential(one, rules)
            notices += judged.notices
        except DidkitError as error:
            errors.append((at, error))
    return JudgedPresentation(checked.holder, signed, tuple(dict.fromkeys(notices)), tuple(errors))


async def _check_unsigned(document: JsonObject, rules: Rules) -> CheckedPresentation:
    checked = check_presentation(document, versions=READ)
    words.read(document, inline=rules.inline)
    return checked


async def _verify_proofs(document: JsonObject, asked: Asked, rules: Rules) -> CheckedPresentation:
    unverified = proof.parse(document)
    checked = check_presentation(document, versions=READ)
    worded = words.read(document, inline=rules.inline)
    signers = {one.unverified_verification_method.partition("#")[0] for one in unverified.proofs}
    _check_holder(checked.holder, signers)
    verified = proof.verify(
        proof.parse(worded.document),
        await find_holder_keys(unverified, purpose="authentication", now=rules.now),
        purpose="authentication",
        now=rules.now,
        leeway=LEEWAY,
        cryptosuites=_SUITES,
        domain=asked.domain,
        challenge=asked.challenge,
        contexts=worded.contexts,
        suites=CRYPTOSUITES,
    )
    return check_presentation(worded.restore(verified.document), versions=READ)


async def _verify_envelope(document: JsonObject, asked: Asked, rules: Rules) -> CheckedPresentation:
    """An envelope is a JWT: its `nonce` is the challenge and its `aud` the domain (VC-JOSE-COSE 1.0 section 3.1)."""
    envelope = parse_envelope(document, kind=ENVELOPED_PRESENTATION)
    if envelope.media_type != vc_jose.media_type("vp"):
        raise VerificationError("format_unsupported", "an envelope of another media type than application/vp+jwt")
    unverified = parse_token(envelope.unverified_content)
    method = vc_jose.unverified_method(unverified)
    key = await find_method(method, "authentication", now=rules.now, methods=OFFLINE_METHODS)
    terms = Terms(contexts(), inline=rules.inline)
    verified = vc_jose.verify(unverified, key, kind="vp", algorithms=ALGORITHMS, terms=terms)
    if asked.challenge is not None and verified.document.get("nonce") != asked.challenge:
        raise VerificationError("integrity_challenge")
    if asked.domain is not None and verified.document.get("aud") not in (asked.domain, [asked.domain]):
        raise VerificationError("integrity_domain")
    check_period(verified.not_before, verified.expires, now=rules.now, leeway=LEEWAY)
    checked = verified.checked
    if not isinstance(checked, CheckedPresentation):
        raise VerificationError("typ_mismatch")
    _check_holder(checked.holder, {method.partition("#")[0]})
    return checked


def _check_holder(holder: str | None, signers: set[str]) -> None:
    if holder is not None and holder not in signers:
        raise VerificationError("holder_mismatch")


def _credentials(document: JsonObject) -> list[JsonObject]:
    stated = document.get("verifiableCredential", [])
    return stated if isinstance(stated, list) else [stated]
