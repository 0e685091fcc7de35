"""National titles as W3C credentials: issued in each form, kept as one title, presented to a query by type."""

import pytest

from didkit_fr import flow
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.protocols.openid4vp.dcql import parse_query, select
from didkit_fr.protocols.openid4vp.wallet import hold
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify
from issuer_service.titles import catalogue
from issuer_service.titles.revoking import resume, revoke, suspend
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.titles.records import held
from tests.issuer_service.titles.w3c_titles import CREDENTIAL, IRI
from tests.issuer_service.world import NOW, scenario, settings_for, visited

FORMS = ("dc+sd-jwt", "jwt_vc_json", "ldp_vc", "ldp_vc/ecdsa-sd-2023")


async def received(visitor, policy):
    world = visitor.world
    held(world, "national_identity")
    made = await world.offer()
    journey = receive(
        parse_offer_uri(made.link),
        VerificationContext(policy, Memory(), world.clock.now),
        tx_code=made.tx_code,
        make_signer=software.generate,
        wanted=2,
    )
    return await flow.run_async(journey, lambda batch: carried(visitor, batch))


def query(form, vct="urn:didkit-fr:national_identity:1"):
    if form == "dc+sd-jwt":
        return {"format": form, "meta": {"vct_values": [vct]}, "claims": [{"path": ["age_over_18"]}]}
    path = ["credentialSubject", "age_over_18"]
    return {"format": form, "meta": {"type_values": [[CREDENTIAL, IRI]]}, "claims": [{"path": path}]}


async def presented(visitor, title, policy, *, memory=None, **changes):
    form, copy, now = FORMATS[title.format], title.copies[0], visitor.world.clock.now
    asked = parse_query({"credentials": [{"id": "q", **query(title.format)}]})
    (choice,) = select(asked, [hold("held", title.format, copy.raw)])
    check = Occasion("nonce", "x509_hash:abc")
    shown = form.present(copy.raw, choice.paths, copy.signer, check, now=now)
    told = {"nonce": "nonce", "audience": "x509_hash:abc", **changes}
    journey = verify(shown, VerificationContext(policy, memory or Memory(), now), format=title.format, **told)
    return await flow.run_async(journey, lambda batch: carried(visitor, batch))


@scenario
async def test_a_title_is_received_in_every_form_and_presented_in_each(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=FORMS) as visitor:
        policy = Policy(visitor.world.anchors)
        titles = await received(visitor, policy)
        assert [title.format for title in titles] == [name.partition("/")[0] for name in FORMS]
        for name, title in zip(FORMS, titles, strict=True):
            assert len(title.copies) == 2
            result = await presented(visitor, title, policy)
            assert result.checks["status"] == "valid"
            said = result.claims if name == "dc+sd-jwt" else result.claims["credentialSubject"]
            assert said["age_over_18"] is True
            # Where nothing can be withheld, all of it was shown; elsewhere what was asked, and no more.
            assert ("family_name" in said) == (name in ("jwt_vc_json", "ldp_vc"))
            for wrong in ({"nonce": "another"}, {"audience": "x509_hash:other"}):
                with pytest.raises(VerificationError):
                    await presented(visitor, title, policy, **wrong)


@scenario
async def test_suspension_and_revocation_reach_every_form(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=FORMS) as visitor:
        world, policy = visitor.world, Policy(visitor.world.anchors)
        titles = await received(visitor, policy)
        document = {"title": "national_identity", "document_number": world.source.number}
        for act, code in ((suspend, "status_suspended"), (resume, None), (revoke, "status_revoked")):
            reached = await act(world.registry, world.keys, **document, now=world.clock.now)
            assert getattr(reached, "copies", reached) == 2 * len(FORMS)
            for title in titles:
                if code is None:
                    assert (await presented(visitor, title, policy)).checks["status"] == "valid"
                    continue
                with pytest.raises(VerificationError) as error:
                    await presented(visitor, title, policy)
                assert error.value.code == code


@scenario
async def test_a_holder_keeps_what_a_verifier_must_see(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=("ldp_vc/ecdsa-sd-2023",)) as visitor:
        policy = Policy(visitor.world.anchors)
        (title,) = await received(visitor, policy)
        shown = (await presented(visitor, title, policy)).claims
        assert {"issuer", "validFrom", "validUntil", "credentialStatus"} <= shown.keys()
        assert set(shown["credentialSubject"]) == {"id", "age_over_18"}
        # What the issuer handed over opens everything: no verifier may accept it as it is.
        told = {"nonce": "nonce", "audience": "a", "binding": False}
        journey = verify(title.copies[0].raw, VerificationContext(policy, Memory(), NOW), format="ldp_vc", **told)
        with pytest.raises(VerificationError) as error:
            await flow.run_async(journey, lambda batch: carried(visitor, batch))
        assert error.value.code == "base_proof_unexpected"


@pytest.mark.parametrize("title", ["pid", "driving_licence", "proof_of_age", "passport", "residence_permit"])
@pytest.mark.parametrize("form", FORMS[1:])
def test_w3c_forms_are_for_national_titles_only(tmp_path, title, form):
    with pytest.raises(ParseError) as error:
        catalogue.build(settings_for(tmp_path, titles=(title,), formats=(form,)))
    assert error.value.code == "settings_invalid"
