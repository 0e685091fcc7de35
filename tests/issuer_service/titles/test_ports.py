"""The application over ports that are filled from outside the packages: a storage in memory, signers far away."""

import asyncio
import os
import threading
from functools import partial

import pytest

from issuer_service.keys.port import sign_all
from issuer_service.titles import app as root
from issuer_service.titles.revoking import revoke
from issuer_service.titles.routes.context import CONTEXT
from tests.issuer_service.keys.toy import Remote
from tests.issuer_service.storage.toy import Rows, ToyStorage
from tests.issuer_service.world import NOW, NUMBER, opened, scenario, visited


@scenario
async def test_a_title_is_issued_and_revoked_over_a_storage_from_outside(tmp_path) -> None:
    rows = Rows()
    rows.open_list(64)
    async with visited(tmp_path, storage=lambda _: ToyStorage(rows, 64, os.urandom)) as visitor:
        token = await visitor.token()
        assert (await visitor.credential(token)).status == 200
        assert not rows.offers
        (issuance,) = rows.issuances.values()
        assert (issuance.state, issuance.copies) == ("complete", 1)
        before = (await visitor.ask("GET", "/status/1")).body
        done = await revoke(visitor.world.registry, visitor.world.keys, title="pid", document_number=NUMBER, now=NOW)
        assert done == (1, 1)
        assert rows.invalid == set(issuance.entries)
        assert (await visitor.ask("GET", "/status/1")).body != before
        assert (await visitor.credential(token)).status == 400


@scenario
async def test_while_a_signer_far_away_signs_others_are_answered(tmp_path) -> None:
    remote = Remote()
    async with visited(tmp_path, keys=remote.around) as visitor:
        token = await visitor.token()
        collecting = asyncio.create_task(visitor.credential(token))
        await remote.came.wait()
        assert (await visitor.ask("POST", "/nonce")).status == 200
        assert (await visitor.ask("GET", "/.well-known/openid-credential-issuer")).status == 200
        assert not collecting.done()
        remote.go_on.set()
        assert (await collecting).status == 200
    assert remote.asked == [1]


@scenario
async def test_the_copies_of_a_request_are_signed_in_one_call(tmp_path) -> None:
    from didkit_fr.keys import software

    remote = Remote()
    remote.go_on.set()
    async with visited(tmp_path, keys=remote.around) as visitor:
        signers = [software.generate() for _ in range(3)]
        answer = await visitor.credential(await visitor.token(), signers=signers)
        assert len(answer.json["credentials"]) == 3
    assert remote.asked == [3]


@pytest.mark.parametrize("form", ["token", "cwt", "revocation"])
@scenario
async def test_of_those_who_ask_for_a_list_at_once_one_has_it_signed(tmp_path, form) -> None:
    remote, rows = Remote(), Rows()
    rows.open_list(64)
    async with opened(tmp_path, storage=lambda _: ToyStorage(rows, 64, os.urandom), keys=remote.around) as world:
        lists = world.app[CONTEXT].lists
        ask = partial(lists.bitstring, purpose=form) if form == "revocation" else getattr(lists, form)
        # This storage answers at once: after one turn of the loop all of them wait for a signature, or to ask for one.
        asking = [asyncio.create_task(ask(1, now=NOW)) for _ in range(8)]
        await remote.came.wait()
        await asyncio.sleep(0)
        remote.go_on.set()
        documents = await asyncio.gather(*asking)
        assert len(set(documents)) == 1
        assert remote.asked == [1]
        await ask(1, now=NOW + world.config.settings.status_ttl)
        assert remote.asked == [1, 1]


@scenario
async def test_metadata_are_signed_once_in_as_long_as_caches_keep_them(tmp_path) -> None:
    remote = Remote()
    async with opened(tmp_path, keys=remote.around) as world:
        metadata = world.app[CONTEXT].metadata
        asking = [asyncio.create_task(metadata.token(now=NOW)) for _ in range(8)]
        await remote.came.wait()
        await asyncio.sleep(0)
        remote.go_on.set()
        (first,) = set(await asyncio.gather(*asking))
        assert await metadata.token(now=NOW + 299) == first
        assert remote.asked == [1]
        for at, (earlier, now) in enumerate([(first, NOW + 300), (first, NOW - 1)]):
            assert await metadata.token(now=now) != earlier
            assert remote.asked == [1] * (at + 2)


@scenario
async def test_the_files_of_the_epoch_keys_are_read_in_another_thread(tmp_path, monkeypatch) -> None:
    from issuer_service.grants.epochs import EpochKeys

    threads = set()
    for verb in ("current", "get", "destroy"):
        real = getattr(EpochKeys, verb)

        def watched(self, *arguments, real=real):
            threads.add(threading.current_thread())
            return real(self, *arguments)

        monkeypatch.setattr(EpochKeys, verb, watched)
    async with visited(tmp_path) as visitor:
        assert (await visitor.credential(await visitor.token())).status == 200
        await visitor.world.ports.epochs.destroy(NOW)
    assert threads
    assert threading.main_thread() not in threads


@scenario
async def test_keys_are_those_of_the_store_that_the_settings_name(tmp_path) -> None:
    async with visited(tmp_path) as visitor:
        config = visitor.world.config
        keys = root.key_store(config, b"of the keyring").open()
        known = visitor.world.issuer.identities["document"][0].signer.public_key
        assert keys.signers("document")[0].public_key == known
        assert await sign_all(keys.signers("document")[0], []) == []
