"""Whose presentation is it? The steps up to the holder of a W3C presentation, before any credential in it is judged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, cast

from didkit_fr.credentials.model import READ
from didkit_fr.credentials.presentation import CheckedPresentation, Envelope
from didkit_fr.credentials.words import brings_words
from didkit_fr.did.method import Method
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import VerificationError
from didkit_fr.formats.w3c import vc_integrity
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.integrity_keys import OFFLINE_METHODS, find_holder_keys
from didkit_fr.verification.steps import check_algorithms, check_period
from didkit_fr.verification.w3c.credential import W3cOptions, worded
from didkit_fr.verification.w3c.envelopes import verify_presentation_envelope

__all__ = ["ExpectedPresentation", "Shown", "read_unsigned", "verify_enveloped", "verify_integrity"]


class ExpectedPresentation(NamedTuple):
    """What a presentation has to answer, and to prove.

    Args:
        domain: whom it must be for, and nobody else; None where that was not asked.
        challenge: what it must answer; None where nothing was asked, and then it may be an old one. Where one was, the
            policy's `max_presentation_age` counts.
        holder_is_subject: whether every credential must be about the one who signs the presentation.
        unsigned: whether one that nobody signed is read too, if it has nothing to answer; `checks` says so.
        holders: the DID methods of those who may sign it; by default, those that cause no request.
    """

    domain: str | Collection[str] | None
    challenge: str | None
    holder_is_subject: bool
    unsigned: bool = False
    holders: Mapping[str, Method] = OFFLINE_METHODS


@dataclass(frozen=True, slots=True)
class Shown:
    """A presentation that its signer showed, here and now as far as that was asked.

    `own` is whether contexts were believed that it brought along.
    """

    checked: CheckedPresentation
    signer: str | None
    own: bool


def read_unsigned(document: JsonObject, context: VerificationContext, options: W3cOptions) -> Shown:
    """A presentation that nobody signed: its structure and its terms are checked, and it proves nothing.

    Raises:
        ParseError, VerificationError: those of `formats.w3c.vc_integrity.check_document`.
    """
    checked = vc_integrity.check_document(document, "vp", options.terms, versions=READ, budget=context.budget)
    return Shown(cast("CheckedPresentation", checked), None, own=brings_words(document, options.terms))


async def verify_enveloped(
    envelope: Envelope, expected: ExpectedPresentation, context: VerificationContext, options: W3cOptions
) -> Shown:
    """What an envelope answers is in its claims: `nonce` the challenge, `aud` the domain."""
    verified, signer = await verify_presentation_envelope(
        envelope, context, methods=expected.holders, terms=options.terms
    )
    claims = verified.claims
    for_whom, wanted = claims.get("aud"), expected.domain
    if wanted is not None and not _same(for_whom, [wanted] if isinstance(wanted, str) else wanted):
        raise VerificationError("integrity_domain")
    challenge = expected.challenge
    if challenge is not None and (not challenge or claims.get("nonce") != challenge):
        raise VerificationError("integrity_challenge")
    check_period(verified.not_before, verified.expires, context)
    if challenge is not None:
        _check_age(claims.get("iat"), context)
    checked = cast("CheckedPresentation", verified.checked)
    own = brings_words(checked.document, options.terms)
    return Shown(checked, _holder_among({signer}, checked), own=own)


def _same(stated: JsonValue, wanted: Collection[str]) -> bool:
    """All whom it must be for, and nobody else."""
    listed = stated if isinstance(stated, list) else [stated]
    return all(isinstance(one, str) and one for one in listed) and set(listed) == set(wanted)


async def verify_integrity(
    document: JsonObject, expected: ExpectedPresentation, context: VerificationContext, options: W3cOptions
) -> Shown:
    """Who signed a presentation: the holder it names; one that names nobody has one signer."""
    policy, suites = context.policy, options.suites
    vc_integrity.check_document(document, "vp", None, versions=READ)
    unverified, words = worded(proof.parse(document), options.terms, context.budget)
    keys = await find_holder_keys(unverified, purpose="authentication", now=context.now, methods=expected.holders)
    check_algorithms(keys.values(), policy)
    verified, checked = vc_integrity.verify(
        unverified,
        keys,
        kind="vp",
        now=context.now,
        leeway=policy.leeway,
        # Of a presentation that is secured in parts, whoever saw it could leave parts out.
        cryptosuites=[name for name in policy.cryptosuites if name in suites and suites[name].prepare],
        domain=expected.domain,
        challenge=expected.challenge,
        terms=words.terms,
        suites=suites,
        budget=context.budget,
    )
    if expected.challenge is not None:
        for one in verified.proofs:
            _check_age(one.created, context)
    if words.own:
        checked = vc_integrity.check_document(words.restore(verified.document), "vp", None, versions=READ)
    shown = cast("CheckedPresentation", checked)
    return Shown(shown, _holder_among({method.partition("#")[0] for method in keys}, shown), own=words.own)


def _check_age(made: JsonValue, context: VerificationContext) -> None:
    """An answer to a challenge that says when it was made is not older than the policy allows.

    Raises:
        VerificationError: `key_binding_time`.
    """
    policy, now = context.policy, context.now
    earliest, latest = now - policy.max_presentation_age - policy.leeway, now + policy.leeway
    if made is not None and (type(made) not in (int, float) or not earliest <= made <= latest):
        raise VerificationError("key_binding_time")


def _holder_among(signers: set[str], checked: CheckedPresentation) -> str:
    """The holder that a presentation names, if it signed; or its one signer where it names nobody.

    Raises:
        VerificationError: `holder_mismatch`.
    """
    holder = checked.holder
    if holder is None and len(signers) == 1:
        (holder,) = signers
    if holder is None or holder not in signers:
        raise VerificationError("holder_mismatch")
    return holder
