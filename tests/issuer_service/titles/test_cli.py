"""`didkit-issuer` as a person runs it: real processes, standard streams, exit statuses."""

import json
import re
import signal
import urllib.request
from pathlib import Path

import pytest

from didkit_fr.protocols.openid4vci.offer import parse_offer_uri
from didkit_fr.trust.anchors import Anchors
from tests.issuer_service.titles.programs import REGISTER, init, run, serving
from tests.ports import free_port
from tests.waiting import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    """A data folder that no test changes."""
    folder = tmp_path_factory.mktemp("founded")
    port = free_port()
    done = init(folder, port=port)
    assert done.returncode == 0, done.stderr
    return folder, port


@pytest.mark.guarantee("G23")
@pytest.mark.parametrize("name", ["init", "serve", "offer", "revoke", "renew", "migrate-signers"])
def test_help_has_an_example_and_takes_no_secret(name) -> None:
    done = run(name, "--help")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert f"Example:\n    didkit-issuer {name}" in text or f"| didkit-issuer {name}" in text
    assert "--json" in text
    options = set(re.findall(r"--[a-z-]+", text.split("Example:")[0]))
    assert options.isdisjoint({"--passphrase", "--tx-code", "--ticket", "--document-number", "--code"})


@pytest.mark.parametrize(
    "arguments",
    [(), ("bogus",), ("serve",), ("serve", "--data", "x", "--passphrase-fd", "-1"), ("init", "--data", "x")],
)
def test_usage_errors(arguments) -> None:
    assert run(*arguments).returncode == 2


def test_init_says_what_it_made(tmp_path) -> None:
    done = init(tmp_path, "--json", port=8443)
    assert done.returncode == 0
    made = json.loads(done.stdout)
    assert made.keys() == {"data", "state", "anchors", "root", "root_certificate"}
    (anchor,) = Anchors.parse(Path(made["anchors"]).read_bytes()).anchors
    assert anchor.types == {"urn:eudi:pid:fr:1"}
    assert anchor.roles == {"credential", "status"}
    assert b"of the keyring" not in done.stdout + done.stderr
    again = init(tmp_path, port=8443)
    assert again.returncode == 1
    assert b"error: a file that must not be overwritten" in again.stderr
    assert b"hint: " in again.stderr


