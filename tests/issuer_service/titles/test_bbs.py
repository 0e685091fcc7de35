"""A national title with bbs-2023: issued, kept, presented bare to who asks for it, and refused everywhere else."""

import pytest

from didkit_fr import flow
from didkit_fr.credentials.contexts import contexts
from didkit_fr.did import key as did_key
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.flow import Response
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import software
from didkit_fr.proofs.claimed_signer import BbsDidUrl
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.bbs_2023 import mandatory_of
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.protocols.openid4vci.wallet import receive
from didkit_fr.protocols.openid4vp.dcql import parse_query, select
from didkit_fr.protocols.openid4vp.wallet import hold
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, CRYPTOSUITES, Policy
from didkit_fr.verification.signers.key import find_key
from didkit_fr.verification.verify import verify
from issuer_service.titles import catalogue
from issuer_service.titles.formats import HAIP, ISSUED_FORMATS
from issuer_service.titles.identities import did_document
from tests.issuer_service.titles.carried import carried
from tests.issuer_service.titles.records import held
from tests.issuer_service.titles.w3c_titles import CREDENTIAL, IRI
from tests.issuer_service.world import DAY, NOW, opened, scenario, settings_for, visited

FORM = "ldp_vc/bbs-2023"
HELD = {"family_name", "given_name", "birthdate", "issuing_authority", "issuing_country", "age_over_18"}
ASKED = {"nonce": "this occasion", "audience": "x509_hash:shop"}


def trusting(world, **changes):
    """The policy of a wallet or a relying party that names the experimental suite."""
    return Policy(world.anchors, **{"cryptosuites": CRYPTOSUITES | {BBS}, **changes})


async def received(visitor, policy=None, ticket="ticket"):
    world = visitor.world
    made = await world.offer(ticket)
    journey = receive(
        parse_offer_uri(made.link),
        VerificationContext(policy or trusting(world), Memory(), world.clock.now),
        tx_code=made.tx_code,
        make_signer=software.generate,
        wanted=3,
    )
    return await flow.run_async(journey, lambda batch: carried(visitor, batch))


def query(**changes):
    meta = {"type_values": [[CREDENTIAL, IRI]]}
    claims = [{"path": ["credentialSubject", "age_over_18"]}]
    unbound = {"require_cryptographic_holder_binding": False}
    return parse_query(
        {"credentials": [{"id": "q", "format": "ldp_vc", "meta": meta, "claims": claims, **unbound, **changes}]}
    )


def shown(title, **asked):
    (choice,) = select(query(), [hold("held", "ldp_vc", title.copies[0].raw)])
    told = {**ASKED, **asked}
    check = Occasion(told["nonce"], told["audience"])
    return FORMATS["ldp_vc"].present(title.copies[0].raw, choice.paths, None, check, now=NOW)


async def verified(visitor, raw, policy=None, **changes):
    told = {"context": VerificationContext(policy or trusting(visitor.world), Memory(), visitor.world.clock.now)}
    journey = verify(raw, format="ldp_vc", **{**told, "binding": False, **ASKED, **changes})
    return await flow.run_async(journey, lambda batch: carried(visitor, batch))


async def refusal(visitor, *args, **changes):
    with pytest.raises((ParseError, VerificationError)) as error:
        await verified(visitor, *args, **changes)
    return error.value.code


