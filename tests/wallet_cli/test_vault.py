import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from tests.waiting import PATIENCE
from tests.wallet_cli.held_contents import CONTENTS
from tests.wallet_cli.world import PASSPHRASE, TINY
from wallet_cli import vault as vaults
from wallet_cli.contents import Contents
from wallet_cli.vault import create, open_vault

ROOT = Path(__file__).resolve().parents[2]
HEADER = 64
EMPTY = Contents({"anchors": []}, insecure_loopback=False)

SHARED_FOLDER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def passphrase():
    return PASSPHRASE


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "wallet", EMPTY, passphrase, cost=TINY)
    return tmp_path / "wallet"


def opened(folder):
    with open_vault(folder, passphrase, cost=TINY) as vault:
        return vault.contents


def refused(folder, secret=PASSPHRASE):
    with pytest.raises(DidkitError) as error, open_vault(folder, lambda: secret, cost=TINY):
        pass
    return error.value.code


@SHARED_FOLDER
@given(contents=CONTENTS)
def test_what_is_kept_is_found(folder, contents):
    with open_vault(folder, passphrase, cost=TINY) as vault:
        vault.replace(contents)
        assert vault.contents == contents
    assert opened(folder) == contents


@pytest.mark.guarantee("G19")
def test_only_its_owner_can_read_it_and_nothing_of_it_is_in_clear(folder):
    with open_vault(folder, passphrase, cost=TINY) as vault:
        vault.replace(Contents({"canary": "a-canary-in-the-vault"}, insecure_loopback=False))
        assert PASSPHRASE.decode() not in repr(vault)
        assert "canary" not in repr(vault)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"vault.sealed": 0o600, "vault.lock": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(b"canary" not in path.read_bytes() for path in folder.iterdir())


def test_every_writing_is_sealed_anew(folder):
    before = (folder / "vault.sealed").read_bytes()
    with open_vault(folder, passphrase, cost=TINY) as vault:
        vault.replace(vault.contents)
    after = (folder / "vault.sealed").read_bytes()
    assert before[24:HEADER] != after[24:HEADER]


def test_a_vault_is_never_overwritten_by_a_new_one(folder):
    before = (folder / "vault.sealed").read_bytes()
    with pytest.raises(VerificationError) as error:
        create(folder, EMPTY, passphrase, cost=TINY)
    assert error.value.code == "vault_exists"
    assert (folder / "vault.sealed").read_bytes() == before


def test_a_short_passphrase_makes_no_vault(tmp_path):
    with pytest.raises(VerificationError) as error:
        create(tmp_path, EMPTY, lambda: b"seven77", cost=TINY)
    assert error.value.code == "passphrase_too_short"
    assert not (tmp_path / "vault.sealed").exists()


@pytest.mark.parametrize("secret", [b"", b"another one", PASSPHRASE + b" ", PASSPHRASE.upper()])
def test_another_passphrase_opens_nothing_and_changes_nothing(folder, secret):
    before = (folder / "vault.sealed").read_bytes()
    assert refused(folder, secret) == "passphrase_wrong"
    assert (folder / "vault.sealed").read_bytes() == before
    assert opened(folder) == EMPTY


@pytest.mark.parametrize("length", [*range(HEADER + 20), -1])
def test_a_truncated_file_is_refused_and_left_as_it_is(folder, length):
    sealed = folder / "vault.sealed"
    cut = sealed.read_bytes()[:length]
    sealed.write_bytes(cut)
    assert refused(folder) == ("sealed_malformed" if 0 <= length < HEADER + 16 else "passphrase_wrong")
    assert sealed.read_bytes() == cut


