"""W3C credentials and presentations, with everything in them."""

from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import fields, vc_jose
from didkit_fr.status import bitstring
from didkit_fr.verification.policy import DANGEROUSLY_IGNORE_REVOCATION
from tests.nation import DAY, NOW, Web
from tests.refused import refusal
from tests.w3c_documents import (
    HOLDER,
    ISSUER,
    POLICY,
    STATUS,
    UNKNOWN,
    credential,
    did,
    presentation,
    presented,
    read,
    secured,
    verified,
)


def test_a_credential_with_a_proof_is_believed():
    document = credential(validFrom="2026-01-01T00:00:00Z", validUntil="2036-01-01T00:00:00Z")
    found = verified(secured(document))
    assert (found.secured, found.issuer, found.subjects) == ("data integrity", did(ISSUER), (did(HOLDER),))
    assert found.document == document
    assert found.checks["status"] == "the credential has no status"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (credential(validFrom="2036-01-01T00:00:00Z"), "credential_not_yet_valid"),
        (credential(validUntil="2026-01-01T00:00:00Z"), "credential_expired"),
        (credential(type=["VerifiableCredential", "EducationCredential"]), "issuer_not_for_type"),
        (credential(type=["VerifiableCredential", "ExampleCredential", "EducationCredential"]), "issuer_not_for_type"),
        (credential(UNKNOWN), "issuer_mismatch"),
        (credential(name=7), "vc_language_value"),
    ],
)
def test_credentials_that_are_refused(document, code):
    assert refusal(lambda: verified(secured(document))) == code


def test_the_status_is_asked():
    stated = bitstring.build_entries(STATUS, ["revocation"], 7)
    document = secured(credential(credentialStatus=stated))

    def web(*revoked):
        times = (NOW - DAY, NOW + DAY)
        listed = bitstring.build_list(f"{STATUS}/revocation", "revocation", did(ISSUER), revoked, 131_072, times)
        token = vc_jose.sign(
            listed, ISSUER, kind="vc", verification_method=fields.method_of(ISSUER.public_key), terms=None
        )
        return Web({f"{STATUS}/revocation": token.encode()})

    assert verified(document, fetcher=web()).checks["status"] == "valid"
    assert refusal(lambda: verified(document, fetcher=web(7))) == "status_revoked"
    ignoring = replace(POLICY, status=DANGEROUSLY_IGNORE_REVOCATION)
    assert "SKIPPED" in verified(document, ignoring).checks["status"]


def test_a_presentation_and_its_credentials_are_believed():
    found = read(presented(presentation(secured(credential()), secured(credential()))))
    assert found.holder == did(HOLDER)
    assert [one.issuer for one in found.credentials] == [did(ISSUER)] * 2
    assert found.self_asserted == ()
    assert set(found.checks.values()) == {"passed"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (presented(presentation(secured(credential())), challenge="other"), "integrity_challenge"),
        (presented(presentation(secured(credential())), domain="other.example"), "integrity_domain"),
        (presented(presentation(secured(credential())), purpose="assertionMethod"), "integrity_purpose"),
        (presented(presentation(secured(credential())), UNKNOWN), "holder_mismatch"),
        (presented(presentation(secured(credential())), created=NOW - DAY), "key_binding_time"),
        (presented(presentation(secured(credential(UNKNOWN), UNKNOWN))), "issuer_unknown"),
        (presented(presentation(secured(credential()), secured(credential(name=7)))), "vc_language_value"),
        (presented(presentation(secured(credential(credentialSubject={"id": did(UNKNOWN)})))), "holder_mismatch"),
        (presented(presentation(secured(credential(credentialSubject={"name": "x"})))), "holder_mismatch"),
        (presented(presentation(credential(UNKNOWN))), "self_asserted_holder"),
        (presentation(secured(credential())), "integrity_proof_missing"),
    ],
)
def test_presentations_that_are_refused(document, code):
    assert refusal(lambda: read(document)) == code


def test_a_holder_may_be_nobody_in_particular_if_one_signed():
    bare = {name: value for name, value in presentation(secured(credential())).items() if name != "holder"}
    assert read(presented(bare)).holder == did(HOLDER)
    assert refusal(lambda: read(presented(presented(bare), UNKNOWN))) == "holder_mismatch"


@pytest.mark.guarantee("G28")
def test_what_the_holder_says_itself_is_kept_apart():
    own = credential(HOLDER)
    found = read(presented(presentation(own, secured(credential()))))
    assert found.self_asserted == (own,)
    assert [one.issuer for one in found.credentials] == [did(ISSUER)]
    late = credential(HOLDER, validUntil="2026-01-01T00:00:00Z")
    assert refusal(lambda: read(presented(presentation(late)))) == "credential_expired"
    loose = {"unsigned": True, "domain": None, "challenge": None, "holder_is_subject": False}
    assert refusal(lambda: read(presentation(own), **loose)) == "integrity_proof_missing"


def test_an_unsigned_presentation_says_that_it_is():
    loose = {"unsigned": True, "domain": None, "challenge": None, "holder_is_subject": False}
    found = read(presentation(secured(credential())), **loose)
    assert (found.holder, found.secured) == (None, None)
    assert found.checks["proof"].startswith("NOT PROVEN")
    for asked in ({"domain": "shop.example"}, {"challenge": "c"}, {"holder_is_subject": True}, {"unsigned": False}):
        code = refusal(lambda asked=asked: read(presentation(secured(credential())), **{**loose, **asked}))
        assert code == "integrity_proof_missing"


def test_an_unknown_party_is_not_believed():
    assert refusal(lambda: verified(secured(credential(UNKNOWN), UNKNOWN))) == "issuer_unknown"


WORDS = st.sampled_from(
    ["id", "type", "@context", "@id", "@type", "@value", "@graph", "proof", "holder", "issuer", "@list"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value, way=()):
    """Where something stands in a document."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inner:
        yield from places(child, (*way, name))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_but_our_errors_comes_out(data):
    """An error of another kind escapes, and fails."""
    document = deepcopy(shown(data.draw(st.sampled_from(["ecdsa-rdfc-2019", "ecdsa-jcs-2019"]))))
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from([way for way in places(document) if way]))
        holder = document
        for name in way:
            holder = holder[name]
        holder[last] = data.draw(JSON)
    with suppress(DidkitError):
        read(document)
    with suppress(DidkitError):
        read(document, unsigned=True, domain=None, challenge=None, holder_is_subject=False)


@cache
def shown(cryptosuite):
    entries = bitstring.build_entries(STATUS, ["revocation"], 7)
    inner = secured(credential(credentialStatus=entries, name="x"), cryptosuite=cryptosuite)
    return presented(presentation(inner, credential(HOLDER), id="urn:uuid:1"), cryptosuite=cryptosuite)
