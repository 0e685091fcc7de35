"""W3C documents are signed with algorithms that the policy allows: credentials, presentations, in every form."""

from dataclasses import replace

import pytest

from didkit_fr.formats.w3c import fields
from didkit_fr.trust.anchors import Anchor, Anchors
from tests.nation import NOW
from tests.refused import refused
from tests.w3c_documents import (
    HOLDER,
    ISSUER,
    POLICY,
    TYPE,
    UNKNOWN,
    credential,
    did,
    presentation,
    presented,
    read,
    secured,
    verified,
)
from tests.w3c_enveloped import ANSWER, FORMS, enveloped, shown

# A signer of Ed25519 issues and holds here; the policy of the tests is that of ES256 alone, and of both.
ROLES, TYPES = frozenset({"credential"}), frozenset({TYPE, fields.CREDENTIAL_IRI})
ISSUERS = Anchors(tuple(Anchor(one, None, ROLES, TYPES, did=one) for one in (did(ISSUER), did(UNKNOWN))))
BOTH = replace(POLICY, anchors=ISSUERS, algorithms=frozenset({"ES256", "EdDSA"}))
ONE = replace(BOTH, algorithms=frozenset({"ES256"}))


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["proof", *FORMS])
def test_a_credential_is_signed_with_an_algorithm_that_the_policy_allows(form):
    def made(signer):
        document = credential(signer)
        return secured(document, signer) if form == "proof" else enveloped(document, form, signer)

    assert verified(made(UNKNOWN), BOTH).issuer == did(UNKNOWN)
    assert verified(made(ISSUER), ONE).issuer == did(ISSUER)
    with refused("algorithm_refused"):
        verified(made(UNKNOWN), ONE)


@pytest.mark.guarantee("G12")
@pytest.mark.parametrize("form", ["proof", *FORMS])
def test_a_presentation_is_signed_with_an_algorithm_that_the_policy_allows(form):
    def made(signer):
        subject = {"credentialSubject": {"id": did(signer)}}
        document = {**presentation(secured(credential(ISSUER, **subject))), "holder": did(signer)}
        if form == "proof":
            return presented(document, signer, created=NOW)
        return shown({**document, **ANSWER}, form, signer)

    assert read(made(UNKNOWN), BOTH).holder == did(UNKNOWN)
    assert read(made(HOLDER), ONE).holder == did(HOLDER)
    with refused("algorithm_refused"):
        read(made(UNKNOWN), ONE)
