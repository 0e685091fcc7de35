"""The command itself: options, exit status, streams, languages, secrets; as a real process where that matters."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import pytest
import segno

from didkit_fr.errors import FetchError, ProtocolError, VerificationError
from didkit_fr.flow import Request
from tests.waiting import PATIENCE
from tests.wallet_cli.terminal import ROOT, on_a_terminal
from tests.wallet_cli.world import CLAIMS, DAY, PASSPHRASE, TINY, World
from wallet_cli import main as wallet
from wallet_cli.contents import Contents
from wallet_cli.vault import create, open_vault

TYPED = PASSPHRASE.decode()
COMMANDS = ["init", "receive", "list", "show", "present", "delete", "log", "passwd", "verify"]
YES, NO, USAGE, CANNOT_TELL = 0, 1, 2, 3


@contextlib.contextmanager
def options_of(secrets):
    """`secrets` are (option, text), each given through a pipe: the options that name the descriptors, and those."""
    readers, options = [], []
    for option, text in secrets:
        reader, writer = os.pipe()
        os.write(writer, text.encode() + b"\n")
        os.close(writer)
        readers.append(reader)
        options += [option, str(reader)]
    try:
        yield options, readers
    finally:
        for reader in readers:
            os.close(reader)


def didkit_wallet(*arguments, stdin="", secrets=(), language="C.UTF-8", **environment):
    """Runs the command as a process without a terminal."""
    with options_of(secrets) as (options, readers):
        return subprocess.run(
            [sys.executable, "-m", "wallet_cli.main", *map(str, arguments), *options],
            cwd=ROOT, input=stdin, capture_output=True, text=True, check=False, pass_fds=readers,
            start_new_session=True, timeout=PATIENCE,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": language, **environment},
        )  # fmt: skip


def called(*arguments, stdin="", secrets=(), language="C.UTF-8", **environment):
    """Runs the command in this process: the same answer, without the time a process takes to start."""
    out, err = io.StringIO(), io.StringIO()
    environment = {"HOME": "/nonexistent", "LC_ALL": language, **environment}
    with (
        options_of(secrets) as (options, _),
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        mock.patch.object(wallet, "_harden"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        given = [*map(str, arguments), *options]
        status = wallet.main(given)
    return subprocess.CompletedProcess(given, status, out.getvalue(), err.getvalue())


@pytest.fixture
def world():
    return World(now=int(time.time()))


@pytest.fixture
def anchors(world, tmp_path):
    path = tmp_path / "anchors.json"
    path.write_bytes(world.anchors().encode())
    return path


@pytest.fixture
def folder(world, tmp_path):
    """A vault with one title; sealed cheaply, which only the tests can."""
    create(tmp_path / "wallet", world.contents(held_title(world)), lambda: PASSPHRASE, cost=TINY)
    return tmp_path / "wallet"


def held_title(world, copies=2):
    return world.title(copies=copies, expires=world.now + 10 * DAY)


def using(folder, *arguments, secret=TYPED, secrets=(), run=called, **how):
    secrets = [("--passphrase-fd", secret), *secrets]
    return run(*arguments, "--vault", folder, secrets=secrets, **how)


def contents_of(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents


@pytest.mark.parametrize("command", [[], *([one] for one in COMMANDS)], ids=" ".join)
def test_every_help_answers_with_an_example(command):
    ran = called(*command, "--help")
    assert (ran.returncode, ran.stderr) == (YES, "")
    if command:
        assert f"didkit-wallet {command[0]}" in ran.stdout.partition("Example:")[2]
        assert all(option in ran.stdout for option in ("--vault", "--passphrase-fd", "--json"))
    else:
        assert all(re.search(rf"^  {one} ", ran.stdout, re.MULTILINE) for one in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_slow(command):
    script = (
        f"import sys, wallet_cli.main as m; m.main(['{command}', '--help']);"
        "slow = ('cryptography', 'aiohttp', 'rich', 'nacl', 'asyncio', 'PIL', 'zxingcpp');"
        "print([name for name in slow if name in sys.modules], len(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    found, _, count = ran.stdout.splitlines()[-1].rpartition(" ")
    assert found == "[]"
    # What a help costs is what it imports: twice what Typer itself does would be felt.
    assert int(count) < 400


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["fly"], ["list", "--fly"], ["show"], ["delete"], ["init"], ["init", "--anchors", "/none"],
        ["init", "--anchors", "/"], ["list", "--passphrase-fd", "x"], ["list", "--passphrase-fd", "-1"],
        ["list", "extra"], ["receive", "--copies", "0"], ["list", "--vault", "/etc/passwd"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_misuse_is_status_2_with_a_hint(arguments):
    ran = called(*arguments)
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    first, second = ran.stderr.splitlines()
    assert first.startswith("error: usage: ")
    assert second.startswith("hint: didkit-wallet")
    french = called(*arguments, language="fr_FR.UTF-8").stderr.splitlines()
    assert first.partition(" (")[0] not in french[0]


SECRET = "hunter"


@pytest.mark.guarantee("G23")
@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET], ["list", SECRET], ["list", "--passphrase", SECRET], ["list", f"--passphrase={SECRET}"],
        ["list", f"--{SECRET}"], ["list", "--passphrase-fd", SECRET], ["passwd", SECRET], ["list", f"--json={SECRET}"],
        ["receive", "-", SECRET], ["receive", "--tx-code-fd", SECRET], ["receive", "--copies", SECRET],
        ["init", "--anchors", SECRET], ["present", "--qr", SECRET], ["verify", SECRET], [f"-{SECRET}"],
        ["list", "--vault", "/dev/null", SECRET], ["receive", "--yes", SECRET],
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["", "json"])
def test_a_secret_in_a_wrong_place_is_not_repeated(arguments, as_json):
    ran = called(*arguments, *as_json)
    assert ran.returncode == USAGE
    assert SECRET not in ran.stdout + ran.stderr


@pytest.mark.parametrize(("command", "party"), [("receive", "--issuer"), ("present", "--verifier")])
def test_nobody_in_particular_is_not_agreed_to(folder, command, party):
    before = (folder / "vault.sealed").read_bytes()
    for yes in ("--yes", "-y"):
        ran = using(folder, command, yes, stdin="openid4vp://?client_id=x&request_uri=https://x.example")
        assert (ran.returncode, ran.stdout) == (USAGE, "")
        assert party in ran.stderr.splitlines()[1]
    assert (folder / "vault.sealed").read_bytes() == before


@pytest.mark.guarantee("G23")
def test_an_offer_as_an_argument_is_refused_and_not_repeated():
    ran = called("receive", "openid-credential-offer://?credential_offer=the-secret")
    assert ran.returncode == USAGE
    assert "standard input" in ran.stderr
    assert "the-secret" not in ran.stdout + ran.stderr


def test_init_says_whom_it_trusts_and_makes_one_vault_only(anchors, tmp_path):
    folder = tmp_path / "new"
    made = using(folder, "init", "--anchors", anchors, "--json")
    assert (made.returncode, made.stderr) == (YES, "")
    answer = json.loads(made.stdout)
    assert [anchor["name"] for anchor in answer["anchors"]] == ["issuer", "access"]
    assert answer["insecure_loopback"] is False
    again = using(folder, "init", "--anchors", anchors)
    assert (again.returncode, again.stdout) == (NO, "")
    assert again.stderr.startswith("error: vault_exists: ")
    empty = using(folder, "list", "--json")
    assert (empty.returncode, json.loads(empty.stdout)) == (YES, {"titles": []})


def test_init_joins_anchors_files_and_refuses_what_is_none(anchors, tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"anchors": []}')
    made = using(tmp_path / "new", "init", "--anchors", anchors, "--anchors", other, "--insecure-loopback")
    assert made.returncode == YES
    assert "demonstrations only" in made.stderr
    for content in ("", "{", '{"anchors": 1}', anchors.read_text()):
        other.write_text(content)
        made = using(tmp_path / "none", "init", "--anchors", anchors, "--anchors", other)
        assert made.returncode == NO
        assert made.stderr.startswith("error: ")
        assert not (tmp_path / "none").exists()


def test_list_shows_titles_for_a_person_and_as_json(folder):
    shown = using(folder, "list", language="fr_FR.UTF-8")
    assert (shown.returncode, shown.stderr) == (YES, "")
    assert "00000001" in shown.stdout
    assert "2/2" in shown.stdout
    assert "Carte" in shown.stdout
    listed = json.loads(using(folder, "list", "--json").stdout)
    (title,) = listed["titles"]
    assert (title["id"], title["forms"][0]["copies"], title["forms"][0]["copies_left"]) == ("00000001", 2, 2)


def test_list_tells_no_claim_and_no_command_tells_a_key(folder):
    held = contents_of(folder).titles[0]
    listed = using(folder, "list", "--json", run=didkit_wallet).stdout + using(folder, "list").stdout
    shown = using(folder, "show", "00000001", "--json").stdout + using(folder, "show", "00000001").stdout
    assert CLAIMS["birthdate"] not in listed
    assert CLAIMS["birthdate"] in shown
    for copy in held.credentials[0].copies:
        assert copy.raw[:200] not in listed + shown
        assert copy.secret.hex() not in listed + shown


def test_show_gives_labels_to_a_person_and_names_to_a_program(folder):
    shown = using(folder, "show", "00000001", language="fr_FR.UTF-8")
    assert f'Nom: "{CLAIMS["family_name"]}"' in shown.stdout
    assert "octets)" in shown.stdout
    assert json.loads(using(folder, "show", "00000001", "--json").stdout)["claims"] == CLAIMS


@pytest.mark.guarantee("G17")
def test_delete_destroys_and_tells_nobody(folder):
    gone = using(folder, "delete", "00000001", "--yes", "--json")
    assert (gone.returncode, json.loads(gone.stdout)) == (YES, {"deleted": "00000001"})
    assert contents_of(folder).titles == ()
    again = using(folder, "delete", "00000001", "--yes")
    assert again.returncode == NO
    assert again.stderr.startswith("error: title_not_held: ")


@pytest.mark.parametrize(
    "command",
    [["list"], ["show", "00000001"], ["delete", "00000001", "--yes"], ["present", "x"], ["log"], ["passwd"],
     ["log", "--clear", "--yes"], ["verify", __file__]],
)  # fmt: skip
def test_a_wrong_passphrase_is_a_no(folder, command):
    before = (folder / "vault.sealed").read_bytes()
    ran = using(folder, *command, secret="not the passphrase")
    assert (ran.returncode, ran.stdout) == (NO, "")
    assert ran.stderr.startswith("error: passphrase_wrong: ")
    assert ran.stderr.splitlines()[1].startswith("hint: nothing was lost")
    assert (folder / "vault.sealed").read_bytes() == before


def test_a_vault_that_is_locked_or_absent_cannot_tell(folder, tmp_path):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY):
        locked = using(folder, "list", "--json")
    assert locked.returncode == CANNOT_TELL
    assert json.loads(locked.stdout)["error"] == "vault_locked"
    absent = using(tmp_path / "none", "list", language="fr_FR.UTF-8")
    assert absent.returncode == CANNOT_TELL
    assert absent.stderr.startswith("error: vault_absent: il n'y a pas de coffre ici")


def test_the_folder_comes_from_the_environment_too(folder):
    ran = called("list", secrets=[("--passphrase-fd", TYPED)], DIDKIT_WALLET=str(folder))
    assert ran.returncode == YES


def test_without_a_terminal_nothing_is_asked_and_nothing_assumed(folder):
    for ran in (using(folder, "delete", "00000001", run=didkit_wallet), didkit_wallet("list", "--vault", folder)):
        assert (ran.returncode, ran.stdout) == (USAGE, "")
        assert "no terminal" in ran.stderr
    assert len(contents_of(folder).titles) == 1


@pytest.mark.parametrize("descriptor", ["99", str(2**40)])
def test_a_descriptor_that_cannot_be_read_is_misuse(folder, descriptor):
    ran = called("list", "--vault", folder, "--passphrase-fd", descriptor)
    assert ran.returncode == USAGE
    assert "descriptor" in ran.stderr


@pytest.mark.parametrize(("secret", "status"), [("\udcff", USAGE), ("x" * 2000, USAGE), ("", NO)])
def test_a_passphrase_that_is_no_text_is_misuse(folder, secret, status):
    reader, writer = os.pipe()
    os.write(writer, os.fsencode(secret))
    os.close(writer)
    ran = subprocess.run(
        [sys.executable, "-m", "wallet_cli.main", "list", "--vault", folder, "--passphrase-fd", str(reader)],
        cwd=ROOT, capture_output=True, text=True, check=False, pass_fds=[reader], stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(reader)
    assert ran.returncode == status, ran.stderr


def test_a_passphrase_is_the_same_however_its_accents_are_typed(tmp_path):
    create(tmp_path, Contents({"anchors": []}, insecure_loopback=False), "été à Orléans".encode, cost=TINY)
    assert using(tmp_path, "list", secret="e\u0301te\u0301 a\u0300 Orle\u0301ans").returncode == YES


@pytest.mark.parametrize(
    ("link", "status"),
    [
        ("", USAGE),
        ("   \n", USAGE),
        ("x" * 70_000, USAGE),
        ("https://x.example", NO),
        ("openid-credential-offer://", NO),
    ],
)
def test_an_offer_that_is_none_is_refused(folder, link, status):
    ran = using(folder, "receive", stdin=link)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert ran.stderr.startswith("error: ")


def test_a_terminal_without_accents_crashes_nothing(folder):
    ran = using(folder, "show", "00000001", language="C", PYTHONIOENCODING="ascii", run=didkit_wallet)
    assert ran.returncode == YES
    assert "Desforges" in ran.stdout


def test_a_reader_that_goes_away_is_no_crash(folder):
    reader, writer = os.pipe()
    os.write(writer, PASSPHRASE + b"\n")
    os.close(writer)
    command = [sys.executable, "-m", "wallet_cli.main", "list", "--vault", folder, "--passphrase-fd", str(reader)]
    gone, out = os.pipe()
    os.close(gone)
    ran = subprocess.run(
        command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, check=False, pass_fds=[reader],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(out)
    os.close(reader)
    assert (ran.returncode, ran.stderr) == (CANNOT_TELL, "")


@pytest.mark.guarantee("G15")
def test_a_fault_of_the_program_shows_its_place_and_no_value(monkeypatch, capsys):
    def fails(*_, **__):
        raise ValueError("the-canary-value")

    monkeypatch.setattr(wallet, "app", fails)
    monkeypatch.setattr(wallet, "_harden", lambda: None)
    assert wallet.main(["list"]) == CANNOT_TELL
    err = capsys.readouterr().err
    assert err.startswith("error: internal_error: ")
    assert "ValueError test_main.py:" in err
    assert "canary" not in err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ProtocolError("temporarily_unavailable"), CANNOT_TELL),
        (ProtocolError("server_error"), CANNOT_TELL),
        (ProtocolError("invalid_request"), NO),
        (FetchError("fetch_status"), CANNOT_TELL),
        (VerificationError("status_revoked"), NO),
    ],
    ids=lambda one: getattr(one, "code", one),
)
def test_another_party_that_could_not_tell_is_no_refusal(monkeypatch, error, status):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(wallet, "app", fails)
    monkeypatch.setattr(wallet, "_harden", lambda: None)
    assert wallet.main(["list"]) == status


def test_an_interruption_cannot_tell(folder):
    status, out, seen = on_a_terminal(folder, "list", typed=["\x03"], prompts=["passphrase of the vault: "])
    assert (status, out) == (CANNOT_TELL, "")
    assert seen.endswith("interrupted\r\n")


def test_on_a_terminal_the_passphrase_is_unseen_and_only_a_yes_is_a_yes(folder):
    prompts = ["passphrase of the vault: ", "[y/N] "]
    for reply in ("", "n", "\x04"):
        status, out, _ = on_a_terminal(folder, "delete", "00000001", typed=[TYPED, reply], prompts=prompts)
        assert (status, out) == (NO, "")
    assert len(contents_of(folder).titles) == 1
    status, out, seen = on_a_terminal(folder, "delete", "00000001", typed=[TYPED, "y"], prompts=prompts)
    assert (status, out) == (YES, "destroyed: 00000001\n")
    assert TYPED not in seen
    assert contents_of(folder).titles == ()


AGAIN = "Enter alone is no\r\n"


@pytest.mark.parametrize(("last", "status"), [("y", YES), ("n", NO), ("", NO)])
@pytest.mark.parametrize("typo", ["u", "yy", "y\nn", "openid-credential-offer://?" + "x" * 3000])
def test_what_is_neither_yes_nor_no_is_asked_again(folder, typo, last, status):
    question = "Nobody is told [y/N] "
    prompts = [
        "passphrase of the vault: ",
        question,
        f"{AGAIN}destroy this title, its copies and their keys? {question}",
    ]
    typed = [TYPED, f"?{typo}", last]
    ran = on_a_terminal(folder, "delete", "00000001", typed=typed, prompts=prompts)
    assert ran[0] == status
    assert ran[2].count(question) == 2
    assert len(contents_of(folder).titles) == (status == NO)


PROMPTS = ["passphrase of the vault: ", "offer link: ", "network address [y/N] ", "the offer (6 digits): "]


@pytest.mark.end_to_end
@pytest.mark.parametrize("agrees", [True, False])
def test_a_typo_costs_no_title_and_no_attempt_at_its_code(world, loopback, folder, agrees):
    address = f"http://127.0.0.1:{loopback.server_port}"
    create(folder.parent / "new", world.contents(), lambda: PASSPHRASE, cost=TINY)
    link, inner = world.offer(address)
    seen = []

    def watched(batch):
        seen.extend(request.url.rpartition("/")[2] for request in batch)
        return inner(batch)

    loopback.fetcher = watched
    again = "type it again\r\ncode given with the offer (6 digits): "
    typed = [TYPED, link, "y", "12345", "123456", "\u00fd", "y" if agrees else "n"]
    prompts = [*PROMPTS, again, "keep this title? [y/N] ", f"{AGAIN}keep this title? [y/N] "]
    status, out, said = on_a_terminal(folder.parent / "new", "receive", typed=typed, prompts=prompts)
    assert (status, "kept: " in out) == ((YES, True) if agrees else (NO, False))
    assert seen.count("token") == 1
    assert said.count("passphrase of the vault") == 1
    assert ("this offer is used: ask for a new one" in said) is not agrees
    assert "nothing was sent" not in said
    assert "12345" not in said


@pytest.mark.end_to_end
def test_a_code_that_the_issuer_refused_may_be_tried_again_with_the_same_offer(world, loopback, tmp_path):
    address = f"http://127.0.0.1:{loopback.server_port}"
    create(tmp_path / "new", world.contents(), lambda: PASSPHRASE, cost=TINY)
    link, loopback.fetcher = world.offer(address)
    agreed = ["receive", "--yes", "--issuer", address]
    unusable = using(tmp_path / "new", *agreed, stdin=link, secrets=[("--tx-code-fd", "12345x")])
    assert (unusable.returncode, "the offer is as it was" in unusable.stderr) == (USAGE, True)
    wrong = using(tmp_path / "new", *agreed, stdin=link, secrets=[("--tx-code-fd", "000000")])
    assert (wrong.returncode, "try again with the same offer" in wrong.stderr) == (NO, True)
    right = using(tmp_path / "new", *agreed, stdin=link, secrets=[("--tx-code-fd", "123456")])
    assert right.returncode == YES


def test_on_a_terminal_a_new_passphrase_is_typed_twice(anchors, tmp_path):
    prompts = ["passphrase of the vault: ", "the same again: "]
    arguments = ["init", "--anchors", str(anchors)]
    status, _, _ = on_a_terminal(tmp_path / "new", *arguments, typed=["one passphrase", "another one"], prompts=prompts)
    assert status == USAGE
    assert not (tmp_path / "new" / "vault.sealed").exists()
    status, _, _ = on_a_terminal(tmp_path / "new", *arguments, typed=["one passphrase"] * 2, prompts=prompts)
    assert status == YES


@pytest.fixture
def loopback():
    """An HTTP server on loopback whose answers are those of a fetcher in memory, set as `.fetcher`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            url = f"http://127.0.0.1:{self.server.server_port}{self.path}"
            (answer,) = self.server.fetcher((Request(self.command, url, {}, body),))
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.end_to_end
def test_receive_then_present_over_real_http(world, loopback, anchors, tmp_path):
    address = f"http://127.0.0.1:{loopback.server_port}"
    folder = tmp_path / "new"
    assert using(folder, "init", "--anchors", anchors, "--insecure-loopback").returncode == YES
    link, loopback.fetcher = world.offer(address)
    received = using(
        folder,
        "receive",
        "--yes",
        "--issuer",
        address,
        "--json",
        stdin=link + "\n",
        secrets=[("--tx-code-fd", "123456")],
    )
    assert received.returncode == YES, received.stderr
    assert address in received.stderr
    title = json.loads(received.stdout)
    assert title["forms"][0]["copies_left"] == 4
    world.base = address
    link, client_id, loopback.fetcher = world.ask(["age_over_18"])
    for stdin, argument in ((link, "-"), ("", link)):
        sent = using(folder, "present", argument, "--yes", "--verifier", client_id, "--json", stdin=stdin)
        assert sent.returncode == YES, sent.stderr
        assert json.loads(sent.stdout)["client_id"] == client_id
    assert len(world.posted) == 2
    assert json.loads(using(folder, "list", "--json").stdout)["titles"][0]["forms"][0]["copies_left"] == 2
    world.answer = type(world.answer)(400, b'{"error":"access_denied"}')
    refused = using(folder, "present", link, "--yes", "--verifier", client_id, "--json")
    assert (refused.returncode, json.loads(refused.stdout)["error"]) == (NO, "access_denied")


