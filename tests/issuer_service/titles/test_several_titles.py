"""One issuer, several titles: each is offered, issued with its own rules, believed, and revoked by itself."""

from dataclasses import replace

import jsonschema
import pytest

from didkit_fr import specs
from didkit_fr.credentials import types
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.trust.anchors import Anchors
from issuer_service.titles import catalogue
from issuer_service.titles.revoking import revoke
from tests.issuer_service.register_endpoint import ALICE
from tests.issuer_service.titles.issuing import issued, token_of, verified
from tests.issuer_service.titles.records import held
from tests.issuer_service.world import NOW, opened, scenario, settings_for

TITLES = ("pid", "passport", "residence_permit", "national_identity", "residence_attestation")


@pytest.mark.parametrize("title", TITLES)
@scenario
async def test_each_title_is_issued_and_believed(tmp_path, title) -> None:
    async with opened(tmp_path, titles=TITLES) as world:
        held(world, title)
        configuration = world.ports.catalogue.of_title(title)[0]
        offer = parse_offer_uri((await world.offer("shown")).link)
        assert offer.credential_configuration_ids == (f"{title}_dc_sd_jwt",)
        holder = software.generate()
        (raw,) = await issued(world, await token_of(world, "taken"), [holder], configuration=f"{title}_dc_sd_jwt")
        result = await verified(world, raw, holder)
        assert result.type == configuration.type
        assert result.checks["type"] == "passed"
        document = types.local_document(configuration.type)
        assert result.claims["vct#integrity"] == types.integrity_of(document)
        schema = json.parse(specs.read(f"credentials/{title}/schema.json"))
        jsonschema.Draft202012Validator(schema).validate(result.claims)


@scenario
async def test_a_token_for_one_title_gets_no_other(tmp_path) -> None:
    async with opened(tmp_path, titles=TITLES) as world:
        token = await token_of(world)
        for other in TITLES[1:]:
            with pytest.raises(VerificationError) as error:
                await issued(world, token, configuration=f"{other}_dc_sd_jwt")
            assert error.value.code == "configuration_not_granted"
        with pytest.raises(ProtocolError) as refused:
            await issued(world, token, configuration="driving_licence_dc_sd_jwt")
        assert refused.value.code == "unknown_credential_configuration"


@scenario
async def test_a_title_is_revoked_without_the_others_of_its_document(tmp_path) -> None:
    async with opened(tmp_path, titles=TITLES) as world:
        copies = {}
        for title in ("pid", "national_identity"):
            held(world, title)
            holder = software.generate()
            token = await token_of(world, title)
            copies[title] = (await issued(world, token, [holder], configuration=f"{title}_dc_sd_jwt"))[0], holder
        number = ALICE["document_number"]
        done = await revoke(world.registry, world.keys, title="national_identity", document_number=number, now=NOW)
        assert done.copies == 1
        assert (await verified(world, *copies["pid"])).checks["status"] == "valid"
        with pytest.raises(VerificationError) as error:
            await verified(world, *copies["national_identity"])
        assert error.value.code == "status_revoked"


@scenario
async def test_the_metadata_and_the_anchors_name_every_title(tmp_path) -> None:
    async with opened(tmp_path, titles=TITLES) as world:
        metadata = world.ports.catalogue.metadata
        configurations = metadata.credential_configurations_supported
        assert set(configurations) == {f"{title}_dc_sd_jwt" for title in TITLES}
        assert {one.scope for one in configurations.values()} == set(TITLES)
        (anchor,) = Anchors.parse(world.config.place("anchors").read_bytes()).anchors
        assert anchor.types == {one.vct for one in configurations.values()}
        for title in TITLES:
            described = json.parse(specs.read(f"credentials/{title}/credential-metadata.json"))["dc+sd-jwt"]
            assert configurations[f"{title}_dc_sd_jwt"].credential_metadata.to_json() == described


@pytest.mark.parametrize("title", ["driving_licence", "proof_of_age"])
@scenario
async def test_what_is_mdoc_only_is_not_offered_in_another_form(tmp_path, title) -> None:
    with pytest.raises(ParseError) as error:
        async with opened(tmp_path, titles=("pid", title)):
            pass
    assert error.value.code == "settings_invalid"


@pytest.mark.parametrize(("asked", "own", "given"), [(14, 13, 13), (14, 0, 14), (12, 13, 12)])
def test_copies_are_valid_no_longer_than_their_title_allows(tmp_path, monkeypatch, asked, own, given) -> None:
    title = replace(catalogue.titles.load("national_identity"), max_days=own)
    monkeypatch.setattr(catalogue.titles, "load", lambda _: title)
    forms = ("dc+sd-jwt", "ldp_vc/bbs-2023")
    settings = settings_for(tmp_path, titles=("national_identity",), formats=forms, validity_days=asked)
    # BBS, which nothing revokes, has a day by its form.
    assert [one.days for one in catalogue.build(settings).configurations.values()] == [given, 1]
