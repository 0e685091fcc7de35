"""What the issuer decides, without HTTP: on real storage, keys and certificates."""

import asyncio
from datetime import UTC, datetime

import pytest

from didkit_fr.errors import DidkitError, FetchError, ProtocolError, VerificationError
from didkit_fr.keys import jwk, software
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenRequest
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from issuer_service.titles import issuance, offering
from issuer_service.titles.issuance import authenticate, fresh_nonce, issue, redeem
from issuer_service.titles.revoking import revoke
from tests.issuer_service.titles.issuing import asked, issued, token_of, token_request, verified
from tests.issuer_service.world import (
    DAY,
    FAMILY_NAME,
    NOW,
    NUMBER,
    Clock,
    code_of,
    opened,
    scenario,
    wrong,
)


@scenario
async def test_an_offer_holds_a_code_and_asks_for_six_digits(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        offer = parse_offer_uri(made.link)
        assert offer.credential_issuer == world.config.settings.issuer
        assert offer.credential_configuration_ids == ("pid_dc_sd_jwt",)
        assert offer.grants.pre_authorized_code.tx_code.length == 6
        assert len(made.tx_code) == 6
        assert made.tx_code.isdigit()
        assert made.expires == NOW + 600
        assert made.tx_code not in made.link
        assert repr(made) == f"OfferMade(expires={made.expires})"


@scenario
async def test_an_offer_does_not_outlive_its_evidence(tmp_path) -> None:
    async with opened(tmp_path, offer_ttl=3600) as world:
        assert (await world.offer()).expires == NOW + 900


@scenario
async def test_a_title_that_is_not_issued_here(tmp_path) -> None:
    async with opened(tmp_path) as world:
        world.source.title = "passport"
        with pytest.raises(VerificationError) as error:
            await world.offer()
        assert error.value.code == "title_not_issued"


@scenario
async def test_a_ticket_that_is_refused_makes_no_offer(tmp_path) -> None:
    async with opened(tmp_path) as world:
        await world.offer("one")
        with pytest.raises(VerificationError) as error:
            await world.offer("one")
        assert error.value.code == "ticket_replayed"


def test_transaction_codes_are_unbiased() -> None:
    draws = [b"\xff\xff\xff\xff", (4_294_000_000).to_bytes(4), (4_293_999_999).to_bytes(4)]
    assert offering._digits(lambda _: draws.pop(0)) == "999999"
    assert not draws
    assert offering._digits(lambda _: bytes(4)) == "000000"


@scenario
async def test_a_code_is_redeemed_once(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        request = token_request(code_of(made), made.tx_code)
        answer = await redeem(world.ports, request, now=NOW)
        assert (answer.token_type, answer.expires_in) == ("Bearer", 300)
        with pytest.raises(VerificationError) as error:
            await redeem(world.ports, request, now=NOW)
        assert error.value.code == "offer_unknown"


@scenario
async def test_of_two_redeems_at_once_exactly_one_succeeds(tmp_path) -> None:
    async with opened(tmp_path, tx_code_attempts=10) as world:
        made = await world.offer()
        request = token_request(code_of(made), made.tx_code)
        answers = await asyncio.gather(
            *(redeem(world.ports, request, now=NOW) for _ in range(8)), return_exceptions=True
        )
        assert sum(not isinstance(answer, DidkitError) for answer in answers) == 1
        refusals = {answer.code for answer in answers if isinstance(answer, DidkitError)}
        assert refusals == {"offer_unknown"}


@pytest.mark.guarantee("G4")
@scenario
async def test_wrong_transaction_codes_wear_an_offer_out(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        codes = []
        for tx_code in [wrong(made.tx_code)] * 5 + [made.tx_code]:
            with pytest.raises(VerificationError) as error:
                await redeem(world.ports, token_request(code_of(made), tx_code), now=NOW)
            codes.append(error.value.code)
        assert codes == ["tx_code_wrong"] * 5 + ["offer_unknown"]


@scenario
async def test_the_last_attempt_is_still_good(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        for _ in range(4):
            with pytest.raises(VerificationError):
                await redeem(world.ports, token_request(code_of(made), wrong(made.tx_code)), now=NOW)
        assert await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW)


@pytest.mark.parametrize("code", ["", "A", "A" * 43, "A" * 44, "é", "\ud800", "=" * 43])
@scenario
async def test_a_code_that_never_was(tmp_path, code) -> None:
    async with opened(tmp_path) as world:
        request = TokenRequest.model_construct(grant_type=PRE_AUTHORIZED, code=code, tx_code="123456")
        with pytest.raises(VerificationError) as error:
            await redeem(world.ports, request, now=NOW)
        assert error.value.code == "offer_unknown"


@scenario
async def test_a_missing_transaction_code(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        with pytest.raises(VerificationError) as error:
            await redeem(world.ports, token_request(code_of(made), None), now=NOW)
        assert error.value.code == "tx_code_missing"


@scenario
async def test_an_offer_expires(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        with pytest.raises(VerificationError) as error:
            await redeem(world.ports, token_request(code_of(made), made.tx_code), now=made.expires)
        assert error.value.code == "offer_unknown"


@pytest.mark.guarantee("G2")
@scenario
async def test_without_its_epoch_key_an_offer_is_worth_nothing(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer()
        await world.ports.epochs.destroy(NOW + 4 * DAY)
        with pytest.raises(VerificationError) as error:
            await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW)
        assert error.value.code == "offer_unknown"


@pytest.mark.guarantee("G2")
@scenario
async def test_without_its_epoch_key_a_token_is_worth_nothing(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        await world.ports.epochs.destroy(NOW + 4 * DAY)
        with pytest.raises(VerificationError) as error:
            await authenticate(world.issuer, token, now=NOW)
        assert error.value.code == "grant_unknown"


@scenario
async def test_an_offer_made_before_midnight_is_redeemed_after(tmp_path) -> None:
    async with opened(tmp_path) as world:
        world.clock.now = NOW - NOW % DAY + DAY - 10
        made = await world.offer()
        world.clock.now += 20
        answer = await redeem(world.ports, token_request(code_of(made), made.tx_code), now=world.clock.now)
        assert await authenticate(world.issuer, answer.access_token, now=world.clock.now)


@pytest.mark.parametrize("token", ["", "A" * 43, "not a token", "é"])
@scenario
async def test_a_token_that_never_was(tmp_path, token) -> None:
    async with opened(tmp_path) as world:
        with pytest.raises(VerificationError) as error:
            await authenticate(world.issuer, token, now=NOW)
        assert error.value.code == "grant_unknown"


@scenario
async def test_a_token_expires(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        with pytest.raises(VerificationError) as error:
            await authenticate(world.issuer, token, now=NOW + 300)
        assert error.value.code == "grant_unknown"


@scenario
async def test_a_batch_is_verified_by_anyone_with_the_anchors(tmp_path) -> None:
    async with opened(tmp_path) as world:
        signers = [software.generate() for _ in range(3)]
        copies = await issued(world, await token_of(world), signers)
        assert len(set(copies)) == 3
        results = [await verified(world, raw, signer) for raw, signer in zip(copies, signers, strict=True)]
        assert {result.type for result in results} == {"urn:eudi:pid:fr:1"}
        today = NOW - NOW % DAY
        assert {(result.issued_at, result.expires) for result in results} == {(today, today + 14 * DAY)}
        assert [result.claims["cnf"] for result in results] == [{"jwk": jwk.build(key.public_key)} for key in signers]
        assert {result.claims["family_name"] for result in results} == {FAMILY_NAME}
        assert {result.checks["status"] for result in results} == {"valid"}
        statuses = [tuple(result.status["status_list"].values()) for result in results]
        assert len(set(statuses)) == 3


@pytest.mark.guarantee("G9")
@scenario
async def test_nothing_of_a_person_shows_undisclosed(tmp_path) -> None:
    from didkit_fr.proofs.jose import jws

    async with opened(tmp_path) as world:
        (raw,) = await issued(world, await token_of(world))
        visible = jws.parse(raw.split("~")[0]).unverified_claims()
        assert visible.keys() == {"_sd", "_sd_alg", "vct", "vct#integrity", "iat", "nbf", "exp", "cnf", "status"}


@scenario
async def test_another_configuration_than_the_one_granted(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        with pytest.raises(ProtocolError) as error:
            await issued(world, token, configuration="driving_licence")
        assert error.value.code == "unknown_credential_configuration"


@scenario
async def test_a_token_for_another_configuration(tmp_path) -> None:
    async with opened(tmp_path) as world:
        authority = await authenticate(world.issuer, await token_of(world), now=NOW)
        other = issuance.Authority(authority.grant, "other_dc_sd_jwt", authority.evidence)
        with pytest.raises(VerificationError) as error:
            await issue(world.issuer, other, asked(world, [software.generate()]), now=NOW)
        assert error.value.code == "configuration_not_granted"
        assert world.source.reads == 0


@scenario
async def test_a_nonce_serves_one_request(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token, nonce = await token_of(world), fresh_nonce(world.issuer, now=NOW)
        assert len(await issued(world, token, nonce=nonce)) == 1
        with pytest.raises(VerificationError) as error:
            await issued(world, token, nonce=nonce)
        assert error.value.code == "nonce_replayed"


@scenario
async def test_a_bad_proof_does_not_burn_its_nonce(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token, nonce = await token_of(world), fresh_nonce(world.issuer, now=NOW)
        key = software.generate()
        with pytest.raises(ProtocolError) as error:
            await issued(world, token, [key, key], nonce=nonce)
        assert error.value.code == "invalid_proof"
        assert len(await issued(world, token, [key], nonce=nonce)) == 1


@pytest.mark.parametrize(
    ("change", "code"), [("stale", "invalid_nonce"), ("forged", "invalid_nonce"), ("many", "invalid_proof")]
)
@scenario
async def test_proofs_that_are_refused_reach_no_register(tmp_path, change, code) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        nonces = {"stale": fresh_nonce(world.issuer, now=NOW - 301), "forged": "A" * 75, "many": None}
        signers = [software.generate() for _ in range(4 if change == "many" else 1)]
        with pytest.raises(ProtocolError) as error:
            await issued(world, token, signers, nonce=nonces[change])
        assert error.value.code == code
        assert world.source.reads == 0


@pytest.mark.guarantee("G7")
@scenario
async def test_a_retry_gets_other_entries_and_voids_the_first(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token, signer = await token_of(world), software.generate()
        (first,) = await issued(world, token, [signer])
        assert await verified(world, first, signer)
        (second,) = await issued(world, token, [signer])
        assert await verified(world, second, signer)
        with pytest.raises(VerificationError) as error:
            await verified(world, first, signer)
        assert error.value.code == "status_revoked"


@scenario
async def test_a_register_that_is_down_costs_no_token(tmp_path) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        world.source.down = True
        with pytest.raises(FetchError) as error:
            await issued(world, token)
        assert error.value.code == "register_unavailable"
        world.source.down = False
        assert len(await issued(world, token)) == 1


@pytest.mark.parametrize(
    "change",
    [{"family_name": 3}, {"birth_date": "1987-00-00"}, {"favourite_colour": "blue"}, {"nationality": []}],
)
@scenario
async def test_an_answer_that_does_not_fit_the_title_is_not_signed(tmp_path, change) -> None:
    async with opened(tmp_path) as world:
        token = await token_of(world)
        world.source.attributes_held |= change
        with pytest.raises(VerificationError) as error:
            await issued(world, token)
        assert error.value.code == "register_attributes"
        assert not any(str(value) in str(error.value) for value in change.values())


@pytest.mark.guarantee("G7")
@scenario
async def test_revocation_reaches_every_copy_and_no_neighbour(tmp_path) -> None:
    async with opened(tmp_path) as world:
        mine, others = [software.generate() for _ in range(3)], software.generate()
        copies = await issued(world, await token_of(world, "mine"), mine)
        world.source.number = "OTHERNUM1"
        (other,) = await issued(world, await token_of(world, "other"), [others])
        count = await revoke(world.registry, world.keys, title="pid", document_number=f" {NUMBER.lower()}\n", now=NOW)
        assert count == (3, 1)
        for raw, signer in zip(copies, mine, strict=True):
            with pytest.raises(VerificationError) as error:
                await verified(world, raw, signer)
            assert error.value.code == "status_revoked"
        assert await verified(world, other, others)


@pytest.mark.guarantee("G7")
@scenario
async def test_revocation_in_january_reaches_what_december_issued_and_the_reverse(tmp_path) -> None:
    december = int(datetime(2027, 12, 28, 12, tzinfo=UTC).timestamp())
    async with opened(tmp_path, clock=Clock(december)) as world:
        await issued(world, await token_of(world))
        document = {"title": "pid", "document_number": NUMBER}
        assert await revoke(world.registry, world.keys, **document, now=december) == (1, 1)
        assert await revoke(world.registry, world.keys, **document, now=december + 9 * DAY) == (1, 0)


@scenario
async def test_an_unknown_document_has_nothing_to_revoke(tmp_path) -> None:
    async with opened(tmp_path) as world:
        await issued(world, await token_of(world))
        assert await revoke(world.registry, world.keys, title="pid", document_number="NOBODY", now=NOW) == (0, 0)
        assert await revoke(world.registry, world.keys, title="other", document_number=NUMBER, now=NOW) == (0, 0)


@scenario
async def test_status_lists_of_another_size_keep_their_indices(tmp_path) -> None:
    async with opened(tmp_path, status_list_size=8, status_open_lists=1) as world:
        signers = [software.generate() for _ in range(3)]
        before = await issued(world, await token_of(world, "a"), signers)
        world.issuer.ports.storage._list_size = 16  # as after a change of the settings
        after = [await issued(world, await token_of(world, f"b{at}"), signers) for at in range(3)]
        await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        for raw, signer in zip(before + after[2], signers * 2, strict=True):
            with pytest.raises(VerificationError) as error:
                await verified(world, raw, signer)
            assert error.value.code == "status_revoked"


@pytest.mark.guarantee("G1")
@scenario
async def test_the_database_holds_nothing_of_the_person_or_the_secrets(tmp_path) -> None:
    async with opened(tmp_path) as world:
        made = await world.offer("canary-ticket")
        answer = await redeem(world.ports, token_request(code_of(made), made.tx_code), now=NOW)
        signer = software.generate()
        (raw,) = await issued(world, answer.access_token, [signer])
        disclosures = raw.split("~")[1:-1]
        secrets = [
            NUMBER,
            FAMILY_NAME,
            "Canari",
            "evidence-",
            "canary-ticket",
            code_of(made),
            answer.access_token,
            jwk.build(signer.public_key)["x"],
            jwk.thumbprint(signer.public_key),
            *disclosures,
        ]
        held = b"".join(path.read_bytes() for path in world.config.folder.rglob("*") if path.is_file())
        assert not [secret for secret in secrets if secret.encode() in held or secret.encode().hex().encode() in held]
        assert signer.public_key.octets[1:33] not in held
