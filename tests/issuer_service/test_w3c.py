"""National titles as W3C credentials: issued in each form, kept as one title, presented to a query by type."""

import pytest

from didkit_fr import flow
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from didkit_fr.formats import FORMATS
from didkit_fr.formats.credential import PossessionCheck
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify
from issuer_service import catalogue
from tests.issuer_service.test_app import carried
from tests.issuer_service.test_several_titles import held
from tests.issuer_service.world import NOW, scenario, settings_for, visited

FORMS = ("dc+sd-jwt", "jwt_vc_json", "ldp_vc", "ldp_vc/ecdsa-sd-2023")
IRI = "urn:didkit-fr:vocabulary#NationalIdentity"
CREDENTIAL = "https://www.w3.org/2018/credentials#VerifiableCredential"


async def received(visitor, policy):
    world = visitor.world
    held(world, "national_identity")
    made = await world.offer()
    journey = receive(
        parse_offer_uri(made.link),
        tx_code=made.tx_code,
        make_signer=software.generate,
        policy=policy,
        memory=Memory(),
        now=world.clock.now,
        wanted=2,
    )
    return await flow.run_async(journey, lambda batch: carried(visitor, batch))


@scenario
async def test_a_title_is_received_in_every_form_and_presented_in_each(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=FORMS) as visitor:
        policy = Policy(visitor.world.anchors, status="dangerously_ignore_revocation")
        titles = await received(visitor, policy)
        assert [title.format for title in titles] == [name.partition("/")[0] for name in FORMS]
        for title in titles:
            assert len(title.copies) == 2
            form, copy = FORMATS[title.format], title.copies[0]
            paths = [("credentialSubject", "age_over_18")] if title.format != "dc+sd-jwt" else [("age_over_18",)]
            check = PossessionCheck("nonce", "x509_hash:abc", NOW, 300, 60, policy.algorithms)
            shown = form.present(copy.raw, paths, copy.signer, check)
            journey = verify(
                shown,
                format=title.format,
                policy=policy,
                memory=Memory(),
                now=NOW,
                nonce="nonce",
                audience="x509_hash:abc",
            )
            result = await flow.run_async(journey, lambda batch: carried(visitor, batch))
            print(result.type, json.encode_text(result.claims)[:600], result.checks)


@pytest.mark.parametrize("title", ["pid", "driving_licence", "proof_of_age", "passport", "residence_permit"])
@pytest.mark.parametrize("form", FORMS[1:])
def test_w3c_forms_are_for_national_titles_only(tmp_path, title, form):
    with pytest.raises(ParseError) as error:
        catalogue.build(settings_for(tmp_path, titles=(title,), formats=(form,)))
    assert error.value.code == "settings_invalid"
