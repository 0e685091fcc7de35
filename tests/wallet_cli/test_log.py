"""`didkit-wallet log` and `passwd`: what is kept for the citizen, and the passphrase that keeps it."""

import json
import os
import stat
from dataclasses import replace

import pytest

from didkit_fr.errors import DidkitError
from tests.wallet_cli.world import NOW, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli import files
from wallet_cli.commands import log, passwd
from wallet_cli.commands.log import Filter
from wallet_cli.contents import logged
from wallet_cli.history import Event
from wallet_cli.messages import Misuse
from wallet_cli.vault import create, open_vault

DAY = 86_400
CAFE, BAR = "x509_hash:cafe", "x509_hash:bar"
EVENTS = [
    Event(NOW - 3 * DAY, "received", issuer="https://issuer.example", title="00000001", type=VCT),
    Event(NOW - 2 * DAY, "presented", "Café de la Gare", CAFE, "", "00000001", VCT, (("age_over_18",),)),
    Event(NOW - DAY, "failed", "Bar du Port", BAR, code="nothing_matches"),
    Event(NOW, "presented", "Bar du Port", BAR, "", "00000002", "urn:other", (("a", None),)),
]


@pytest.fixture
def folder(tmp_path):
    contents = World().contents()
    for event in EVENTS:
        contents = logged(contents, event)
    create(tmp_path / "wallet", contents, lambda: PASSPHRASE, cost=TINY)
    return tmp_path / "wallet"


def given_secrets(citizen, *secrets):
    """The same session, its secrets line after line on one descriptor."""
    reader, writer = os.pipe()
    os.write(writer, b"".join(secret + b"\n" for secret in secrets))
    os.close(writer)
    return replace(citizen, passphrase_fd=reader)


def run(folder, chosen=None, *, export=None, clear=False, yes=False, **how):
    citizen = given_secrets(session(folder, **how), PASSPHRASE)
    try:
        log.run(citizen, chosen or Filter(), export=export, clear=clear, yes=yes)
    finally:
        os.close(citizen.passphrase_fd)


def held(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents.log


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        (Filter(), [0, 1, 2, 3]),
        (Filter(since="2026-09-21"), [3]),
        (Filter(since="2026-09-19"), [1, 2, 3]),
        (Filter(type=VCT), [0, 1]),
        (Filter(type="urn:"), [0, 1, 3]),
        (Filter(type="identity"), [0, 1]),
        (Filter(verifier="gare"), [1]),
        (Filter(verifier=BAR), [2, 3]),
        (Filter(verifier="x509_hash:ba"), []),
        (Filter(since="2026-09-21", verifier="port", type="urn:other"), [3]),
        (Filter(verifier=""), [1, 2, 3]),
    ],
)
def test_the_log_is_filtered(chosen, places):
    assert chosen.choose(EVENTS, "en") == [EVENTS[place] for place in places]


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01", "2026-09-21T10:00", "9" * 400])
def test_a_day_that_is_none_is_misuse(since):
    with pytest.raises(Misuse) as error:
        Filter(since=since).choose(EVENTS, "en")
    assert error.value.key == "date_unusable"


def test_a_person_reads_when_to_whom_and_which_claims(folder, capsys):
    run(folder, language="fr")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == '  | "https://issuer.example"'
    assert lines[2].startswith("2026-09-19 ")
    assert "présenté" in lines[2]
    assert lines[3:5] == ['  | "Café de la Gare"', f'  | "{CAFE}"']
    assert "18 ans" in lines[5]
    assert lines[6].endswith("nothing_matches")
    assert lines[-1] == '  | "a.*"'
    run(folder, Filter(since="2030-01-01"))
    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "nothing of the kind happened")


def test_an_export_is_whole_private_and_never_over_another_file(folder, tmp_path, capsys):
    path = tmp_path / "log.json"
    run(folder, Filter(verifier=CAFE), export=path)
    (event,) = json.loads(path.read_bytes())["events"]
    assert (event["verifier"], event["paths"]) == ("Café de la Gare", [["age_over_18"]])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert capsys.readouterr().out == "log exported: 1\n"
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for other in (path, tmp_path / "link", tmp_path):
        with pytest.raises(DidkitError) as error:
            run(folder, export=other)
        assert error.value.code == "file_exists"
    assert path.read_bytes() == before
    with pytest.raises(DidkitError) as error:
        run(folder, export=tmp_path / "none" / "log.json")
    assert error.value.code == "file_unavailable"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "log.json", "wallet"]


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "full")

    monkeypatch.setattr(files, "flush_folder", full)
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(DidkitError) as error:
        files.export(tmp_path / "log.json", b"{}")
    assert error.value.code == "file_unavailable"
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_cleared_as_a_whole_and_only_with_consent(folder, tmp_path):
    with pytest.raises(Misuse) as misuse:
        run(folder, Filter(type=VCT), clear=True, yes=True)
    assert misuse.value.key == "clear_filtered"
    with pytest.raises(DidkitError) as error:
        run(folder, clear=True, kind=Refusing)
    assert error.value.code == "access_denied"
    assert held(folder) == tuple(EVENTS)
    run(folder, clear=True, yes=True, export=tmp_path / "log.json")
    assert held(folder) == ()
    assert len(json.loads((tmp_path / "log.json").read_bytes())["events"]) == len(EVENTS)


def change(folder, *secrets):
    citizen = given_secrets(session(folder), *secrets)
    try:
        passwd.run(citizen, new_fd=citizen.passphrase_fd)
    finally:
        os.close(citizen.passphrase_fd)


@pytest.mark.guarantee("G19")
def test_after_passwd_only_the_new_passphrase_opens_and_the_old_file_is_gone(folder, capsys):
    before = (folder / "vault.sealed").read_bytes()
    (folder / "vault.sealed.new").write_bytes(before)
    change(folder, PASSPHRASE, b"another passphrase")
    assert "still open with the old passphrase" in capsys.readouterr().err
    with pytest.raises(DidkitError) as error, open_vault(folder, lambda: PASSPHRASE, cost=TINY):
        pass
    assert error.value.code == "passphrase_wrong"
    with open_vault(folder, lambda: b"another passphrase", cost=TINY) as vault:
        assert vault.contents.log == tuple(EVENTS)
        vault.replace(vault.contents)
    with open_vault(folder, lambda: b"another passphrase", cost=TINY):
        pass
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.sealed"]
    assert (folder / "vault.sealed").read_bytes() != before


@pytest.mark.parametrize(
    ("secrets", "code"),
    [
        ((b"not the passphrase", b"another passphrase"), "passphrase_wrong"),
        ((PASSPHRASE, b"short"), "passphrase_too_short"),
    ],
)
def test_a_passphrase_that_is_not_changed_is_the_old_one(folder, secrets, code):
    with pytest.raises(DidkitError) as error:
        change(folder, *secrets)
    assert error.value.code == code
    assert held(folder) == tuple(EVENTS)


def test_a_disk_that_refuses_keeps_the_old_passphrase(folder):
    (folder / "vault.sealed.new").mkdir()
    with pytest.raises(DidkitError) as error:
        change(folder, PASSPHRASE, b"another passphrase")
    assert error.value.code == "vault_unavailable"
    assert held(folder) == tuple(EVENTS)
