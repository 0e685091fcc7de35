"""Founding and serving: who is let in, over what, and what never gets out."""

import json
import signal
import socket
import stat
import subprocess
import urllib.error
from pathlib import Path

import pytest
import trustme

from issuer_service.vcalm.suites import SUITES
from tests.issuer_service.titles.programs import command, environment, run
from tests.issuer_service.vcalm.service import PASSPHRASE, Running, credential, found
from tests.ports import free_port
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

VERIFY = "/vcalm/verifiers/trusted/credentials/verify"
RESOLVE = "/1.0/identifiers/did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    port = free_port()
    done, _ = found(folder / "data", "--status", "eddsa-jcs-2022", address=f"https://127.0.0.1:{port}")
    assert done.returncode == 0, done.stderr
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(str(folder / "key.pem"))
    chain = b"".join(one.bytes() for one in server.cert_chain_pems)
    (folder / "chain.pem").write_bytes(chain + authority.cert_pem.bytes())
    return folder, port, json.loads(done.stdout)


@pytest.fixture(scope="module")
def secure(founded):
    folder, port, _ = founded
    tls = (folder / "chain.pem", folder / "key.pem")
    with Running(folder / "data", port=port, insecure=False, tls=tls) as running:
        yield running


def test_founding_says_the_ids_as_json(founded):
    _, _, made = founded
    assert made["issuers"].keys() == SUITES.keys()
    prefixes = {"Ed25519": "z6Mk", "P-256": "zDna", "P-384": "z82L", "BLS12-381 G2": "zUC7"}
    assert all(made["issuers"][name].startswith(f"did:key:{prefixes[suite.curve]}") for name, suite in SUITES.items())
    assert len(set(made["issuers"].values())) == len(SUITES)


def test_files_are_private_and_no_key_is_in_the_clear(founded):
    folder, _, _ = founded
    kept = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert {path.name for path in kept} >= {"vcalm.toml", "keyring.sealed", "token", "status.sqlite"}
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in kept)
    assert b"of the keyring" not in (folder / "data" / "keyring.sealed").read_bytes()


def test_nothing_is_overwritten(founded):
    folder, _, _ = founded
    again, _ = found(folder / "data")
    assert again.returncode == 1
    assert json.loads(again.stderr)["error"] == "file_exists"


@pytest.mark.parametrize(
    ("options", "address", "code"),
    [
        (["--status", "nobody"], None, "settings_invalid"),
        (["--status", "bbs-2023"], None, "settings_invalid"),
        (["--trusted", "https://issuer.example"], None, "settings_invalid"),
        ([], "https://vcalm.example/", "settings_invalid"),
        ([], "vcalm.example", "settings_invalid"),
        ([], "http://vcalm.example", "plain_http_refused"),
    ],
)
def test_settings_that_do_not_hold_are_refused_before_anything_is_made(tmp_path, options, address, code):
    done, _ = found(tmp_path / "data", *options, address=address)
    assert (done.returncode, json.loads(done.stderr)["error"]) == (2, code)
    assert not (tmp_path / "data").exists()


def serve(folder, *options, passphrase=PASSPHRASE):
    return run("vcalm-serve", "--data", folder, *options, "--json", secrets={"--passphrase-fd": passphrase})


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        ([], "plain_http_refused", 2),
        (["--insecure-local", "--host", "192.0.2.1"], "settings_invalid", 2),
        (["--insecure-local", "--host", "::"], "settings_invalid", 2),
        (["--insecure-local", "--host", "vcalm.example"], "settings_invalid", 2),
        (["--tls-cert", "chain.pem"], "settings_invalid", 2),
        (["--tls-cert", "/nowhere/chain.pem", "--tls-key", "/nowhere/key.pem"], "listen_failed", 3),
    ],
)
def test_it_does_not_serve_where_others_could_listen(founded, options, code, status):
    done = serve(founded[0] / "data", *options)
    assert (done.returncode, json.loads(done.stderr)["error"]) == (status, code)


