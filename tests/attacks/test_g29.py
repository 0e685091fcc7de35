"""Attacks on G29: of a selective credential, nothing is shown or withheld but what its issuer leaves to the holder."""

from copy import deepcopy

import pytest

from didkit_fr.credentials.model import decisive
from didkit_fr.encoding import cbor, multibase
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import fields, vc_sd_jwt, vc_selective
from didkit_fr.keys import bbs, multikey, software
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import CRYPTOSUITES as ALLOWED
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.w3c.credential import known_terms
from didkit_fr.verification.w3c.verify import ExpectedPresentation, W3cOptions, verify_credential, verify_presentation
from tests.attacks.w3c_api import NOW, V1, V2, asked, codes, credential
from tests.refused import refusal

PAST, FUTURE = "2020-06-01T00:00:00Z", "2999-01-01T00:00:00Z"
EC, BLIND = software.generate("P-256"), bbs.generate()
DIDS = {"ecdsa-sd-2023": fields.did_of(EC.public_key), "bbs-2023": f"did:key:{multikey.build_bbs(BLIND.public_key)}"}
SIGNERS = {"ecdsa-sd-2023": EC, "bbs-2023": BLIND}
SUITES = {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)}
POLICY = Policy(
    Anchors(
        tuple(
            Anchor(did, None, frozenset({"credential"}), frozenset({fields.CREDENTIAL_IRI}), did=did)
            for did in DIDS.values()
        )
    ),
    algorithms=frozenset({"ES256", "BBS"}),
    cryptosuites=ALLOWED | {"bbs-2023"},
)
BEGINS, ENDS = {V1: "issuanceDate", V2: "validFrom"}, {V1: "expirationDate", V2: "validUntil"}


def verified(document):
    return run(
        verify_credential(document, VerificationContext(POLICY, Memory(), NOW), W3cOptions(suites=SUITES)), offline
    )


def method_of(suite):
    return f"{DIDS[suite]}#{DIDS[suite].removeprefix('did:key:')}"


def based(suite, document, mandatory):
    """A base proof as an issuer makes it that leaves to the holder what it likes."""
    stated = options.build_options(
        cryptosuite=suite, verification_method=method_of(suite), purpose="assertionMethod", created=NOW
    )
    sign = {"ecdsa-sd-2023": ecdsa_sd, "bbs-2023": bbs_2023}[suite].sign_base
    return sign(document, SIGNERS[suite], stated, mandatory=mandatory)


def derived(suite, base, *pointers):
    if suite == "bbs-2023":
        return bbs_2023.derive(base, pointers, presentation_header=b"")
    return ecdsa_sd.derive(base, pointers)


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("suite", DIDS)
def test_the_api_issues_no_credential_of_either_data_model_whose_end_the_holder_can_withhold(tmp_path, suite, version):
    async def attack(api):
        stated = credential(api.did(suite), version, **{ENDS[version]: PAST})
        held = await api.issue(suite, stated)
        shown = await api.derive(held, "/credentialSubject/id")
        return shown, await api.verify(shown)

    shown, told = asked(tmp_path, attack)
    assert shown[ENDS[version]] == PAST
    assert codes(told) == ["credential_expired"]


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("suite", DIDS)
def test_the_library_signs_no_credential_whose_worth_the_holder_can_withhold(suite, version):
    more = {
        ENDS[version]: FUTURE,
        BEGINS[version]: PAST,
        "credentialStatus": {"id": "https://issuer.example/1", "type": "BitstringStatusListEntry"},
        "credentialSchema": {"id": "https://issuer.example/schema", "type": "JsonSchema"},
        "termsOfUse": {"type": "urn:example:policy"},
    }
    if version == V1:
        del more["credentialStatus"], more["credentialSchema"]
    stated = credential(DIDS[suite], version, **more)
    base = vc_selective.sign(
        stated,
        SIGNERS[suite],
        cryptosuite=suite,
        verification_method=method_of(suite),
        created=NOW,
        terms=known_terms(),
        versions=frozenset({"1.1", "2.0"}),
    )
    shown = derived(suite, base, "/credentialSubject/id")
    assert {name: shown[name] for name in more} == more
    assert set(decisive(stated)) == {"issuer", *more}


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("suite", DIDS)
def test_an_issuer_that_leaves_validity_to_its_holders_is_not_believed_where_that_shows(suite, version):
    stated = credential(DIDS[suite], version, **{BEGINS[version]: PAST, ENDS[version]: FUTURE})
    base = based(suite, stated, ["/issuer"])
    subject, begins, ends = "/credentialSubject/id", f"/{BEGINS[version]}", f"/{ENDS[version]}"
    assert refusal(lambda: verified(derived(suite, base, subject, begins, ends))) == "claim_must_be_visible"
    assert refusal(lambda: verified(derived(suite, base, subject, begins))) == "claim_must_be_visible"
    # Without what the data model requires it is no credential.
    if version == V1:
        assert refusal(lambda: verified(derived(suite, base, subject))) == "vc_property"


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("suite", DIDS)
def test_what_nobody_but_the_issuer_can_know_is_said(suite):
    stated = credential(DIDS[suite], validFrom=PAST, validUntil=FUTURE)
    found = verified(derived(suite, based(suite, stated, ["/issuer", "/validFrom"]), "/credentialSubject/id"))
    assert found.checks["disclosure"].startswith("NOT KNOWN")
    assert "validUntil" in found.checks["disclosure"]


