"""Lists in their CBOR form: Token Status List as CWT, and identifier lists of ISO mdoc."""

import zlib
from contextlib import suppress

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import cbor
from didkit_fr.errors import DidkitError
from didkit_fr.flow import run
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.proofs.cose import cose
from didkit_fr.status import identifier, token, token_cwt
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.status.check import check_status
from tests.documents import licence, policy
from tests.nation import DAY, NOW, STATUS_URI, Web, nation
from tests.refused import refusal

IDS = "https://issuer.example/identifiers/1"
NAME = bytes(range(16))


def listed(revoked=(), **changes):
    options = {"uri": STATUS_URI, "now": NOW, "ttl": 60, "expires": NOW + DAY, "signer": nation().signer}
    return token_cwt.build_list(token.pack(4096, revoked), **(options | {"chain": [nation().leaf]} | changes))


def identified(*names, **changes):
    options = {"uri": IDS, "now": NOW, "ttl": 60, "expires": NOW + DAY, "signer": nation().signer}
    return identifier.build_list(names, **(options | {"chain": [nation().leaf]} | changes))


def checked(status, pages, now=NOW):
    return run(
        check_status(status, VerificationContext(policy(), Memory(), now), issuers=policy().anchors.anchors), Web(pages)
    )


REFERENCE = {"status_list": {"idx": 7, "uri": STATUS_URI}}
NAMED = cbor.to_json(identifier.build_reference(IDS, NAME))


def test_the_form_is_that_of_the_draft():
    message = cbor2.loads(listed([7]))
    protected, _, payload, _ = message.value
    assert message.tag == 18
    assert cbor2.loads(protected)[16] == "application/statuslist+cwt"
    claims = cbor2.loads(payload)
    assert {number: claims[number] for number in (2, 4, 6, 65534)} == {
        2: STATUS_URI,
        4: NOW + DAY,
        6: NOW,
        65534: 60,
    }
    assert claims[65533]["bits"] == 1
    assert zlib.decompress(claims[65533]["lst"]) == token.pack(4096, [7])


def test_a_list_answers_as_its_jwt_form_does():
    assert checked(REFERENCE, {STATUS_URI: listed([8])}) == "valid"
    assert refusal(checked, REFERENCE, {STATUS_URI: listed([7])}) == "status_revoked"
    assert refusal(checked, REFERENCE, {STATUS_URI: listed([7])}, now=NOW + DAY) == "status_list_expired"
    assert refusal(checked, REFERENCE, {STATUS_URI: listed(uri=IDS)}) == "status_list_subject"
    assert refusal(checked, REFERENCE, {STATUS_URI: listed(signer=nation().holder)}) == "signature_invalid"
    assert refusal(checked, REFERENCE, {STATUS_URI: listed(chain=[nation().reader_leaf])}) == "issuer_unknown"
    assert refusal(checked, REFERENCE, {STATUS_URI: identified()}) == "typ_mismatch"


def test_a_document_names_its_list_in_cbor_too():
    raw = licence(status=REFERENCE)
    assert (
        mso_mdoc.verify(
            mso_mdoc.parse(raw), IssuerKey(nation().signer.public_key), ProofRules({"ES256"}, (), 0, 0), None
        ).status
        == REFERENCE
    )


def test_identifiers_that_are_listed_are_revoked():
    assert checked(NAMED, {IDS: identified(b"another")}) == "valid"
    assert refusal(checked, NAMED, {IDS: identified(b"another", NAME)}) == "status_revoked"
    assert refusal(checked, NAMED, {IDS: identified(now=NOW + 3600)}) == "status_list_not_yet_valid"
    assert refusal(checked, NAMED, {IDS: listed()}) == "typ_mismatch"
    assert refusal(checked, NAMED, {}) == "fetch_failed"
    claims = cbor2.loads(cbor2.loads(identified(NAME)).value[2])
    assert claims[65530] == {"identifiers": {NAME: {}}}


def test_a_document_with_both_mechanisms_is_in_force_by_both():
    both = {**REFERENCE, **NAMED}
    pages = {STATUS_URI: listed(), IDS: identified()}
    assert checked(both, pages) == "valid"
    assert refusal(checked, both, pages | {IDS: identified(NAME)}) == "status_revoked"
    assert refusal(checked, both, pages | {STATUS_URI: listed([7])}) == "status_revoked"


@pytest.mark.parametrize(
    "reference",
    [
        None,
        {},
        {"id": "AA"},
        {"id": "", "uri": IDS},
        {"id": 7, "uri": IDS},
        {"id": "A" * 88, "uri": IDS},
        {"id": "AA", "uri": "file:///etc/passwd"},
        {"id": "AA", "uri": None},
    ],
)
def test_a_reference_of_another_form_is_refused(reference):
    assert refusal(identifier.parse_reference, {"identifier_list": reference}) in (
        "status_reference_malformed",
        "input_too_large",
    )


@pytest.mark.parametrize("claim", [None, [], {"bits": 1}, {"bits": 1, "lst": "text"}, {"bits": 3, "lst": b"x"}])
def test_a_list_of_another_form_is_refused(claim):
    claims = {2: STATUS_URI, 6: NOW, 65533: claim}
    raw = cose.sign1(cbor.encode(claims), nation().signer, typ=token_cwt.MEDIA_TYPE)
    verified = cose.verify_sign1(
        token_cwt.parse_list(raw), nation().signer.public_key, typ=token_cwt.TYP, algorithms={"ES256"}
    )
    assert refusal(token_cwt.read_list, verified, uri=STATUS_URI, now=NOW) == "status_list_malformed"


def test_a_list_is_tagged_and_says_what_it_is():
    bare = cbor2.dumps(list(cbor2.loads(listed()).value))
    assert refusal(token_cwt.parse_list, bare) == "cose_malformed"
    assert refusal(token_cwt.parse_list, cose.sign1(b"\xa0", nation().signer, typ=None)) == "typ_mismatch"


@given(st.binary(max_size=80))
def test_any_payload_is_read_or_refused_by_code(payload):
    for module, typ in ((token_cwt, token_cwt.TYP), (identifier, identifier.TYP)):
        with suppress(DidkitError):
            module.read_list(cose.VerifiedCose({16: typ}, payload), uri=IDS, now=NOW)
        with suppress(DidkitError):
            module.parse_list(payload)