def test_another_passphrase_or_token_does_not_serve(founded, tmp_path):
    done = serve(founded[0] / "data", "--insecure-local", passphrase=b"another\n")
    assert json.loads(done.stderr)["error"] == "passphrase_wrong"
    found(tmp_path / "data")
    (tmp_path / "data" / "token").write_text("short\n")
    done = serve(tmp_path / "data", "--tls-cert", founded[0] / "chain.pem", "--tls-key", founded[0] / "key.pem")
    assert json.loads(done.stderr)["error"] == "settings_invalid"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_over_tls_with_the_token_it_issues_verifies_and_resolves(secure, founded):
    assert secure.base.startswith("https://")
    did = founded[2]["issuers"]["eddsa-jcs-2022"]
    path = "/vcalm/issuers/eddsa-jcs-2022/credentials/issue"
    issued = secure.post(path, {"credential": credential(did)}, headers=bearer(secure.token))
    assert issued.status == 201
    made = issued.json()["verifiableCredential"]
    verified = secure.post(VERIFY, {"verifiableCredential": made}, headers=bearer(secure.token))
    assert (verified.status, verified.json()["problemDetails"]) == (200, [])
    assert secure.request("GET", RESOLVE, headers=bearer(secure.token)).status == 200
    url = made["credentialStatus"][0]["statusListCredential"]
    assert url.startswith("https://")
    assert secure.request("GET", url.removeprefix(secure.base)).status == 200


WRONG = {
    "none": {},
    "empty": {"Authorization": ""},
    "another": bearer("A" * 43),
    "another scheme": lambda token: {"Authorization": f"Basic {token}"},
    "a part": lambda token: bearer(token[:-1]),
    "more": lambda token: bearer(token + "A"),
    "not ASCII": bearer("é"),
    "nothing": bearer(""),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/vcalm/issuers/eddsa-rdfc-2022/credentials/issue"),
        ("POST", "/vcalm/issuers/eddsa-jcs-2022/credentials/status"),
        ("POST", "/vcalm/holders/holder/credentials/derive"),
        ("POST", VERIFY),
        ("POST", "/vcalm/verifiers/trusted/presentations/verify"),
        ("GET", RESOLVE),
        ("GET", "/nowhere"),
    ],
)
def test_without_the_token_nothing_answers(secure, case, method, path):
    header = WRONG[case]
    headers = header(secure.token) if callable(header) else header
    body = {} if method == "POST" else None
    refused = secure.request(method, path, body, headers=headers)
    assert (refused.status, refused.codes) == (401, ["invalid_token"])
    assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.guarantee("G23")
def test_the_token_is_said_nowhere(founded):
    folder, _, _ = founded
    tls = (folder / "chain.pem", folder / "key.pem")
    with Running(folder / "data", port=0, insecure=False, tls=tls) as running:
        assert running.post(VERIFY, {}, headers=bearer(running.token)).status == 400
        assert running.post(VERIFY, {}, headers=bearer(f"{running.token}x")).status == 401
        arguments = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
        surroundings = Path(f"/proc/{running.process.pid}/environ").read_bytes()
        said = running.stop()
    assert b'"code":"invalid_token"' in said
    for place in (arguments, surroundings, said):
        assert running.token.encode() not in place
        assert PASSPHRASE.strip() not in place


def test_plain_http_gets_no_answer_from_a_tls_port(secure):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=PATIENCE) as plain:
        plain.sendall(b"GET /1.0/identifiers/did:key:x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"didDocument" not in plain.recv(4096)


def test_it_ends_in_good_order(founded):
    folder, _, _ = founded
    with Running(folder / "data", port=free_port()) as running:
        assert running.request("GET", RESOLVE).status == 200
        said = running.stop(signal.SIGTERM)
        assert running.process.returncode == 0
        assert [json.loads(line)["event"] for line in said.splitlines()] == ["started", "stopped"]
        with pytest.raises(urllib.error.URLError):
            running.request("GET", RESOLVE)


def test_the_commands_are_documented():
    for name in ("vcalm-init", "vcalm-serve"):
        shown = subprocess.run(
            command("issuer_service.shell.commands", name, "--help"),
            capture_output=True,
            env=environment(),
            check=True,
        ).stdout.decode()
        assert "--data" in shown
        assert "--passphrase-fd" in shown