@pytest.mark.guarantee("G29")
def test_whoever_saw_a_presentation_that_is_secured_in_parts_cannot_leave_parts_out():
    """The statements of a derived `ecdsa-sd-2023` proof can be left out by anyone who sees it."""
    holder = software.generate("P-256")
    document = {
        "@context": [V2],
        "id": "urn:example:presentation",
        "type": ["VerifiablePresentation"],
        "holder": fields.did_of(holder.public_key),
        "termsOfUse": {"type": "urn:example:policy"},
    }
    how = {"verification_method": fields.method_of(holder.public_key), "purpose": "authentication", "created": NOW}
    stated = options.build_options(cryptosuite="ecdsa-sd-2023", **how, challenge="c", domain="d")
    shown = ecdsa_sd.derive(ecdsa_sd.sign_base(document, holder, stated, mandatory=["/holder"]), ["/termsOfUse"])
    left = reduced(shown, "termsOfUse")
    for one in (left, shown):
        asking = ExpectedPresentation(domain="d", challenge="c", holder_is_subject=False)
        flow = verify_presentation(one, asking, VerificationContext(POLICY, Memory(), NOW))
        assert refusal(lambda flow=flow: run(flow, offline)) == "cryptosuite_refused"
    # As a document of its own, what was left is verified: nothing in the proof says how much there was.
    keys = {how["verification_method"]: holder.public_key}
    checks = {"purpose": "authentication", "now": NOW, "leeway": 0, "domain": "d", "challenge": "c"}
    assert "termsOfUse" not in proof.verify(proof.parse(left), keys, cryptosuites=["ecdsa-sd-2023"], **checks).document


def reduced(shown, name):
    """A derived document without a member, as somebody makes it who has no base proof."""
    document = deepcopy(shown)
    del document[name]
    raw = multibase.decode(shown["proof"]["proofValue"])
    signature, key, signatures, labels, mandatory = cbor.decode(raw[3:])
    # The member had a blank node, and all statements of it or to it went; the others keep their order.
    parts = [signature, key, [], {}, list(range(len(mandatory)))]
    document["proof"]["proofValue"] = multibase.encode(raw[:3] + cbor.encode(parts), multibase.BASE64URL)
    assert len(signatures) == len(labels) + 1 == 2
    return document


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize(
    "path",
    [("validFrom",), ("validUntil",), ("issuer",), ("termsOfUse",), ("termsOfUse", "type"), ("name",), ("evidence",)],
)
def test_nothing_at_the_top_of_an_sd_jwt_credential_can_be_withheld(path):
    stated = credential(
        DIDS["ecdsa-sd-2023"],
        validFrom=PAST,
        validUntil=PAST,
        name="title",
        termsOfUse={"type": "urn:example:policy"},
        evidence={"type": "urn:example:seen"},
    )
    kid = method_of("ecdsa-sd-2023")
    how = {"kind": "vc", "verification_method": kid, "disclosable": [path], "terms": None}
    assert refusal(lambda: vc_sd_jwt.sign(stated, EC, **how)) == "sd_jwt_disclosable"
    # Another's issuer does so, and the holder leaves it out.
    raw = sd_jwt.issue(stated, EC, typ="vc+sd-jwt", disclosable=[path], header={"kid": kid})
    hidden = raw.partition("~")[0] + "~"
    code = refusal(lambda: sd_jwt_verified(hidden))
    assert code in {"claim_must_be_visible", "vc_property", "vc_type"}


@pytest.mark.guarantee("G29")
def test_no_entry_of_a_status_can_be_withheld_from_a_list_of_several():
    entries = [
        {"type": "BitstringStatusListEntry", "statusPurpose": purpose, "statusListIndex": "7"}
        for purpose in ("revocation", "suspension")
    ]
    stated = credential(DIDS["ecdsa-sd-2023"], credentialStatus=entries)
    raw = sd_jwt.issue(
        stated,
        EC,
        typ="vc+sd-jwt",
        disclosable=[("credentialStatus", 0)],
        header={"kid": method_of("ecdsa-sd-2023")},
    )
    assert refusal(lambda: sd_jwt_verified(raw.partition("~")[0] + "~")) == "claim_must_be_visible"


def sd_jwt_verified(raw):
    parsed = vc_sd_jwt.parse(raw)
    return vc_sd_jwt.verify(parsed, EC.public_key, kind="vc", algorithms=["ES256"], terms=None)


@pytest.mark.guarantee("G29")
def test_a_credential_of_an_sd_jwt_still_keeps_back_what_is_below_its_subject():
    stated = credential(DIDS["ecdsa-sd-2023"])
    stated["credentialSubject"]["name"] = "Alice"
    how = {"kind": "vc", "verification_method": method_of("ecdsa-sd-2023"), "terms": None}
    raw = vc_sd_jwt.sign(stated, EC, disclosable=[("credentialSubject", "name")], **how)
    assert "name" not in sd_jwt_verified(raw.partition("~")[0] + "~").document["credentialSubject"]
    assert jws.parse(raw.partition("~")[0]).unverified_header["typ"] == "vc+sd-jwt"