@pytest.mark.end_to_end
def test_plain_http_is_not_spoken_unless_the_vault_was_made_for_it(world, loopback, anchors, tmp_path):
    assert using(tmp_path / "new", "init", "--anchors", anchors).returncode == YES
    address = f"http://127.0.0.1:{loopback.server_port}"
    link, loopback.fetcher = world.offer(address)
    ran = using(
        tmp_path / "new", "receive", "--yes", "--issuer", address, stdin=link, secrets=[("--tx-code-fd", "123456")]
    )
    assert ran.returncode == CANNOT_TELL
    assert "error: fetch_refused_address: " in ran.stderr


def test_secrets_may_share_one_descriptor_line_after_line(folder):
    ran = didkit_wallet(
        "receive", "--vault", folder, "--passphrase-fd", "0",
        stdin=f"{TYPED}\nnot an offer\n",
    )  # fmt: skip
    assert ran.returncode == NO
    assert "error: offer_uri_invalid" in ran.stderr


def test_show_takes_a_type_and_the_beginning_of_an_id(folder):
    for wanted in ("0000", "pid", "urn:eudi:pid:fr:1"):
        assert json.loads(using(folder, "show", wanted, "--json").stdout)["id"] == "00000001"
    assert using(folder, "show", "1").stderr.startswith("error: title_not_held: ")


