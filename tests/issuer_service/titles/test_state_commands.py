"""`didkit-issuer restore`, and what commands say of folders that are not as they should be: real processes."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from didkit_fr.errors import FetchError
from issuer_service.revocations.revocation_log import RevocationLog
from issuer_service.storage.port import Replayed
from issuer_service.titles import app, config, in_use
from tests.issuer_service.titles.programs import init, run, serving
from tests.ports import free_port

pytestmark = pytest.mark.slow

KEYRING = {"--passphrase-fd": b"of the keyring\n"}
SECRETS = {**KEYRING, "--root-passphrase-fd": b"of the root\n"}


@pytest.fixture
def founded(tmp_path):
    port = free_port()
    done = init(tmp_path, port=port)
    assert done.returncode == 0, done.stderr
    return tmp_path / "data"


def said(done, prefix: str = "note: ") -> list[str]:
    return [line.removeprefix(prefix) for line in done.stderr.decode().splitlines() if line.startswith(prefix)]


def hint_of(done) -> str:
    (hint,) = said(done, "hint: ")
    return hint


def only_in_the_log(data: Path, times: int = 3) -> None:
    log = RevocationLog(config.load(data).place("revocations"))
    for n in range(times):
        log.append({"2026": Replayed("revoke", bytes([n]) * 32)})


@pytest.mark.guarantee("G7")
def test_restore_says_in_one_language_what_it_will_do_and_what_it_did(founded) -> None:
    assert run("backup", "--data", founded, "--to", founded.parent / "backup").returncode == 0
    only_in_the_log(founded)
    english = run("restore", "--data", founded, language="en_GB.UTF-8")
    assert english.returncode == 0, english.stderr
    assert english.stdout.decode().splitlines() == ["generation: 2", "replayed: 3", "lost: no", "mark_lost: no"]
    notes = said(english)
    assert notes[0].startswith("every open offer and token ends")
    assert notes[1] == "3 lines of the revocation log that the database did not have were done"
    assert "new offer" in notes[2]
    assert len(notes) == 3
    french = run("restore", "--data", founded, language="fr_FR.UTF-8")
    assert french.stdout.decode().splitlines() == ["generation: 3", "replayed: 0", "lost: no", "mark_lost: no"]
    assert said(french)[0].startswith("toute offre et tout jeton encore ouverts prennent fin")
    assert said(french)[1].startswith("0 ligne du journal des révocations qui manquait à la base a été")
    assert not set(said(french)) & set(notes)
    only_in_the_log(founded, 1)
    for language, counted in (
        ("en", "1 line of the revocation log that"),
        ("fr", "1 ligne du journal des révocations"),
    ):
        database = founded / "issuer.sqlite"
        shutil.copy(database, founded.parent / "kept.sqlite")
        shutil.copytree(founded.parent / "state", founded.parent / "kept")
        assert said(run("restore", "--data", founded, language=language))[1].startswith(counted)
        shutil.copy(founded.parent / "kept.sqlite", database)
        shutil.rmtree(founded.parent / "state")
        (founded.parent / "kept").rename(founded.parent / "state")
    answered = run("restore", "--data", founded, "--json")
    assert json.loads(answered.stdout) == {"generation": 4, "replayed": 1, "lost": False, "mark_lost": False}
    assert json.loads(answered.stderr) == {"note": "restore_begins"}


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("language", ["en_GB.UTF-8", "fr_FR.UTF-8"])
def test_a_mark_alone_that_was_lost_brings_nothing_back_and_nothing_else_is_said(founded, language) -> None:
    with serving("--data", founded, secret=b"of the keyring\n"):
        pass
    only_in_the_log(founded)
    assert run("backup", "--data", founded, "--to", founded.parent / "backup").returncode == 0
    (founded.parent / "state" / "mark.json").unlink()
    done = run("restore", "--data", founded, language=language)
    assert done.stdout.decode().splitlines()[1:] == ["replayed: 0", "lost: no", "mark_lost: yes"]
    begins = {"en": "the mark was gone, and was written anew", "fr": "le repère avait disparu"}[language[:2]]
    assert [note.startswith(begins) for note in said(done)] == [False, False, False, True]


@pytest.mark.guarantee("G7")
def test_an_error_and_its_hint_are_in_the_language_of_the_notes(founded) -> None:
    english, french = (
        run("resume", "--data", founded, "--title", "pid", stdin="N\n", secrets=KEYRING, language=language)
        for language in ("en_GB.UTF-8", "fr_FR.UTF-8")
    )
    assert english.returncode == french.returncode == 1
    assert said(english, "error: ") == ["a title that is never suspended"]
    assert said(french, "error: ") == ["titre qui ne se suspend pas"]
    assert hint_of(english) == "identification data can only be revoked"
    assert hint_of(french) == "les données d'identification ne peuvent qu'être révoquées"


@pytest.mark.guarantee("G4")
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("replaced", ["data", "state"])
def test_either_of_the_two_folders_alone_keeps_restore_away_where_the_other_was_made_anew(founded, replaced) -> None:
    there = config.load(founded)
    with in_use.together(there):
        folder = founded if replaced == "data" else there.place("revocations")
        folder.rename(folder.parent / "moved")
        shutil.copytree(folder.parent / "moved", folder)
        with pytest.raises(FetchError) as error, in_use.alone(there):
            pass
        assert error.value.code == "folders_in_use"
    with in_use.alone(there):
        pass


def test_a_folder_that_cannot_be_locked_is_named_and_no_other(founded) -> None:
    there = config.load(founded)
    place = there.place("revocations")
    if place.exists():
        place.rmdir()
    place.write_text("a file where the folder is due")
    with pytest.raises(FetchError) as error, in_use.alone(there):
        pass
    assert error.value.code == "file_unavailable"
    assert error.value.detail.startswith(f"{place}: ")


@pytest.mark.guarantee("G4")
@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("replaced", ["nothing", "the database", "the data folder"])
def test_restore_refuses_while_a_service_runs_whatever_was_replaced_under_it(founded, replaced) -> None:
    backup = founded.parent / "backup"
    assert run("backup", "--data", founded, "--to", backup).returncode == 0
    with serving("--data", founded, secret=b"of the keyring\n"):
        if replaced != "nothing":
            for path in founded.glob("issuer.sqlite*"):
                path.unlink()
            shutil.copy(backup / "issuer.sqlite", founded)
        if replaced == "the data folder":
            founded.rename(founded.parent / "moved")
            shutil.copytree(founded.parent / "moved", founded)
        # Of what it would do, nothing is said before it is refused.
        shown = run("restore", "--data", founded)
        assert said(shown) == []
        assert said(shown, "error: ") == ["another process is using the folders of this issuer"]
        done = run("restore", "--data", founded, "--json")
        assert done.returncode == 3
        refused = json.loads(done.stderr)
        assert refused["error"] == "folders_in_use"
        assert refused["hint"].startswith("stop whatever serves")
    assert run("restore", "--data", founded).returncode == 0


@pytest.mark.guarantee("G7")
def test_no_service_starts_while_restore_is_at_work(founded) -> None:
    with in_use.alone(config.load(founded)):
        done = run("serve", "--data", founded, "--json", secrets=KEYRING)
        assert done.returncode == 3
        assert json.loads(done.stderr)["error"] == "folders_in_use"
        assert json.loads(done.stderr)["hint"].startswith("wait until restore has ended")


@pytest.mark.guarantee("G7")
def test_what_was_replayed_is_said_once_by_the_service_and_by_commands_and_names_nobody(founded) -> None:
    only_in_the_log(founded)
    with serving("--data", founded, secret=b"of the keyring\n") as (process, _):
        process.terminate()
        _, errors = process.communicate()
    events = [json.loads(line) for line in errors.splitlines()]
    assert [(event["event"], event.get("count")) for event in events] == [
        ("revocations_replayed", 3),
        ("started", None),
        ("stopped", None),
    ]
    only_in_the_log(founded, 2)
    done = run("revoke", "--data", founded, stdin="NOBODY\n", secrets=KEYRING, language="fr_FR")
    assert said(done)[0].startswith("2 lignes du journal des révocations qui manquaient à la base ont été")
    only_in_the_log(founded, 1)
    done = run("backup", "--data", founded, "--to", founded.parent / "backup", "--json")
    assert json.loads(done.stderr) == {"note": "revocations_replayed", "count": 1}
    done = run("backup", "--data", founded, "--to", founded.parent / "another")
    assert said(done) == []


@pytest.mark.guarantee("G7")
def test_revoking_where_there_is_no_copy_says_what_was_closed_and_that_no_copy_was_found(founded) -> None:
    """It may come just after an offer was made: that is closed, and cannot be counted."""
    begins = {
        "en_GB": ("every offer and token of this title made before now", "no copy was found under this number"),
        "fr_FR": ("toute offre et tout jeton de ce titre", "aucune copie qui puisse être encore valide"),
    }
    for language, both in begins.items():
        done = run("revoke", "--data", founded, stdin="NOBODY\n", secrets=KEYRING, language=language)
        assert done.returncode == 1
        for note, beginning in zip(said(done), both, strict=True):
            assert note.startswith(beginning)
            assert "noted" not in note


@pytest.mark.guarantee("G7")
def test_a_state_folder_that_was_lost_is_refused_and_restore_says_what_that_means(founded) -> None:
    with serving("--data", founded, secret=b"of the keyring\n"):
        pass
    state = founded.parent / "state"
    shutil.rmtree(state)
    for command in (("serve", KEYRING), ("offer", {}), ("restore", {})):
        done = run(command[0], "--data", founded, stdin="ticket\n", secrets=command[1])
        assert done.returncode == 3
        assert b"the state folder is not there" in done.stderr
        hint = hint_of(done)
        assert hint.startswith("put it back as it was")
        assert hint.endswith(f"mkdir -p -m 700 {state} && didkit-issuer restore --data {founded}")
    state.mkdir(mode=0o700)
    done = run("serve", "--data", founded, secrets=KEYRING)
    assert done.returncode == 1
    assert f"didkit-issuer restore --data {founded}" in hint_of(done)
    restored = run("restore", "--data", founded, language="en")
    assert restored.stdout.decode().splitlines()[-2:] == ["lost: yes", "mark_lost: yes"]
    assert any("may be in force again" in note for note in said(restored))
    assert any("revoke it again" in note for note in said(restored))
    assert any(f"didkit-issuer clock --data {founded} --accept" in note for note in said(restored))
    with serving("--data", founded, secret=b"of the keyring\n"):
        pass


def test_restore_of_a_database_that_is_gone_names_the_command_with_its_folder(founded) -> None:
    with serving("--data", founded, secret=b"of the keyring\n"):
        pass
    for path in founded.glob("issuer.sqlite*"):
        path.unlink()
    done = run("restore", "--data", founded)
    assert f"then: didkit-issuer restore --data {founded}; only if there is no backup: " in hint_of(done)


# --- folders and files that are not there


@pytest.mark.parametrize("command", ["serve", "offer", "backup", "restore", "clock", "revoke", "renew"])
def test_a_data_folder_that_is_none_is_named_and_no_settings_are_blamed(tmp_path, command) -> None:
    more = {"backup": ("--to", tmp_path / "to"), "renew": ("--root", tmp_path / "root")}.get(command, ())
    for folder in (tmp_path / "nowhere", tmp_path):
        done = run(command, "--data", folder, *more, stdin="x\n")
        assert done.returncode == 2
        assert hint_of(done) == f"name the folder of an issuer with --data, or found one: didkit-issuer init ({folder})"


def test_settings_that_this_user_may_not_read_are_not_said_to_be_absent(tmp_path) -> None:
    (tmp_path / "settings.toml").mkdir()  # also root cannot read it as a file
    done = run("serve", "--data", tmp_path)
    assert done.returncode == 2
    assert b"Is a directory" in done.stderr
    assert "settings.toml" in hint_of(done)
    assert "init" not in hint_of(done)


def _init(folder: Path, **places):
    (folder / "secret").write_text("secret\n")
    named = {"data": folder / "data", "state": folder / "state", "root": folder / "root.key"}
    named |= {"register-secret-file": folder / "secret", **places}
    return run(
        "init",
        *(part for name, place in named.items() for part in (f"--{name}", place)),
        *("--issuer", "http://127.0.0.1:8443", "--register", "http://127.0.0.1:9", "--insecure-loopback"),
        secrets=SECRETS,
    )


@pytest.mark.parametrize("option", ["data", "root"])
def test_a_place_whose_parent_is_missing_is_refused_with_the_command_that_makes_it(tmp_path, option) -> None:
    parent = tmp_path / "not there"
    done = _init(tmp_path, **{option: parent / "x"})
    assert done.returncode == 3
    assert hint_of(done) == f"make its folder first: mkdir -p -m 700 '{parent}'"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret"]
    parent.mkdir()
    assert _init(tmp_path, **{option: parent / "x"}).returncode == 0


def test_a_state_folder_below_folders_that_are_missing_is_made_with_them_and_nothing_stays_where_init_fails(
    tmp_path,
) -> None:
    done = _init(tmp_path, state=tmp_path / "a" / "b", root=tmp_path / "none" / "root.key")
    assert done.returncode == 3
    assert not (tmp_path / "a").exists()
    assert _init(tmp_path, state=tmp_path / "a" / "b").returncode == 0
    (tmp_path / "file").write_text("x")
    done = _init(tmp_path, data=tmp_path / "other", root=tmp_path / "other.key", state=tmp_path / "file" / "b")
    assert done.returncode == 3
    assert hint_of(done) == f"--state names a folder that cannot be made: {tmp_path / 'file' / 'b'}"


def test_init_says_that_the_registers_secret_is_not_there_yet_and_serve_says_which_file_it_needs(tmp_path) -> None:
    missing = tmp_path / "later"
    done = _init(tmp_path, **{"register-secret-file": missing})
    assert done.returncode == 0
    assert any(str(missing) in note and "serve" in note for note in said(done))
    served = run("serve", "--data", tmp_path / "data", secrets=KEYRING)
    assert served.returncode == 3
    assert hint_of(served) == f"put the secret that the register gave this service into {missing}"


def test_the_store_of_a_founded_issuer_opens(founded) -> None:
    async def opens() -> None:
        await (await app.open_storage(config.load(founded))).close()

    asyncio.run(opens())
