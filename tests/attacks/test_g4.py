"""Attacks on G4: asking more of an offer or of its token than it is good for, and telling codes apart."""

import asyncio
import sqlite3

import pytest

from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.keys import software
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenRequest
from didkit_fr.protocols.openid4vci.credential import CredentialRequest
from didkit_fr.protocols.openid4vci.proof import build_proof
from issuer_service.titles.issuance import authenticate, fresh_nonce, issue, redeem
from tests.issuer_service.world import NOW, code_of, opened, scenario, wrong

ALL_OF_THEM = 1_000


async def token_of(world) -> str:
    made = await world.offer()
    request = TokenRequest(grant_type=PRE_AUTHORIZED, code=code_of(made), tx_code=made.tx_code)
    return (await redeem(world.ports, request, now=NOW)).access_token


async def asks(world, token: str, signers) -> str:
    """Asks for a copy for each key; the code of the refusal, or nothing."""
    nonce, audience = fresh_nonce(world.issuer, now=NOW), world.config.settings.issuer
    proofs = tuple(build_proof(signer, audience=audience, nonce=nonce, now=NOW) for signer in signers)
    request = CredentialRequest(credential_configuration_id="pid_dc_sd_jwt", proofs={"jwt": proofs})
    try:
        await issue(world.issuer, await authenticate(world.issuer, token, now=NOW), request, now=NOW)
    except DidkitError as error:
        return error.code
    return ""


def reserved(world) -> int:
    """How many status entries were given out, and how many issuances are recorded."""
    database = sqlite3.connect(world.config.place("database"))
    with database:
        ((entries,),) = database.execute("SELECT sum(next) FROM lists").fetchall()
    database.close()
    return entries


def issuances(world) -> int:
    database = sqlite3.connect(world.config.place("database"))
    with database:
        ((rows,),) = database.execute("SELECT count(*) FROM issuances").fetchall()
    database.close()
    return rows


@pytest.mark.slow
@pytest.mark.guarantee("G4")
@scenario
async def test_a_thousand_requests_with_one_token_reserve_no_more_than_its_few_issuances(tmp_path) -> None:
    async with opened(tmp_path, status_decoys=0) as world:
        limit, batch = world.config.settings.token_issuances, world.config.settings.batch_size
        token, signers = await token_of(world), [software.generate() for _ in range(batch)]
        answers = [await asks(world, token, signers) for _ in range(limit)]
        assert answers == [""] * limit
        rest = range(ALL_OF_THEM - limit)
        answers = await asyncio.gather(*(asks(world, token, signers[: 1 + n % batch]) for n in rest))
        assert set(answers) == {"grant_exhausted"}
        assert reserved(world) == limit * batch
        assert issuances(world) == limit


@pytest.mark.slow
@pytest.mark.guarantee("G4")
@scenario
async def test_a_thousand_requests_that_the_register_does_not_answer_reserve_one_batch(tmp_path) -> None:
    async with opened(tmp_path, status_decoys=0) as world:
        batch = world.config.settings.batch_size
        token, signers = await token_of(world), [software.generate() for _ in range(batch)]
        world.source.refusal = "evidence_exhausted"
        sizes = [1 + n % batch for n in range(ALL_OF_THEM)]
        answers = await asyncio.gather(*(asks(world, token, signers[:size]) for size in sizes))
        assert set(answers) == {"evidence_exhausted"}
        assert reserved(world) == batch
        assert issuances(world) == 1


@pytest.mark.guarantee("G4")
@scenario
async def test_requests_at_the_same_moment_do_not_pass_the_limit_together(tmp_path) -> None:
    async with opened(tmp_path, status_decoys=0, token_issuances=2) as world:
        token, signers = await token_of(world), [software.generate()]
        answers = await asyncio.gather(*(asks(world, token, signers) for _ in range(40)))
        assert 1 <= answers.count("") <= 2
        assert set(answers) <= {"", "issuance_unknown", "grant_exhausted"}
        assert reserved(world) <= 2


def written(world) -> int:
    """Bytes in the log ahead of the database: what was made durable since it was opened."""
    place = world.config.place("database")
    return place.with_name(f"{place.name}-wal").stat().st_size


@pytest.mark.guarantee("G4")
@scenario
async def test_a_live_code_with_a_wrong_transaction_code_costs_the_same_durable_work_as_a_code_that_never_was(
    tmp_path,
) -> None:
    async with opened(tmp_path, tx_code_attempts=2) as world:
        live, gone, worn = await world.offer("live"), await world.offer("gone"), await world.offer("worn")
        request = TokenRequest(grant_type=PRE_AUTHORIZED, code=code_of(gone), tx_code=gone.tx_code)
        await redeem(world.ports, request, now=NOW)
        bad = [(code_of(worn), wrong(worn.tx_code))] * 2
        bad += [(code_of(live), wrong(live.tx_code)), ("A" * 43, "123456"), (code_of(gone), gone.tx_code)]
        bad += [(code_of(worn), worn.tx_code)]
        work = []
        for code, tx_code in bad:
            before = written(world)
            request = TokenRequest(grant_type=PRE_AUTHORIZED, code=code, tx_code=tx_code)
            with pytest.raises(VerificationError):
                await redeem(world.ports, request, now=NOW)
            work.append(written(world) - before)
        assert len(set(work)) == 1, work
        assert work[0] > 0