def test_list_warns_of_what_ends(world, tmp_path):
    soon = world.title(copies=1, id_="soon", expires=world.now + DAY)
    gone = world.title(id_="gone", expires=world.now - DAY)
    create(tmp_path / "wallet", world.contents(soon, gone), lambda: PASSPHRASE, cost=TINY)
    listed = using(tmp_path / "wallet", "list", "--json")
    warnings = {title["id"]: title["warnings"] for title in json.loads(listed.stdout)["titles"]}
    assert warnings == {"soon": ["expires", "few_copies"], "gone": ["expired"]}
    said = using(tmp_path / "wallet", "list", language="fr_FR.UTF-8").stderr.splitlines()
    assert len(said) == 3
    assert all(line.startswith("attention: ") for line in said)


def test_a_request_and_an_offer_in_a_picture_go_to_their_own_command(world, folder, tmp_path):
    offer, request = tmp_path / "offer.png", tmp_path / "request.png"
    segno.make(world.offer()[0], error="l").save(str(offer), scale=3)
    segno.make(world.ask(["age_over_18"])[0], error="l").save(str(request), scale=3)
    wrong = using(folder, "present", "--qr", offer)
    assert (wrong.returncode, wrong.stdout) == (NO, "")
    assert wrong.stderr.startswith("error: request_link_invalid: ")
    assert "didkit-wallet receive" in wrong.stderr
    assert "the-code" not in wrong.stderr
    wrong = using(folder, "receive", "--qr", request)
    assert wrong.stderr.startswith("error: offer_uri_invalid: ")
    assert "didkit-wallet present" in wrong.stderr
    twice = using(folder, "present", "openid4vp://x", "--qr", request)
    assert twice.returncode == USAGE


