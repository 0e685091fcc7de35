"""Attacks on G19: to have a vault, or what it was about to hold, lost by a kill, a full disk, or a file beside it."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from didkit_fr.encoding import json as strict
from didkit_fr.primitives.passphrase import open_sealed, seal
from didkit_fr.proofs.jose import jws
from tests.attacks.wallets import loopback, ran, start
from tests.waiting import PATIENCE
from tests.wallet_cli.world import PASSPHRASE, TINY, World
from wallet_cli.vault import CONTEXT, create, open_vault

ROOT = Path(__file__).resolve().parents[2]
UNSHARE = shutil.which("unshare")
NO = 1


class Office:
    """An issuer on loopback that gives one token for its code, and holds one answer back until the wallet is dead."""

    def __init__(self, server, world, held):
        self.world, self.held = world, held
        self.arrived, self.go_on, self.keys, self.tokens = Event(), Event(), [], 0
        self.link, self._fetcher = world.offer(server.address)
        self.agreed = ("--yes", "--issuer", server.address, "--json")
        server.fetcher = self

    def __call__(self, batch):
        name = batch[0].url.rpartition("/")[2]
        if name == "token":
            self.tokens += 1
            if self.tokens > 1:
                return [type(self.world.answer)(400, b'{"error":"invalid_grant"}')]
        if name == "credential":
            proofs = strict.parse_object(batch[0].body)["proofs"]["jwt"]
            self.keys.append([jws.parse(one).unverified_header["jwk"]["x"] for one in proofs])
        answer = self._fetcher(batch)
        if name == self.held and not self.go_on.is_set():
            self.arrived.set()
            assert self.go_on.wait(PATIENCE)
        return answer


def contents_of(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents


def killed(folder, office):
    """`receive`, killed while it waits for the answer that is held back."""
    process = start(folder, "receive", *office.agreed, stdin=office.link, tx_code="123456")
    assert office.arrived.wait(PATIENCE), process.communicate(timeout=PATIENCE)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    office.go_on.set()


@pytest.fixture
def wallet(tmp_path):
    world = World(now=int(time.time()))
    create(tmp_path / "wallet", world.contents(), lambda: PASSPHRASE, cost=TINY)
    return world, tmp_path / "wallet"


@pytest.mark.guarantee("G19")
@pytest.mark.parametrize("again", ["the same offer", "nothing"])
@pytest.mark.parametrize("held", ["nonce", "credential", "notification"])
def test_killed_after_the_token_came_the_next_command_goes_on_with_the_same_token_and_keys(wallet, held, again):
    world, folder = wallet
    with loopback() as server:
        office = Office(server, world, held)
        killed(folder, office)
        (entry,) = contents_of(folder).pending
        assert entry.token["access_token"] == "token"
        assert b"the-code" not in (folder / "vault.sealed").read_bytes()
        status, out, err = ran(folder, "receive", *office.agreed, stdin=office.link if again != "nothing" else "")
    assert status == 0, err
    assert office.tokens == 1
    assert all(keys == office.keys[0] for keys in office.keys)
    contents = contents_of(folder)
    assert [title.id for title in contents.titles] == [json.loads(out)["id"]]
    assert contents.titles[0].fresh == 4
    assert contents.pending == ()
    assert [one["event"] for one in world.told][-1] == "credential_accepted"
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.sealed"]


@pytest.mark.guarantee("G19")
def test_killed_before_the_token_came_the_next_command_says_what_was_lost(wallet):
    world, folder = wallet
    with loopback() as server:
        office = Office(server, world, "token")
        killed(folder, office)
        (entry,) = contents_of(folder).pending
        assert (entry.token, len(entry.keys["pid"])) == ({}, 4)
        status, out, err = ran(folder, "receive", *office.agreed, stdin=office.link, tx_code="123456")
    assert (status, json.loads(out)["error"]) == (NO, "invalid_grant")
    assert "going on with the offer that was begun" in err
    assert "ask for a new one" in json.loads(out)["hint"]
    assert contents_of(folder).pending == ()


@pytest.mark.guarantee("G19")
def test_space_for_the_answer_is_reserved_before_the_code_is_used_and_given_back(wallet):
    world, folder = wallet
    seen = []
    with loopback() as server:
        office = Office(server, world, "")
        inner = server.fetcher

        def watched(batch):
            if batch[0].url.endswith("/token"):
                seen.extend((folder / name).stat() for name in ("vault.reserve.1", "vault.reserve.2"))
            return inner(batch)

        server.fetcher = watched
        status, _, err = ran(folder, "receive", *office.agreed, stdin=office.link, tx_code="123456")
    assert status == 0, err
    assert [one.st_blocks * 512 >= one.st_size >= 4 * 163_840 for one in seen] == [True, True]
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.sealed"]


FULL = """
import os, sys
from pathlib import Path
from tests.wallet_cli.world import PASSPHRASE, TINY, World, session
from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from wallet_cli.commands.receive import accept
from wallet_cli.vault import create, open_vault

def fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass

disk = Path(sys.argv[1])
world = World()
create(disk / "wallet", world.contents(), lambda: PASSPHRASE, cost=TINY)
link, fetcher = world.offer()

def full(batch):
    if batch[0].url.endswith("/token"):
        fill(disk)
    return fetcher(batch)

with open_vault(disk / "wallet", lambda: PASSPHRASE, cost=TINY) as vault:
    accept(session(disk / "wallet"), vault, parse_offer_uri(link), full, tx_code="123456", wanted=30, yes=True)
(disk / "filler").unlink()
with open_vault(disk / "wallet", lambda: PASSPHRASE, cost=TINY) as vault:
    print("held:", [title.fresh for title in vault.contents.titles])
"""


@pytest.mark.guarantee("G19")
@pytest.mark.skipif(UNSHARE is None, reason="no tool that gives a small disk to one process")
def test_a_disk_that_fills_up_once_the_code_is_used_costs_nothing(tmp_path):
    mounted = f"mount -t tmpfs -o size=4m none {tmp_path} && "
    if subprocess.run([UNSHARE, "-rm", "sh", "-c", f"{mounted} true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives nobody a disk of their own")
    command = [UNSHARE, "-rm", "sh", "-c", f'{mounted} exec "$0" -c "$1" {tmp_path}', sys.executable, FULL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stdout.splitlines()[-1:] == ["held: [4]"], done.stderr


@pytest.mark.guarantee("G19")
def test_a_vault_of_an_older_version_opens_and_holds_what_it_held(wallet):
    world, folder = wallet
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        vault.replace(world.contents(world.title()))
    sealed = folder / "vault.sealed"
    plain = strict.parse_object(open_sealed(PASSPHRASE, sealed.read_bytes(), context=CONTEXT), max_bytes=1 << 26)
    del plain["pending"]
    sealed.write_bytes(seal(PASSPHRASE, strict.encode(plain), context=CONTEXT, cost=TINY))
    assert len(contents_of(folder).titles) == 1
    (folder / "vault.reserve.1").write_bytes(bytes(9))
    assert contents_of(folder).pending == ()
    assert not (folder / "vault.reserve.1").exists()