def test_init_refuses_plain_http_unless_asked(tmp_path) -> None:
    (tmp_path / "secret").write_text("secret")
    done = run(
        "init",
        *("--data", tmp_path / "data", "--state", tmp_path / "state", "--root", tmp_path / "root"),
        *("--issuer", "http://127.0.0.1:1"),
        *("--register", "https://register.example", "--register-secret-file", tmp_path / "secret"),
        secrets={"--passphrase-fd": b"of the keyring", "--root-passphrase-fd": b"of the root"},
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: plain HTTP")
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("secret", [b"", b"\n", b"a" * 2000])
def test_init_refuses_passphrases_that_are_none(tmp_path, secret) -> None:
    done = run(
        "init",
        *("--data", tmp_path / "data", "--state", tmp_path / "state", "--root", tmp_path / "root"),
        *("--issuer", "https://issuer.example"),
        *("--register", "https://register.example", "--register-secret-file", tmp_path / "secret"),
        *("--tls-certificate", "c", "--tls-key", "k"),
        secrets={"--passphrase-fd": b"of the keyring", "--root-passphrase-fd": secret},
    )
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.guarantee("G23")
def test_a_passphrase_is_never_taken_from_standard_input(founded) -> None:
    done = run("revoke", "--data", founded[0] / "data", stdin="keyring\n")
    assert done.returncode == 2
    assert b"no terminal" in done.stderr


def test_a_wrong_passphrase(founded) -> None:
    done = run("serve", "--data", founded[0] / "data", "--json", secrets={"--passphrase-fd": b"wrong"})
    assert (done.returncode, done.stdout) == (1, b"")
    assert json.loads(done.stderr)["error"] == "passphrase_wrong"


def test_a_folder_that_is_none(tmp_path) -> None:
    done = run("serve", "--data", tmp_path, secrets={"--passphrase-fd": b"x"})
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: settings that break their rules")


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("how", ["copied", "named"])
def test_serve_refuses_while_the_root_key_is_within_reach(tmp_path, how) -> None:
    assert init(tmp_path, port=8443).returncode == 0
    data, root = tmp_path / "data", tmp_path / "root.key"
    if how == "copied":
        (data / "spare").write_bytes(root.read_bytes())
    else:
        with (data / "settings.toml").open("a") as file:
            file.write(f"root_key = {json.dumps(str(root))}\n")
    done = run("serve", "--data", data, "--json", secrets={"--passphrase-fd": b"of the keyring"})
    assert (done.returncode, done.stdout) == (1, b"")
    assert json.loads(done.stderr)["error"] == "root_key_exposed"


def test_serve_answers_and_ends_in_good_order(founded) -> None:
    folder, port = founded
    with serving("--data", folder / "data", secret=b"of the keyring\n") as (process, address):
        assert address == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{address}/.well-known/openid-credential-issuer", timeout=PATIENCE) as answer:
            assert json.load(answer)["credential_issuer"] == address
        limits = Path(f"/proc/{process.pid}/limits")
        if limits.exists():
            (core,) = [line for line in limits.read_text().splitlines() if line.startswith("Max core file size")]
            assert core.split()[4:6] == ["0", "0"]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert [json.loads(line)["event"] for line in errors.splitlines()] == ["started", "stopped"]


def test_a_port_that_is_taken(founded) -> None:
    data = founded[0] / "data"
    with serving("--data", data, secret=b"of the keyring"):
        done = run("serve", "--data", data, "--json", secrets={"--passphrase-fd": b"of the keyring"})
        assert done.returncode == 3
        assert json.loads(done.stderr)["error"] == "listen_failed"


def test_a_register_that_does_not_answer(founded) -> None:
    done = run("offer", "--data", founded[0] / "data", "--json", stdin="a.b.c\n")
    assert (done.returncode, done.stdout) == (3, b"")
    assert json.loads(done.stderr)["error"] == "register_unavailable"


def test_nothing_on_standard_input(founded) -> None:
    assert run("offer", "--data", founded[0] / "data").returncode == 2
    number = run("revoke", "--data", founded[0] / "data", secrets={"--passphrase-fd": b"of the keyring"})
    assert number.returncode == 2


def test_revoking_what_was_never_issued(founded) -> None:
    data = founded[0] / "data"
    done = run("revoke", "--data", data, "--json", stdin="NOBODY\n", secrets={"--passphrase-fd": b"of the keyring"})
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (1, {"copies": 0, "tokens": 0}, b"")
    shown = run("revoke", "--data", data, stdin="NOBODY\n", secrets={"--passphrase-fd": b"of the keyring"})
    assert shown.stdout.decode().splitlines() == ["copies: 0", "tokens: 0"]
    closed, none = shown.stderr.decode().splitlines()
    assert closed.startswith("note: every offer and token of this title")
    assert none.startswith("note: no copy was found under this number")
    named = ("--data", data, "--title", "x", "--json")
    other = run("revoke", *named, stdin="N", secrets={"--passphrase-fd": b"of the keyring"})
    assert json.loads(other.stderr)["error"] == "title_not_issued"


def test_an_offer_from_an_officers_ticket(tmp_path) -> None:
    register = tmp_path / "register"
    with serving("--data", register, "--port", 0, module=REGISTER) as (_, address):
        port = free_port()
        secret = register / "service-secret"
        assert init(tmp_path, port=port, register=address, secret=secret).returncode == 0
        listed = run("citizens", "--data", register, "--json", module=REGISTER)
        number = json.loads(listed.stdout)[0]["document_number"]
        ticket = run("ticket", "--data", register, module=REGISTER, stdin=number).stdout.decode()
        done = run("offer", "--data", tmp_path / "data", "--json", stdin=ticket)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made.keys() == {"offer", "tx_code", "expires"}
        assert done.stderr == b""
        offer = parse_offer_uri(made["offer"])
        assert offer.credential_issuer == f"http://127.0.0.1:{port}"
        assert re.fullmatch("[0-9]{6}", made["tx_code"])
        again = run("offer", "--data", tmp_path / "data", "--json", stdin=ticket)
        assert again.returncode == 1
        assert json.loads(again.stderr)["error"] == "ticket_replayed"
