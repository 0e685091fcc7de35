"""What a caller may ask of the W3C flows beside the question itself: other signers, no time, each result, contexts."""

from dataclasses import replace

import pytest

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms, hoist
from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.flow import offline, run
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.signers.rules import by_anchors
from didkit_fr.verification.w3c.verify import (
    DANGEROUSLY_IGNORE_VALIDITY,
    VerifiedW3cCredential,
    judge_presentation,
)
from tests.nation import NOW
from tests.refused import refusal
from tests.w3c_documents import (
    HOLDER,
    ISSUER,
    POLICY,
    UNKNOWN,
    asking,
    credential,
    did,
    presentation,
    presented,
    read,
    secured,
    verified,
)
from tests.w3c_enveloped import ANSWER, enveloped, shown

PAST, FUTURE = "2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z"
INLINE = Terms(contexts(), inline=True)
OWN = {"shoeSize": "https://example.org/shoe"}


def judged(document, **more):
    expected, options = asking(more)
    return run(judge_presentation(document, expected, VerificationContext(POLICY, Memory(), NOW), options), offline)


@pytest.mark.parametrize("form", ["proof", "jwt", "sd-jwt", "cose"])
def test_validity_may_be_ignored_and_that_is_said(form):
    for times, code in (
        ({"validFrom": FUTURE}, "credential_not_yet_valid"),
        ({"validUntil": PAST}, "credential_expired"),
    ):
        stated = credential(**times)
        document = secured(stated) if form == "proof" else enveloped(stated, form)
        assert refusal(lambda document=document: verified(document)) == code
        found = verified(document, validity=DANGEROUSLY_IGNORE_VALIDITY)
        assert found.checks["time"].startswith("SKIPPED")
        assert refusal(lambda document=document: read(presented(presentation(document)))) == code
        assert read(presented(presentation(document)), validity=DANGEROUSLY_IGNORE_VALIDITY)
    ended = enveloped({**credential(), "exp": NOW - 1_000})
    assert refusal(lambda: verified(ended)) == "credential_expired"
    assert verified(ended, validity=DANGEROUSLY_IGNORE_VALIDITY).issuer == did(ISSUER)
    own = credential(HOLDER, validUntil=PAST)
    assert read(presented(presentation(own)), validity=DANGEROUSLY_IGNORE_VALIDITY).self_asserted == (own,)


def test_a_rule_of_signers_takes_the_place_of_anchors():
    nobody = replace(POLICY, anchors=Anchors(()))
    asked = []

    def rule(policy):
        async def find(stated, context):
            asked.append((stated.role, stated.issuer, sorted(stated.signers)))
            found = await by_anchors(stated, replace(context, policy=policy))
            return replace(found, trust="known to the caller")

        return find

    for document in (secured(credential()), enveloped(credential())):
        assert refusal(lambda document=document: verified(document, nobody)) == "issuer_unknown"
        assert verified(document, nobody, find=rule(POLICY)).checks["trust"] == "known to the caller"
        assert refusal(lambda document=document: verified(document, find=rule(nobody))) == "issuer_unknown"
    assert {one[:2] for one in asked} == {("credential", did(ISSUER))}


def test_the_names_a_rule_gives_are_compared_with_the_issuer_that_was_verified():
    async def find(stated, context):
        found = await by_anchors(stated, context)
        keys = {name: replace(path, names=frozenset({"did:example:another"})) for name, path in found.keys.items()}
        return replace(found, keys=keys)

    for document in (secured(credential()), enveloped(credential())):
        assert refusal(lambda document=document: verified(document, find=find)) == "issuer_mismatch"


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("form", ["proof", "jwt"])
def test_each_credential_has_a_result_whatever_came_of_the_others(form):
    good, forged = secured(credential()), {**secured(credential()), "name": "forged"}
    own, unknown_party = credential(HOLDER), secured(credential(UNKNOWN), UNKNOWN)
    inner = presentation(good, forged, enveloped(credential()), own, unknown_party)
    found = judged(presented(inner) if form == "proof" else shown({**inner, **ANSWER}))
    codes = [one.code if isinstance(one, DidkitError) else None for one in found.outcomes]
    assert codes == [None, "signature_invalid", None, None, "issuer_unknown"]
    assert [isinstance(one, VerifiedW3cCredential) for one in found.outcomes] == [True, False, True, False, False]
    assert found.document is None
    assert found.holder == did(HOLDER)
    # A presentation that does not hold itself has no results.
    assert refusal(lambda: judged(presented(inner), challenge="another")) == "integrity_challenge"
    with pytest.raises(VerificationError):
        read(presented(inner))


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("form", ["proof", "jwt", "cose"])
def test_a_presentation_is_made_anew_of_what_was_verified(form):
    own = credential(HOLDER)
    inner = presentation(secured(credential()), enveloped({**credential(), "iat": NOW}), own)
    found = read(presented(inner) if form == "proof" else shown({**inner, **ANSWER}, form))
    assert found.document == presentation(credential(), credential(), own)
    assert read(presented(presentation())).document == presentation()


def bringing():
    stated = credential()
    stated["@context"] = [*stated["@context"], OWN]
    stated["credentialSubject"] = {**stated["credentialSubject"], "shoeSize": "44"}
    return stated


def sealed(document, seal, **more):
    """Proofs over statements, which need an address for each context."""
    known, hoisted = hoist(document, contexts())
    return {**document, "proof": seal(hoisted, contexts=known, **more)["proof"]}


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "presented"])
def test_contexts_that_a_document_brings_are_believed_where_the_terms_say_so_and_that_is_said(alone):
    stated = bringing()
    held = sealed(stated, secured)
    document = held if alone else sealed(presentation(held), presented)
    call = verified if alone else read
    assert refusal(lambda: call(document)) == "context_unknown"
    found = call(document, terms=INLINE)
    one = found if alone else found.credentials[0]
    assert one.document == stated
    assert one.checks["words"].startswith("NOT KNOWN")
    changed = {**held, "@context": [*stated["@context"][:-1], {"shoeSize": "https://example.org/another"}]}
    assert refusal(lambda: verified(changed, terms=INLINE)) == "signature_invalid"


@pytest.mark.parametrize("form", ["unsigned", "jwt", "cose", "sd-jwt"])
def test_contexts_that_a_presentation_of_text_brings_are_told_of_too(form):
    stated = {**presentation(secured(credential())), "shoeSize": "44"}
    plain = presentation(secured(credential()))
    for one, said in ((plain, "passed"), ({**stated, "@context": [*stated["@context"], OWN]}, "NOT KNOWN")):
        document = one if form == "unsigned" else shown({**one, **ANSWER}, form)
        open_ = {"domain": None, "challenge": None, "unsigned": True, "holder_is_subject": False}
        found = read(document, terms=INLINE, **(open_ if form == "unsigned" else {}))
        assert found.checks["words"].startswith(said)


def test_a_proof_over_text_covers_no_contexts_that_a_document_brings():
    held = secured(credential(), cryptosuite="ecdsa-jcs-2019")
    forged = {**held, "@context": [*held["@context"], OWN]}
    for more in ({}, {"terms": INLINE}):
        assert refusal(lambda more=more: verified(forged, **more)) == "context_unknown"


def test_contexts_of_a_token_are_believed_where_the_terms_say_so():
    stated = credential()
    stated["@context"] = [*stated["@context"], OWN]
    document = enveloped(stated)
    assert refusal(lambda: verified(document)) in {"context_unknown", "context_nested"}
    # What its types mean is asked of the known contexts alone.
    assert refusal(lambda: verified(document, terms=INLINE)) in {"context_unknown", "context_nested"}
