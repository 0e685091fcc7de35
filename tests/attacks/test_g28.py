"""Attacks on G28: what is believed of a presentation, and what comes back as verified, is what was verified."""

from copy import deepcopy

import pytest

from didkit_fr.credentials.presentation import ENVELOPED_PRESENTATION, build_envelope
from didkit_fr.errors import ParseError
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import proof
from tests.attacks.w3c_api import NOW, V2, asked, codes, credential

HOLDER = software.generate("P-256")
NAME = multikey.build(HOLDER.public_key)
DID, METHOD = f"did:key:{NAME}", f"did:key:{NAME}#{NAME}"
BESIDE = {"rank": "President", "name": "Director", "validUntil": "2999-01-01T00:00:00Z", "credentialSubject": {}}


def bare(document):
    return {name: value for name, value in document.items() if name != "proof"}


def presentation(*credentials, **more):
    return {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": list(credentials), **more}


def signed(document, cryptosuite="ecdsa-rdfc-2019"):
    how = {"verification_method": METHOD, "purpose": "authentication", "created": NOW}
    return proof.sign(document, HOLDER, cryptosuite=cryptosuite, **how)


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("verifier", ["trusted", "any"])
@pytest.mark.parametrize("name", BESIDE)
def test_members_beside_an_enveloped_credential_never_come_back_as_verified(tmp_path, verifier, name):
    async def attack(api):
        held = await api.issue("vc-jose-p256", credential(api.did("vc-jose-p256")))
        forged = {**held, name: BESIDE[name]}
        shown = [presentation(forged), signed(presentation(forged), "ecdsa-jcs-2019")]
        return [await api.verify(forged, verifier), *[await api.present(one, verifier) for one in shown]]

    for told in asked(tmp_path, attack):
        assert (told["verified"], codes(told)) == (False, ["vc_envelope"])
        assert not {"credential", "verifiablePresentation"} & told.keys()


@pytest.mark.guarantee("G28")
def test_members_beside_an_enveloped_presentation_never_come_back_as_verified(tmp_path):
    async def attack(api):
        held = await api.issue("vc-jose-p256", credential(api.did("vc-jose-p256")))
        token = vc_jose.sign(presentation(held), HOLDER, kind="vp", verification_method=METHOD, terms=None)
        wrapped = build_envelope("application/vp+jwt", token, kind=ENVELOPED_PRESENTATION)
        beside = {**wrapped, "holder": "did:example:president"}
        return api.did("vc-jose-p256"), await api.present(wrapped), await api.present(beside)

    issuer, good, forged = asked(tmp_path, attack)
    assert codes(forged) == ["vc_envelope"]
    assert good["verifiablePresentation"] == presentation(credential(issuer))


def spellings(held):
    """What no proof over statements covers, or covers with another spelling of it."""
    subject = held["credentialSubject"]
    return {
        "a predicate that is a blank node": {**held, "credentialSubject": {**subject, "_:rank": "President"}},
        "an index": {**held, "credentialSubject": {**subject, "@index": "President"}},
        "a null member": {**held, "credentialSubject": {**subject, "description": None}},
        "a null member that nobody knows": {**held, "credentialSubject": {**subject, "rank": None}},
        "a null member of the data model": {**held, "evidence": None},
        "an empty array": {**held, "evidence": []},
        "nested": {**held, "credentialSubject": {"@nest": subject}},
        "included": {**held, "credentialSubject": {**subject, "@included": [{"name": "President"}]}},
        "a value object": {**held, "credentialSubject": {**subject, "name": {"@value": "Alice"}}},
        "a subject that is split": {
            **held,
            "credentialSubject": [{"id": subject["id"]}, {"id": subject["id"], "name": "Alice"}],
        },
        "a direction": {
            **held,
            "credentialSubject": {**subject, "name": {"@value": "Alice", "@language": "fr", "@direction": "rtl"}},
        },
    }


CODES = {
    "a null member that nobody knows": "jsonld_undefined_term",
    "a null member of the data model": "vc_property",
    "an empty array": "vc_property",
}


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("verifier", ["trusted", "any"])
@pytest.mark.parametrize("issuer", ["eddsa-rdfc-2022", "ecdsa-rdfc-2019-p256", "ecdsa-sd-2023", "bbs-2023"])
def test_members_that_no_proof_covers_are_refused_or_left_out_of_what_was_verified(tmp_path, issuer, verifier):
    async def attack(api):
        stated = credential(api.did(issuer))
        stated["credentialSubject"]["name"] = "Alice"
        held = await api.issue(issuer, stated)
        if issuer in {"ecdsa-sd-2023", "bbs-2023"}:
            held = await api.derive(held, "/credentialSubject")
        cases = spellings(held)
        told = {case: await api.verify(document, verifier) for case, document in cases.items()}
        return held, await api.verify(held, verifier), told

    held, good, told = asked(tmp_path, attack)
    assert good["credential"] == bare(held)
    for case, verdict in told.items():
        assert (verdict["verified"], codes(verdict)) == (False, [CODES.get(case, "jsonld_unsecured")]), case
        assert "credential" not in verdict, case


@pytest.mark.guarantee("G28")
def test_what_nobody_signed_of_a_presentation_does_not_come_back(tmp_path):
    async def attack(api):
        held = await api.issue("eddsa-rdfc-2022", credential(api.did("eddsa-rdfc-2022")))
        more = {"holder": "did:example:president", "id": "urn:example:1", "termsOfUse": {"type": "urn:example:none"}}
        return held, await api.present(presentation(held, **more)), await api.present(signed(presentation(held)))

    held, told, proven = asked(tmp_path, attack)
    assert (told["verified"], told["verifiablePresentation"]) == (True, presentation(bare(held)))
    assert (proven["verified"], proven["verifiablePresentation"]) == (True, presentation(bare(held)))


@pytest.mark.guarantee("G28")
def test_each_credential_has_a_result_and_none_comes_back_with_one_that_is_refused(tmp_path):
    async def attack(api):
        held = await api.issue("eddsa-jcs-2022", credential(api.did("eddsa-jcs-2022")))
        forged = deepcopy(held)
        forged["credentialSubject"]["name"] = "Mallory"
        return await api.present(presentation(held, forged, held, {**forged, "id": "urn:example:1"}))

    told = asked(tmp_path, attack)
    wrong = [one for one in told["problemDetails"] if "at" in one]
    assert [one["at"] for one in wrong] == ["/verifiableCredential/1", "/verifiableCredential/3"]
    assert codes(told) == ["signature_invalid"] * 2
    assert not told["verified"]
    assert "verifiablePresentation" not in told


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("verifier", ["trusted", "any"])
@pytest.mark.parametrize(
    ("beside", "code"),
    [
        ({"_:rank": "President"}, "jsonld_unsecured"),
        ({"@index": "President"}, "jsonld_unsecured"),
        ({"@included": []}, "jsonld_unsecured"),
        ({"termsOfUse": None}, "vc_property"),
        ({"termsOfUse": []}, "vc_property"),
    ],
    ids=str,
)
def test_members_that_no_proof_of_a_presentation_covers_do_not_come_back(tmp_path, verifier, beside, code):
    async def attack(api):
        held = await api.issue("eddsa-rdfc-2022", credential(api.did("eddsa-rdfc-2022")))
        shown = signed(presentation(held))
        return await api.present(shown, verifier), await api.present({**shown, **beside}, verifier)

    good, forged = asked(tmp_path, attack)
    assert good["verified"]
    assert (forged["verified"], codes(forged)) == (False, [code])
    assert "verifiablePresentation" not in forged


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("beside", [{"_:rank": "President"}, {"description": None}, {"@included": []}])
def test_members_that_no_proof_covers_are_not_the_holders_word(tmp_path, beside):
    async def attack(api):
        shown = signed(presentation(credential(DID), holder=DID))
        forged = deepcopy(shown)
        forged["verifiableCredential"][0]["credentialSubject"].update(beside)
        return await api.present(shown), await api.present(forged)

    good, forged = asked(tmp_path, attack)
    assert (good["verified"], forged["verified"], codes(forged)) == (True, False, ["jsonld_unsecured"])


@pytest.mark.guarantee("G28")
@pytest.mark.parametrize("cryptosuite", ["ecdsa-jcs-2019", "eddsa-jcs-2022"])
@pytest.mark.parametrize(
    ("number", "spelt"), [(1, 1.0), (0, -0.0), (0, 0.0), (-3, -3.0), (2**53 - 1, float(2**53 - 1)), (100, 1e2)]
)
def test_a_number_of_a_signed_text_never_comes_back_in_the_spelling_of_whoever_shows_it(cryptosuite, number, spelt):
    signer = software.generate("Ed25519" if cryptosuite.startswith("eddsa") else "P-256")
    name = multikey.build(signer.public_key)
    method = f"did:key:{name}#{name}"

    def document(value):
        return {"@context": [V2], "type": ["VerifiablePresentation"], "termsOfUse": [{"type": "t", "level": value}]}

    def made(value):
        how = {"verification_method": method, "purpose": "authentication", "created": NOW}
        return proof.sign(document(value), signer, cryptosuite=cryptosuite, **how)

    def read(secured):
        rules = {"purpose": "authentication", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
        return proof.verify(
            proof.parse(secured), {method: signer.public_key}, cryptosuites=[cryptosuite], **rules
        ).document

    held = made(number)
    assert read(held) == document(number)
    assert read(made(1.5)) == document(1.5)
    for attack in (lambda: read({**held, **document(spelt)}), lambda: made(spelt)):
        with pytest.raises(ParseError) as refused:
            attack()
        assert refused.value.code == "jcs_unrepresentable"