@scenario
async def test_it_is_issued_received_presented_and_verified(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        (title,) = await received(visitor)
        (copy,) = title.copies
        assert (title.format, copy.signer, title.verified.holder) == ("ldp_vc", None, None)
        assert title.verified.checks["holder"].startswith("bound to nobody")
        document = json.parse_object(copy.raw)
        assert not {"id", "credentialStatus"} & document.keys()
        assert set(document["credentialSubject"]) == HELD
        assert title.verified.expires == NOW - NOW % DAY + DAY
        assert document["proof"]["created"] == document["validFrom"]
        assert sorted(mandatory_of(proof.parse(document).proofs[0])) == ["/issuer", "/validFrom", "/validUntil"]
        result = await verified(visitor, shown(title))
        assert set(result.claims) == {"@context", "type", "issuer", "validFrom", "validUntil", "credentialSubject"}
        assert result.claims["credentialSubject"] == {"age_over_18": True}
        assert result.checks["holder"].startswith("NOT PROVEN")


@scenario
async def test_it_answers_one_request_and_no_other(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        (title,) = await received(visitor)
        raw = shown(title)
        for other in ({"nonce": "another occasion"}, {"audience": "x509_hash:bank"}):
            assert await refusal(visitor, raw, **other) == "presentation_header_mismatch"
        # What the issuer handed over opens everything, and is nobody's to accept.
        assert await refusal(visitor, title.copies[0].raw) == "base_proof_unexpected"
        # Whoever must know that the title is the answerer's cannot learn it from this.
        assert await refusal(visitor, raw, binding=True) == "holder_missing"
        visitor.world.clock.now += DAY
        assert await refusal(visitor, raw) == "credential_expired"


@scenario
async def test_nobody_believes_it_who_did_not_name_it(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        (title,) = await received(visitor)
        assert await refusal(visitor, shown(title), Policy(visitor.world.anchors)) == "cryptosuite_refused"
        with pytest.raises(ProtocolError) as error:
            await received(visitor, Policy(visitor.world.anchors), "another")
        assert error.value.code == "configuration_unsupported"


@scenario
async def test_what_a_holders_key_signs_around_it_is_refused(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        (title,) = await received(visitor)
        signer = software.generate()
        with pytest.raises(VerificationError) as error:
            FORMATS["ldp_vc"].present(title.copies[0].raw, [], signer, Occasion(**ASKED), now=NOW)
        assert error.value.code == "key_binding_unexpected"
        around = proof.sign(
            {
                "@context": ["https://www.w3.org/ns/credentials/v2"],
                "type": ["VerifiablePresentation"],
                "verifiableCredential": [json.parse_object(shown(title))],
            },
            signer,
            cryptosuite="ecdsa-rdfc-2019",
            verification_method="did:key:any#any",
            purpose="authentication",
            created=NOW,
            contexts=contexts(),
        )
        assert await refusal(visitor, json.encode_text(around)) == "key_binding_unexpected"


@scenario
async def test_a_query_that_wants_a_holder_is_not_answered_with_it(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        (title,) = await received(visitor)
        with pytest.raises(VerificationError) as error:
            select(query(require_cryptographic_holder_binding=True), [hold("held", "ldp_vc", title.copies[0].raw)])
        assert error.value.code == "nothing_matches"


@scenario
async def test_a_request_brings_no_proof_of_a_key(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        token = await visitor.token()
        name = "national_identity_ldp_vc_bbs_2023"
        answer = await visitor.credential(token, credential_configuration_id=name)
        assert (answer.status, answer.json["error"]) == (400, "invalid_proof")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.encode({"credential_configuration_id": name})
        answer = await visitor.ask("POST", "/credential", data=body, headers=headers)
        assert (answer.status, len(answer.json["credentials"])) == (200, 1)


@scenario
async def test_all_citizens_of_a_day_have_the_same_form(tmp_path) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        derived = []
        for name in ("Lefèvre", "de La Tour d'Auvergne"):
            held(visitor.world, "national_identity")
            visitor.world.source.attributes_held["family_name"] = name
            visitor.world.source.attributes_held["nationality"] = ["FR", "BE"][: len(derived) + 1]
            derived.append(json.parse_object(shown((await received(visitor, ticket=name))[0])))
        one, other = ({**each, "proof": {**each["proof"], "proofValue": ""}} for each in derived)
        assert one == other
        assert len(derived[0]["proof"]["proofValue"]) == len(derived[1]["proof"]["proofValue"])


@pytest.mark.parametrize("lacking", ["age_over_18", "birth_date"])
@scenario
async def test_a_citizen_who_lacks_a_value_gets_none(tmp_path, lacking) -> None:
    async with visited(tmp_path, titles=("national_identity",), formats=(FORM,)) as visitor:
        held(visitor.world, "national_identity")
        del visitor.world.source.attributes_held[lacking]
        with pytest.raises(ProtocolError):
            await received(visitor)


@pytest.mark.parametrize("title", ["pid", "driving_licence", "proof_of_age", "passport", "residence_permit"])
def test_it_is_never_a_pid_nor_any_title_but_the_national_one(tmp_path, title):
    with pytest.raises(ParseError) as error:
        catalogue.build(settings_for(tmp_path, titles=(title,), formats=(FORM,)))
    assert error.value.code == "settings_invalid"


def test_beside_a_pid_it_stays_with_the_national_title(tmp_path):
    settings = settings_for(tmp_path, titles=("national_identity", "pid"), formats=("dc+sd-jwt", FORM))
    found = {(one.title.id, one.format.name) for one in catalogue.build(settings).configurations.values()}
    assert found == {("national_identity", "dc+sd-jwt"), ("national_identity", FORM), ("pid", "dc+sd-jwt")}


def test_it_is_off_unless_named_and_never_in_the_haip_profile(tmp_path):
    plain = catalogue.build(settings_for(tmp_path, titles=("national_identity",)))
    assert {one.format.name for one in plain.configurations.values()} == {"dc+sd-jwt"}
    for form in ISSUED_FORMATS.keys() - HAIP:
        with pytest.raises(ParseError) as error:
            catalogue.build(
                settings_for(tmp_path, titles=("national_identity",), formats=("dc+sd-jwt", form), profile="haip")
            )
        assert error.value.code == "settings_invalid"
    assert catalogue.build(settings_for(tmp_path, titles=("national_identity",), profile="haip"))


@scenario
async def test_on_the_web_both_keys_are_of_one_did_and_each_does_its_own(tmp_path) -> None:
    formats = ("ldp_vc", FORM)
    where = {"issuer": "https://issuer.example/titres", "titles": ("national_identity",), "formats": formats}
    async with opened(tmp_path, **where) as world:
        attestation, blind = (world.issuer.identity(name, now=NOW) for name in ("attestation", "bbs"))
        did = "did:web:issuer.example:titres"
        assert {attestation.did, blind.did} == {did}
        assert [anchor.did for anchor in world.anchors.anchors] == [None, did]
        document = json.encode(did_document([attestation, blind]))
        policy = trusting(world)
        asked = {"context": VerificationContext(policy, Memory(), NOW), "role": "credential", "type_": IRI}
        web = lambda batch: [Response(200, document) for _ in batch]  # noqa: E731 - a web of one page
        assert flow.run(find_key(BbsDidUrl(blind.method), **asked), web).path.key == world.keys.bbs().public_key
        with pytest.raises(ParseError) as error:
            flow.run(find_key(BbsDidUrl(attestation.method), **asked), web)
        assert error.value.code == "key_unsupported"


@scenario
async def test_on_loopback_the_anchors_name_the_key_for_credentials_and_nothing_else(tmp_path) -> None:
    async with opened(tmp_path, titles=("national_identity",), formats=("dc+sd-jwt", FORM)) as world:
        (anchor,) = [one for one in world.anchors.anchors if one.did is not None]
        assert anchor.did == did_key.build(world.keys.bbs().public_key)
        assert (anchor.roles, anchor.types) == (frozenset({"credential"}), frozenset({IRI}))
    (tmp_path / "other").mkdir()
    async with opened(tmp_path / "other", titles=("national_identity",)) as world:
        assert "bbs" not in world.issuer.identities
        assert all(one.did is None for one in world.anchors.anchors)
