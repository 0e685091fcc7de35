"""Attacks on G8: to have one copy spent twice, or all of them by one question."""

import os
import shutil
import time
from threading import Event

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.proofs.sd_jwt import sd_jwt
from tests.attacks.wallets import loopback, ran, start
from tests.waiting import PATIENCE
from tests.wallet_cli.presenting import BAR, CAFE, audiences, fill, present, refused
from tests.wallet_cli.world import PASSPHRASE, TINY, World, session
from wallet_cli.commands.present import answer
from wallet_cli.vault import create, open_vault

NO, CANNOT_TELL = 1, 3


def issued(world, place):
    return sd_jwt.parse(world.presented(place)["q0"][0]).issuer_signed


@pytest.mark.guarantee("G8")
def test_deleting_the_lock_lets_no_second_command_spend_the_same_copy(tmp_path):
    world, folder = World(now=int(time.time())), tmp_path / "wallet"
    create(folder, world.contents(world.title(expires=world.now + 86_400)), lambda: PASSPHRASE, cost=TINY)
    asked, go_on = Event(), Event()
    with loopback() as server:
        world.base = server.address
        to_bar, bar, of_bar = world.ask(["age_over_18"], party=BAR)
        world.base = f"{server.address}/held"
        to_cafe, cafe, of_cafe = world.ask(["age_over_18"], party=CAFE)

        def serve(batch):
            held = "/held/" in batch[0].url
            if held and batch[0].method == "GET":
                asked.set()
                assert go_on.wait(PATIENCE)
            world.base = f"{server.address}/held" if held else server.address
            return (of_cafe if held else of_bar)(batch)

        server.fetcher = serve
        first = start(folder, "present", "--yes", "--verifier", cafe, stdin=to_cafe)
        assert asked.wait(PATIENCE)
        (folder / "vault.lock").unlink()
        status, _, said = ran(folder, "present", "--yes", "--verifier", bar, stdin=to_bar)
        go_on.set()
        _, err = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, err
    assert status == CANNOT_TELL
    assert said.startswith("error: vault_locked: ")
    assert len(world.posted) == 1
    assert audiences(folder) == [cafe, None]


@pytest.mark.guarantee("G8")
def test_a_vault_that_was_replaced_under_a_command_spends_nothing(world, folder, tmp_path):
    fill(world, folder)
    shutil.copy(folder / "vault.sealed", tmp_path / "older")
    present(folder, *world.ask(["age_over_18"], party=BAR)[::2])
    link, _, fetcher = world.ask(["age_over_18"], party=CAFE)

    def swap(batch):
        shutil.copy(tmp_path / "older", folder / "vault.sealed")
        return fetcher(batch)

    assert refused(folder, link, swap) == "vault_changed"
    assert len(world.posted) == 1
    assert audiences(folder) == [None, None]


@pytest.mark.guarantee("G8")
def test_a_folder_that_was_moved_under_a_command_is_still_the_one_that_the_copy_is_spent_in(world, folder, tmp_path):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])

    def move(batch):
        if not (tmp_path / "moved").exists():
            folder.rename(tmp_path / "moved")
            shutil.copytree(tmp_path / "moved", folder)
        return fetcher(batch)

    present(folder, link, move)
    assert audiences(tmp_path / "moved") == [client_id, None]


@pytest.mark.guarantee("G8")
@pytest.mark.parametrize("mode", [0o770, 0o720, 0o702, 0o777, 0o1777, 0o733])
def test_a_folder_that_others_may_write_to_is_refused(world, folder, mode):
    fill(world, folder)
    folder.chmod(mode)
    assert refused(folder, "openid4vp://", pytest.fail) == "vault_exposed"
    folder.chmod(0o755)
    assert refused(folder, "openid4vp://", pytest.fail) == "request_link_invalid"


@pytest.mark.guarantee("G8")
def test_a_folder_that_is_a_link_is_refused_and_a_vault_in_one_is_not_made(world, folder, tmp_path):
    fill(world, folder)
    link = tmp_path / "link"
    link.symlink_to(folder)
    for attempt in (
        lambda: present(link, "openid4vp://", pytest.fail),
        lambda: create(link, world.contents(), pytest.fail, cost=TINY),
    ):
        with pytest.raises(DidkitError) as error:
            attempt()
        assert error.value.code == "vault_exposed"


@pytest.mark.guarantee("G8")
def test_a_file_that_others_may_write_to_is_refused_where_they_reach_it(world, folder):
    fill(world, folder)
    (folder / "vault.sealed").chmod(0o666)
    assert refused(folder, "openid4vp://", pytest.fail) == "request_link_invalid"
    folder.chmod(0o711)
    assert refused(folder, "openid4vp://", pytest.fail) == "vault_exposed"


@pytest.mark.guarantee("G8")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a folder away")
def test_a_folder_of_another_user_is_refused(world, folder):
    fill(world, folder)
    os.chown(folder, 65_534, 65_534)
    assert refused(folder, "openid4vp://", pytest.fail) == "vault_exposed"


@pytest.mark.guarantee("G8")
@pytest.mark.parametrize("queries", [2, 16])
def test_a_question_that_asks_for_a_title_many_times_spends_one_copy(world, folder, queries):
    fill(world, folder, world.title(copies=16))
    link, client_id, fetcher = world.ask(["age_over_18"], queries=queries)
    present(folder, link, fetcher)
    assert len(world.presented()) == queries
    assert audiences(folder) == [client_id, *[None] * 15]


@pytest.mark.guarantee("G8")
def test_the_same_question_again_and_again_in_one_answer_shows_no_copy_of_another_party(world, folder):
    fill(world, folder, world.title(copies=2))
    for party in (CAFE, BAR):
        link, _, fetcher = world.ask(["age_over_18"], party=party, queries=3)
        with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
            answer(session(folder), vault, link, fetcher, verifier=world.ask(party=party)[1], yes=True, reuse=False)
    assert issued(world, 0) != issued(world, 1)
