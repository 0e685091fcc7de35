"""Nothing that was confirmed is lost, and nothing that was not used is used up (G20)."""

import fcntl
import json
import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.end_to_end.visitor import Visitor, copies_in, slips
from tests.end_to_end.world import BIN, World, _with_secrets, post, run
from tests.waiting import PATIENCE

PROFILES = ("closed", "broken pipe", "full pipe", "full disk")


@contextmanager
def _log_that_cannot_be_written(profile: str):
    """A descriptor for a log, and what makes it writable again (returns what was written then)."""
    if profile == "full disk":
        descriptor = os.open("/dev/full", os.O_WRONLY)
        try:
            yield descriptor, None
        finally:
            os.close(descriptor)
        return
    reader, writer = os.pipe()
    if profile == "full pipe":
        os.set_blocking(writer, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)

    def emptied() -> bytes:
        """Reads what is there, without waiting."""
        os.set_blocking(reader, False)
        parts = []
        try:
            while part := os.read(reader, 65_536):
                parts.append(part)
        except BlockingIOError:
            pass
        return b"".join(parts)

    if profile == "broken pipe":
        os.close(reader)
    try:
        yield writer, emptied
    finally:
        os.close(writer)
        if profile != "broken pipe":
            os.close(reader)


@contextmanager
def _serving(command: list[object], descriptor: int, *, closed: bool, secrets: dict[str, str] | None = None):
    """A server whose standard error is the descriptor, or none at all."""
    arguments, readers = _with_secrets(command, secrets or {})
    shell = ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh"] if closed else []
    process = subprocess.Popen(
        [*shell, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=descriptor,
        pass_fds=readers,
        start_new_session=True,
    )
    for reader in readers:
        os.close(reader)
    try:
        line = process.stdout.readline()
        assert line, "it did not start"
        yield process, json.loads(line)["address"]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        process.stdout.close()


def _database_is_sound(path: Path) -> None:
    assert path.read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.slow
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_log_that_cannot_be_written_changes_no_answer_of_register_and_issuer(tmp_path, profile) -> None:
    with World(tmp_path / "world") as world, _log_that_cannot_be_written(profile) as (log, emptied):
        register = [BIN / "didkit-register", "serve", "--data", world.register_data, "--port", "0"]
        with _serving(register, log, closed=profile == "closed") as (_, address):
            world.register = type("Register", (), {"address": address})()
            assert world.init_issuer().status == 0
            issuer = [BIN / "didkit-issuer", "serve", "--data", world.issuer_data]
            secrets = {"--passphrase-fd": world.passphrase}
            with _serving(issuer, log, closed=profile == "closed", secrets=secrets) as (process, there):
                visitor = Visitor(there, f"http://127.0.0.1:{world.issuer_port}")
                first, second = slips(world, 2)
                assert len(copies_in(visitor.credential(visitor.token(first)))) == 2
                assert visitor.redeem(first).error == "invalid_grant"
                if profile == "full pipe":
                    emptied()
                    assert len(copies_in(visitor.credential(visitor.token(second)))) == 2
                    said = [json.loads(line) for line in emptied().splitlines()]
                    lost = [event for event in said if event["event"] == "events_lost"]
                    assert len(lost) == 2, "the issuer and the register each say it once"
                    # Of the issuer: started, a token, copies, a refusal. Of the register: started, opened twice, read.
                    assert sorted(event["count"] for event in lost) == [4, 4]
                assert process.poll() is None
        _database_is_sound(world.issuer_data / "issuer.sqlite")
        _database_is_sound(world.register_data / "register.sqlite")


@pytest.mark.slow
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_screen_that_cannot_be_written_loses_no_offer_that_was_made(tmp_path, profile) -> None:
    """The QR code goes to standard error; the ticket is used up by then."""
    with World(tmp_path / "world") as world, _log_that_cannot_be_written(profile) as (log, _):
        world.start_register()
        assert world.init_issuer().status == 0
        ticket = world.ticket(world.citizens_of_register()[0]["document_number"])
        command = [str(BIN / "didkit-issuer"), "offer", "--data", str(world.issuer_data)]
        shell = ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh"] if profile == "closed" else []
        if profile == "full pipe":
            fcntl.fcntl(log, fcntl.F_SETFL, fcntl.fcntl(log, fcntl.F_GETFL) | os.O_NONBLOCK)
        made = subprocess.run(
            [*shell, *command], input=ticket.encode(), stdout=subprocess.PIPE, stderr=log, timeout=PATIENCE, check=False
        )
        assert b"offer: openid-credential-offer://" in made.stdout
        assert made.returncode == 0


@pytest.mark.slow
@pytest.mark.guarantee("G20")
@pytest.mark.parametrize("profile", PROFILES)
def test_a_log_that_cannot_be_written_changes_no_answer_of_the_api_of_the_w3c(tmp_path, profile) -> None:
    data, suite = tmp_path / "vcalm", "ecdsa-rdfc-2019-p256"
    made = run(
        [*(BIN / "didkit-issuer", "vcalm-init", "--data", data), *("--address", "http://127.0.0.1:8444")],
        secrets={"--passphrase-fd": "of the keys"},
    )
    issuer = made.json()["issuers"][suite]
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"name": "Alice"},
    }
    serve = [BIN / "didkit-issuer", "vcalm-serve", "--data", data, "--port", "0", "--insecure-local"]
    with (
        _log_that_cannot_be_written(profile) as (log, _),
        _serving(serve, log, closed=profile == "closed", secrets={"--passphrase-fd": "of the keys"}) as (_, address),
    ):
        body = json.dumps({"credential": credential}).encode()
        status, answer = post(f"{address}/vcalm/issuers/{suite}/credentials/issue", body)
        assert (status, "verifiableCredential" in answer) == (201, True)
        status, answer = post(f"{address}/vcalm/issuers/{suite}/credentials/issue", b"{}")
        assert status == 400