@pytest.mark.guarantee("G19")
@pytest.mark.parametrize("place", [*range(HEADER), HEADER, HEADER + 9, -16, -1])
def test_a_flipped_bit_anywhere_is_refused(folder, place):
    sealed = folder / "vault.sealed"
    raw = bytearray(sealed.read_bytes())
    raw[place] ^= 1
    sealed.write_bytes(raw)
    assert refused(folder) in {"sealed_malformed", "passphrase_wrong"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused(folder, raw):
    (folder / "vault.sealed").write_bytes(raw)
    assert refused(folder) == "sealed_malformed"


def test_a_file_sealed_for_another_purpose_is_refused(folder):
    from didkit_fr.primitives.passphrase import seal

    (folder / "vault.sealed").write_bytes(seal(PASSPHRASE, b"{}", context=b"didkit root key", cost=TINY))
    assert refused(folder) == "passphrase_wrong"


def test_a_sealed_file_with_other_content_is_refused(folder):
    from didkit_fr.primitives.passphrase import seal

    (folder / "vault.sealed").write_bytes(seal(PASSPHRASE, b"[]", context=vaults.CONTEXT, cost=TINY))
    assert refused(folder) == "vault_malformed"


def test_an_endless_file_is_not_read_to_its_end(folder, monkeypatch):
    monkeypatch.setattr(vaults, "MAX_FILE", 100)
    with pytest.raises(ParseError) as error, open_vault(folder, passphrase):
        pass
    assert error.value.code == "sealed_malformed"


def test_without_a_vault_no_passphrase_is_asked_and_nothing_is_made(tmp_path):
    def never():
        pytest.fail("asked for a passphrase")

    with pytest.raises(FetchError) as error, open_vault(tmp_path / "none", never):
        pass
    assert error.value.code == "vault_absent"
    assert not (tmp_path / "none").exists()


def test_a_second_opening_finds_it_locked_before_any_passphrase(folder):
    def never():
        pytest.fail("asked for a passphrase")

    with open_vault(folder, passphrase, cost=TINY):
        with pytest.raises(FetchError) as error, open_vault(folder, never):
            pass
        assert error.value.code == "vault_locked"
        with pytest.raises(FetchError) as error:
            create(folder, EMPTY, never)
        assert error.value.code == "vault_locked"
    assert opened(folder) == EMPTY


def test_a_lock_ends_with_an_error_inside(folder):
    with pytest.raises(ZeroDivisionError), open_vault(folder, passphrase, cost=TINY):
        raise ZeroDivisionError
    assert opened(folder) == EMPTY


def test_a_content_beyond_the_limit_is_refused_and_the_old_kept(folder, monkeypatch):
    monkeypatch.setattr(vaults.inside, "MAX_BYTES", 100)
    with open_vault(folder, passphrase, cost=TINY) as vault:
        with pytest.raises(VerificationError) as error:
            vault.replace(Contents({"filler": "x" * 100}, insecure_loopback=False))
        assert error.value.code == "vault_full"
        assert vault.contents == EMPTY
    assert opened(folder) == EMPTY


def test_a_disk_that_refuses_leaves_the_old_vault(folder):
    (folder / "vault.sealed.new").mkdir()
    with open_vault(folder, passphrase, cost=TINY) as vault:
        with pytest.raises(FetchError) as error:
            vault.replace(Contents({}, insecure_loopback=True))
        assert error.value.code == "vault_unavailable"
        assert vault.contents == EMPTY
    (folder / "vault.sealed.new").rmdir()
    assert opened(folder) == EMPTY


def test_what_a_killed_process_left_beside_is_replaced(folder):
    (folder / "vault.sealed.new").write_bytes(b"half a file")
    with open_vault(folder, passphrase, cost=TINY) as vault:
        vault.replace(Contents({}, insecure_loopback=True))
    assert opened(folder).insecure_loopback
    assert not (folder / "vault.sealed.new").exists()


def test_a_lock_that_is_a_link_to_elsewhere_is_not_followed(folder, tmp_path):
    (folder / "vault.lock").unlink()
    (folder / "vault.lock").symlink_to(tmp_path / "elsewhere")
    assert refused(folder) == "vault_unavailable"
    assert not (tmp_path / "elsewhere").exists()


WRITER = """
import sys
from pathlib import Path
from tests.wallet_cli.world import PASSPHRASE, TINY
from wallet_cli.contents import Contents
from wallet_cli.vault import open_vault
with open_vault(Path(sys.argv[1]), lambda: PASSPHRASE, cost=TINY) as vault:
    count = vault.contents.anchors.get("count", 0)
    while True:
        count += 1
        vault.replace(Contents({"count": count, "filler": "x" * (count % 7) * 4000}, insecure_loopback=False))
        print(count, flush=True)
"""

HOLDER = """
import sys
from pathlib import Path
from tests.wallet_cli.world import PASSPHRASE, TINY
from wallet_cli.vault import open_vault
with open_vault(Path(sys.argv[1]), lambda: PASSPHRASE, cost=TINY):
    print("open", flush=True)
    sys.stdin.read()
"""

FULL_DISK = """
import resource, sys
from pathlib import Path
from didkit_fr.errors import FetchError
from tests.wallet_cli.world import PASSPHRASE, TINY
from wallet_cli.contents import Contents
from wallet_cli.vault import open_vault
with open_vault(Path(sys.argv[1]), lambda: PASSPHRASE, cost=TINY) as vault:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    try:
        vault.replace(Contents({"filler": "x" * 4000}, insecure_loopback=False))
    except FetchError as error:
        print(error.code)
"""


def started(script, folder):
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.guarantee("G19")
@pytest.mark.slow
@pytest.mark.parametrize("writings", [1, 2, 3, 5, 8, 13])
def test_a_kill_leaves_the_old_or_the_new_whole_and_nothing_confirmed_is_lost(folder, writings):
    with started(WRITER, folder) as writer:
        confirmed = [int(writer.stdout.readline()) for _ in range(writings)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        confirmed = max([confirmed, *map(int, writer.stdout.read().split())])
    found = opened(folder).anchors
    assert found["count"] in (confirmed, confirmed + 1)
    assert len(found["filler"]) == (found["count"] % 7) * 4000


@pytest.mark.slow
def test_another_process_is_kept_out_and_a_killed_one_leaves_no_lock(folder):
    with started(HOLDER, folder) as holder:
        assert holder.stdout.readline() == "open\n"
        assert refused(folder) == "vault_locked"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert opened(folder) == EMPTY


@pytest.mark.slow
def test_a_full_disk_loses_nothing(folder):
    with started(FULL_DISK, folder) as writer:
        out, _ = writer.communicate(timeout=PATIENCE)
    assert out == "vault_unavailable\n"
    assert opened(folder) == EMPTY
    assert not (folder / "vault.sealed.new").exists()
