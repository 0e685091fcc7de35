"""Attacks on G36: a document signer of one title signs another."""

from dataclasses import replace

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.keys import x509
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from tests import documents
from tests.documents import MDL
from tests.issuer_service.world import Clock, opened, scenario
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, nation

AGE, PID = "org.example.age.1", "urn:eudi:pid:fr:1"
TYPES = frozenset({MDL, AGE, PID})


def leaf(doctypes, purpose=CREDENTIAL_PURPOSE):
    """A certificate of the nation's document signer, for these types; None says nothing of them."""
    state = nation()
    options = {"name": "DS", "country": "FR", "now": NOW - DAY, "days": 365, "purposes": [purpose]}
    return x509.issue_leaf(state.root_signer, state.root, state.signer.public_key, doctypes=doctypes, **options)


def believing(*, demanded, types=TYPES):
    """A verifier with a memory of its own."""
    national, _ = nation().anchors.anchors
    return context_of(Anchors((replace(national, types=types, leaf_types=demanded),)))


def context_of(anchors):
    return VerificationContext(Policy(Anchors.parse(anchors.encode()), status="ignore"), Memory(), NOW)


def judge(raw, context, *, format_="mso_mdoc"):
    """The code of the refusal, or "accepted"."""
    try:
        run(verify_issued(raw, context, format=format_, holder=nation().holder.public_key), offline)
    except DidkitError as error:
        return error.code
    return "accepted"


def document(doctype, certificate):
    return documents.licence(doctype=doctype, chain=[certificate])


def title(certificate):
    """Identification data as SD-JWT VC."""
    return nation().credential(chain=[certificate])


@pytest.mark.guarantee("G36")
@pytest.mark.parametrize("demanded", [False, True])
@pytest.mark.parametrize("certified", [[MDL], [AGE], [AGE, MDL], [], [PID]])
def test_a_signer_that_is_certified_for_some_types_signs_each_of_them_and_no_other(certified, demanded):
    believed, certificate = believing(demanded=demanded), leaf(certified)
    for doctype in (MDL, AGE):
        expected = "accepted" if doctype in certified else "issuer_not_for_type"
        assert judge(document(doctype, certificate), believed) == expected
    expected = "accepted" if PID in certified else "issuer_not_for_type"
    assert judge(title(certificate), believed, format_="dc+sd-jwt") == expected


@pytest.mark.guarantee("G36")
def test_a_certificate_that_is_remembered_for_one_title_is_believed_for_no_other():
    believed, certificate = believing(demanded=False), leaf([MDL])
    assert judge(document(MDL, certificate), believed) == "accepted"
    assert judge(document(AGE, certificate), believed) == "issuer_not_for_type"
    assert judge(title(certificate), believed, format_="dc+sd-jwt") == "issuer_not_for_type"
    assert judge(document(MDL, certificate), believed) == "accepted"


@pytest.mark.guarantee("G36")
@pytest.mark.parametrize("purpose", [CREDENTIAL_PURPOSE, "1.3.130.2.0.0.1.2"])
def test_a_signer_whose_certificate_names_no_type_signs_documents_only_where_the_anchor_does_not_mind(purpose):
    certificate = leaf(None, purpose)
    for demanded, expected in ((False, "accepted"), (True, "issuer_not_for_type")):
        believed = believing(demanded=demanded)
        assert judge(document(MDL, certificate), believed) == expected
        # Titles in other formats state their type where the signature covers it, and prove it.
        assert judge(title(certificate), believed, format_="dc+sd-jwt") == "accepted"


@pytest.mark.guarantee("G36")
def test_a_certificate_for_a_type_that_the_anchor_does_not_admit_is_not_believed_for_it():
    believed = believing(demanded=True, types=frozenset({MDL}))
    assert judge(document(AGE, leaf([AGE])), believed) == "issuer_not_for_type"
    assert judge(document(MDL, leaf([MDL])), believed) == "accepted"


@pytest.mark.guarantee("G36")
@scenario
async def test_whoever_holds_any_one_key_of_a_new_issuer_signs_no_document_of_another_type(tmp_path):
    titles = ("pid", "passport", "residence_permit", "driving_licence", "proof_of_age")
    async with opened(tmp_path, titles=titles, formats=("dc+sd-jwt", "mso_mdoc"), clock=Clock(NOW)) as world:
        doctypes = world.ports.catalogue.signers_by_type()
        signers = {name: world.keys.keyring.signers(name)[0] for name in ("document", "mdoc", *doctypes)}
        chains = {name: world.issuer.identity(name, now=NOW).chain for name in signers}
        believed = context_of(world.anchors)
    assert len({signer.public_key for signer in signers.values()}) == len(titles) + 2
    for name, signer in signers.items():
        for doctype in doctypes.values():
            raw = documents.licence(doctype=doctype, signer=signer, chain=chains[name])
            refused_for_its_type = judge(raw, believed) == "issuer_not_for_type"
            assert refused_for_its_type is (doctypes.get(name) != doctype), (name, doctype)
    own = documents.licence(signer=signers[f"mdoc:{MDL}"], chain=chains[f"mdoc:{MDL}"])
    assert judge(own, believed) == "accepted"