def test_delete_is_logged_and_the_log_is_shown_and_cleared(folder):
    assert using(folder, "delete", "00000001", "--yes").returncode == YES
    (event,) = json.loads(using(folder, "log", "--json").stdout)["events"]
    assert (event["what"], event["title"], event["paths"]) == ("deleted", "00000001", [])
    assert using(folder, "log", "--since", "soon").returncode == USAGE
    assert using(folder, "log", "--clear", "--yes").returncode == YES
    assert contents_of(folder).log == ()


def test_passwd_changes_the_passphrase(folder):
    changed = using(folder, "passwd", "--json", secrets=[("--new-passphrase-fd", "another passphrase")])
    assert (changed.returncode, json.loads(changed.stdout)) == (YES, {"changed": True})
    assert using(folder, "list").stderr.startswith("error: passphrase_wrong: ")
    assert using(folder, "list", secret="another passphrase").returncode == YES


def test_on_a_terminal_the_new_passphrase_is_typed_twice_and_unseen(folder):
    prompts = ["passphrase of the vault: ", "new passphrase: ", "the same again: "]
    status, _, _ = on_a_terminal(folder, "passwd", typed=[TYPED, "another one", "another two"], prompts=prompts)
    assert status == USAGE
    status, _, seen = on_a_terminal(folder, "passwd", typed=[TYPED, "another one", "another one"], prompts=prompts)
    assert status == YES
    assert "another one" not in seen
    assert using(folder, "list", secret="another one").returncode == YES


def test_verify_answers_with_its_status(world, folder, tmp_path):
    (tmp_path / "mine").write_text(contents_of(folder).titles[0].credentials[0].copies[0].raw)
    (tmp_path / "other").write_text(World(now=world.now).title().credentials[0].copies[0].raw)
    believed = using(folder, "verify", tmp_path / "mine", "--offline", "--json")
    assert (believed.returncode, json.loads(believed.stdout)["verdict"]) == (YES, "yes")
    refused = using(folder, "verify", tmp_path / "other")
    assert (refused.returncode, refused.stdout) == (NO, "")
    assert refused.stderr.startswith("error: issuer_unknown: ")
    assert using(folder, "verify", tmp_path / "mine", "--nonce", "n").returncode == USAGE
    late = World(now=world.now - 300 * DAY)
    create(tmp_path / "then", late.contents(), lambda: PASSPHRASE, cost=TINY)
    (tmp_path / "expired").write_text(late.title().credentials[0].copies[0].raw)
    expired = using(tmp_path / "then", "verify", tmp_path / "expired", "--offline", "--json")
    assert expired.returncode == NO
