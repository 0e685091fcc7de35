import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError
from didkit_fr.keys import ecdsa, software
from issuer_service.register import app, events, generate, ticket
from issuer_service.register.folder import Folder
from issuer_service.register.limit import Bucket
from issuer_service.register.openings import MAX_READS, Opening, Openings
from tests.error_table import CODES
from tests.issuer_service.register_endpoint import (
    ALICE,
    BASE,
    NOW,
    PASSPORT,
    PERMIT,
    SECRET,
    at,
    citizens_file,
    in_loop,
    register_endpoint,
)
from tests.waiting import PATIENCE


def swapped(raw, **changes):
    """The officer's ticket with another payload and the same signature."""
    header, payload, signature = raw.split(".")
    claims = json.loads(base64url.decode(payload)) | changes
    return f"{header}.{base64url.encode(json.dumps(claims).encode())}.{signature}"


def unsigned(raw):
    payload = raw.split(".")[1]
    header = base64url.encode(json.dumps({"alg": "none", "typ": ticket.TYP}).encode())
    return f"{header}.{payload}."


# --- the endpoint ----------------------------------------------------------------------------------------------------


@in_loop
async def test_what_the_clock_says_is_read_in_another_thread(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        assert (await endpoint.open(endpoint.ticket()))[0] == 200
        assert len(endpoint.threads) == 1
        assert threading.current_thread() not in endpoint.threads


@pytest.mark.guarantee("G3")
@in_loop
async def test_a_ticket_opens_one_citizen_for_some_reads_and_minutes(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        status, opened = await endpoint.open(endpoint.ticket())
        assert status == 200
        assert (opened["title"], opened["expires"]) == ("pid", NOW + app.OPENING_SECONDS)
        assert len(base64url.decode(opened["evidence"])) == 32
        for _ in range(MAX_READS):
            status, answer = await endpoint.read(opened["evidence"])
            assert status == 200
            assert answer["document_number"] == answer["attributes"]["document_number"] == "ALICE0001"
            assert answer["title"] == "pid"
        assert await endpoint.read(opened["evidence"]) == (403, {"error": "evidence_exhausted"})


@in_loop
async def test_an_opening_ends(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        _, opened = await endpoint.open(endpoint.ticket())
        endpoint.now += app.OPENING_SECONDS - 1
        assert (await endpoint.read(opened["evidence"]))[0] == 200
        endpoint.now += 1
        assert await endpoint.read(opened["evidence"]) == (403, {"error": "evidence_expired"})
        endpoint.now += 3 * 86_400
        await endpoint.open(endpoint.ticket())
        assert await endpoint.read(opened["evidence"]) == (403, {"error": "evidence_unknown"})


@in_loop
async def test_attributes_are_those_of_the_moment(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        endpoint.now = at("2026-12-31T09:55:00")
        _, opened = await endpoint.open(endpoint.ticket("CAROL0001", presumed="2008-01-01"))
        _, before = await endpoint.read(opened["evidence"])
        endpoint.now = at("2026-12-31T10:00:00")
        _, after = await endpoint.read(opened["evidence"])
        assert (before["attributes"]["age_over_18"], after["attributes"]["age_over_18"]) == (False, True)
        assert before["attributes"]["birth_date"] == "2008-01-01"
        assert before["attributes"]["birth_date_presumed"] is True


@pytest.mark.guarantee("G3")
@in_loop
async def test_tickets_refused_at_the_endpoint(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        used = endpoint.ticket()
        assert (await endpoint.open(used))[0] == 200
        cases = [
            (used, 409, "ticket_replayed"),
            (endpoint.ticket(signer=software.generate()), 403, "ticket_forged"),
            (swapped(endpoint.ticket(), document_number="BOB000001"), 403, "ticket_forged"),
            (swapped(endpoint.ticket(), exp=NOW + 86_000), 403, "ticket_forged"),
            (unsigned(endpoint.ticket()), 403, "ticket_forged"),
            (endpoint.ticket(now=NOW - 600), 403, "ticket_expired"),
            (endpoint.ticket(now=NOW + 120), 403, "ticket_expired"),
            (endpoint.ticket(title="driving_licence"), 403, "ticket_title"),
            (endpoint.ticket(title="library_card"), 403, "ticket_title"),
            (endpoint.ticket("NOBODY001"), 403, "ticket_unknown_document"),
            (endpoint.ticket("BOB000001"), 403, "birth_date_partial"),
            (endpoint.ticket("BOB000001", presumed="1948-08-01"), 403, "birth_date_inconsistent"),
            (endpoint.ticket("ALICE0001", presumed="1990-05-17"), 403, "birth_date_inconsistent"),
            ("", 400, "ticket_malformed"),
            (b"\xff\xfe", 400, "ticket_malformed"),
            ("A" * 5000, 400, "ticket_malformed"),
            ("A" * 9000, 413, "request_malformed"),
        ]
        for raw, status, code in cases:
            assert await endpoint.open(raw) == (status, {"error": code}), code


@in_loop
async def test_a_ticket_names_one_of_the_document_s_titles(tmp_path):
    async with register_endpoint(tmp_path, ALICE, PASSPORT, PERMIT) as endpoint:
        for number, title in (
            ("ALICE0001", "pid"),
            ("ALICE0001", "national_identity"),
            ("ALICE0001", "proof_of_age"),
            ("26AB00001", "passport"),
            ("FR0000001", "residence_permit"),
            ("FR0000001", "residence_attestation"),
        ):
            _, opened = await endpoint.open(endpoint.ticket(number, title=title))
            assert opened["title"] == title
            _, answer = await endpoint.read(opened["evidence"])
            assert (answer["title"], answer["document_number"]) == (title, number)
            assert titles.build_claims(titles.load(title), answer["attributes"])
        for number, title in (
            ("ALICE0001", "passport"),
            ("ALICE0001", "residence_attestation"),
            ("26AB00001", "pid"),
            ("FR0000001", "pid"),
            ("FR0000001", "driving_licence"),
        ):
            assert await endpoint.open(endpoint.ticket(number, title=title)) == (403, {"error": "ticket_title"})


@in_loop
async def test_a_title_gets_what_its_table_has_and_no_more(tmp_path):
    async with register_endpoint(tmp_path, PERMIT) as endpoint:
        _, opened = await endpoint.open(endpoint.ticket("FR0000001", title="residence_attestation"))
        _, answer = await endpoint.read(opened["evidence"])
        assert answer["attributes"].keys() == {
            "family_name", "given_name", "birth_date", "birth_date_presumed",
            "resident_city", "resident_country", "issuing_authority", "issuing_country",
        }  # fmt: skip


@in_loop
async def test_a_ticket_s_other_signature_is_the_same_ticket(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        raw = endpoint.ticket()
        head, signature = raw.rsplit(".", 1)
        r, s = base64url.decode(signature)[:32], int.from_bytes(base64url.decode(signature)[32:])
        mirrored = r + (ecdsa.P_256.order - s).to_bytes(32)
        assert (await endpoint.open(f"{head}.{base64url.encode(mirrored)}"))[0] == 200
        assert await endpoint.open(raw) == (409, {"error": "ticket_replayed"})


@in_loop
async def test_a_ticket_refused_is_not_used_up(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        early = endpoint.ticket(now=NOW + 120)
        assert (await endpoint.open(early))[0] == 403
        endpoint.now += 120
        assert (await endpoint.open(early))[0] == 200


@pytest.mark.guarantee("G3")
@in_loop
async def test_of_many_at_once_one_ticket_opens_once(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        raw = endpoint.ticket()
        answers = await asyncio.gather(*(endpoint.open(raw) for _ in range(20)))
        assert sorted(status for status, _ in answers) == [200] + [409] * 19
        evidence = next(body["evidence"] for status, body in answers if status == 200)
        reads = await asyncio.gather(*(endpoint.read(evidence) for _ in range(20)))
        assert sorted(status for status, _ in reads) == [200] * MAX_READS + [403] * 10


@in_loop
async def test_nothing_without_the_service_s_secret(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        _, opened = await endpoint.open(endpoint.ticket())
        raw = endpoint.ticket()
        for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1], "\u00e9"):
            assert await endpoint.open(raw, secret=secret) == (401, {"error": "unauthorised"})
            assert await endpoint.read(opened["evidence"], secret=secret) == (401, {"error": "unauthorised"})
        headers = {"Authorization": f"Basic {SECRET}", "Content-Type": "application/jwt"}
        async with endpoint.http.post(endpoint.address + "/evidence", data=raw, headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (await endpoint.open(raw))[0] == 200


@pytest.mark.guarantee("G3")
@in_loop
async def test_there_is_no_other_endpoint(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        headers = {"Authorization": f"Bearer {SECRET}"}
        paths = [
            "/",
            "/citizens",
            "/citizens/ALICE0001",
            "/attributes/ALICE0001",
            "/evidence",
            "/attributes",
            "/attributes?document_number=ALICE0001",
            "/evidence/",
            "//evidence",
            "/tickets",
            "/.well-known/a",
        ]
        for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
            for path in paths:
                async with endpoint.http.request(method, endpoint.address + path, headers=headers) as response:
                    assert response.status == 404, (method, path)
                    assert b"Canary" not in await response.read()
        for path in set(paths) - {"/evidence", "/attributes", "/attributes?document_number=ALICE0001"}:
            async with endpoint.http.post(endpoint.address + path, headers=headers) as response:
                assert response.status == 404, path


@pytest.mark.guarantee("G3")
@in_loop
async def test_attributes_take_a_handle_and_nothing_else(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        await endpoint.open(endpoint.ticket())
        for body in ('{"document_number":"ALICE0001"}', "{}", "[]", "", "{", '{"evidence":1}', '{"evidence":null}',
                     '{"evidence":"a","evidence":"b"}', "\ufeff{}", '{"evidence":"\\ud800"}'):  # fmt: skip
            status, answer = await endpoint.post("/attributes", body, "application/json")
            assert (status, answer) == (400, {"error": "request_malformed"}), body
        for handle in ("ALICE0001", "", "A" * 43, "A" * 4000):
            assert await endpoint.read(handle) == (403, {"error": "evidence_unknown"})
        assert (await endpoint.post("/attributes", '{"evidence":"a"}', "text/plain"))[0] == 400
        assert (await endpoint.post("/evidence", endpoint.ticket(), "text/plain"))[0] == 400


@in_loop
async def test_the_rate_is_limited_and_unknown_clients_do_not_use_it_up(tmp_path):
    async with register_endpoint(tmp_path, rate=2) as endpoint:
        unknown_ones = [(await endpoint.read("x", secret="no"))[0] for _ in range(12)]
        assert unknown_ones == [401] * 8 + [429] * 4
        known = [(await endpoint.read("x"))[0] for _ in range(12)]
        assert known == [403] * 8 + [429] * 4
        assert (await endpoint.open(endpoint.ticket()))[0] == 200
        endpoint.now += 1
        assert [(await endpoint.read("x"))[0] for _ in range(3)] == [403, 403, 429]


def test_a_bucket_gains_nothing_from_a_clock_that_goes_back():
    bucket = Bucket(1, 2)
    assert [bucket.take(now) for now in (10, 10, 10, 5, 6, 6)] == [True, True, False, False, True, False]


@pytest.mark.guarantee("G15")
@in_loop
async def test_the_log_names_nobody(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        _, opened = await endpoint.open(raw := endpoint.ticket())
        _, answer = await endpoint.read(opened["evidence"])
        await endpoint.open(raw)
        await endpoint.open(endpoint.ticket("NOBODY001"))
        await endpoint.read("x")
        await endpoint.read("x", secret="wrong")
        await endpoint.http.get(endpoint.address + "/citizens/ALICE0001", headers={"Authorization": f"Bearer {SECRET}"})
        logged = "\n".join(endpoint.log)
        secrets = [SECRET, "wrong", opened["evidence"], *raw.split("."), "NOBODY001", "citizens"]
        texts = [value for value in answer["attributes"].values() if isinstance(value, str) and len(value) > 2]
        assert not [text for text in secrets + texts if text in logged]
        found = [json.loads(line) for line in endpoint.log]
        assert [one["event"] for one in found] == [
            "evidence_opened", "attributes_read", "refused", "refused", "refused", "unauthorised",
        ]  # fmt: skip
        assert found[0]["trace"] == found[1]["trace"]
        assert found[0]["trace"] not in json.dumps([opened, answer])


def test_what_is_not_on_the_list_cannot_be_logged():
    for event, fields in (("surprise", {}), ("started", {"name": "x"}), ("refused", {"code": "x"})):
        assert json.loads(events.line(event, now=NOW, **fields)) == {"time": NOW, "event": "unlisted"}


@in_loop
async def test_a_fault_says_nothing_of_what_it_held(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("CanaryFamily")

    monkeypatch.setattr(app, "answer", broken)
    async with register_endpoint(tmp_path) as endpoint:
        _, opened = await endpoint.open(endpoint.ticket())
        assert await endpoint.read(opened["evidence"]) == (500, {"error": "server_error"})
        assert json.loads(endpoint.log[-1])["kind"] == "RuntimeError"
        assert json.loads(endpoint.log[-1])["where"].startswith("test_register.py:")
        assert "Canary" not in "".join(endpoint.log)


def test_every_refusal_has_a_status():
    codes = {code for code in CODES if code.startswith(("ticket_", "evidence_", "birth_date_"))}
    assert codes <= app.STATUSES.keys()


# --- what the endpoint remembers -------------------------------------------------------------------------------------


@in_loop
async def test_handles_and_tickets_are_kept_hashed_and_survive_a_restart(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        _, opened = await endpoint.open(raw := endpoint.ticket())
        officer = endpoint.officer
    jti = json.loads(base64url.decode(raw.split(".")[1]))["jti"]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert opened["evidence"].encode() not in kept
    assert base64url.decode(opened["evidence"]) not in kept
    assert jti.encode() not in kept
    assert b"Canary" not in kept
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    async with register_endpoint(tmp_path) as endpoint:
        assert (await endpoint.read(opened["evidence"]))[0] == 200
        assert await endpoint.open(endpoint.ticket(signer=officer)) == (403, {"error": "ticket_forged"})


@in_loop
async def test_two_processes_share_what_was_used(tmp_path):
    one, two = Openings(tmp_path / "o"), Openings(tmp_path / "o")
    opening = Opening("A", "pid", None, "t", NOW + 900)
    try:
        results = await asyncio.gather(
            *(
                openings.open(b"t" * 32, NOW + 600, bytes([at]) * 32, opening, forget=NOW)
                for at, openings in enumerate([one, two] * 5)
            ),
            return_exceptions=True,
        )
    finally:
        one.close()
        two.close()
    assert [error for error in results if error is None] == [None]
    assert {error.code for error in results if isinstance(error, DidkitError)} == {"ticket_replayed"}


@in_loop
async def test_a_locked_file_is_not_a_refusal(tmp_path):
    async with register_endpoint(tmp_path) as endpoint:
        raw = endpoint.ticket()
        with closing(sqlite3.connect(tmp_path / "register.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answered = await endpoint.open(raw)
            other.execute("ROLLBACK")
        assert answered == (503, {"error": "storage_unavailable"})
        assert (await endpoint.open(raw))[0] == 200


# --- the folder and the command ----------------------------------------------------------------------------------


def test_the_folder_makes_its_secrets_once(tmp_path):
    folder = Folder.at(tmp_path / "a" / "register")
    key, digest = folder.officer(), folder.secret_digest()
    assert Folder.at(folder.path).officer().secret() == key.secret()
    assert Folder.at(folder.path).secret_digest() == digest
    assert len(base64url.decode((folder.path / "service-secret").read_text().strip())) == 32
    assert {path.stat().st_mode & 0o777 for path in folder.path.iterdir()} == {0o600}
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.citizens() is generate.generate()


def test_installed_citizens_take_the_place_of_the_others(tmp_path):
    folder = Folder.at(tmp_path)
    folder.install(citizens_file(ALICE))
    assert list(folder.citizens()) == ["ALICE0001"]
    with pytest.raises(ParseError):
        folder.install(citizens_file({**BASE, "document_number": "X"}))
    assert list(folder.citizens()) == ["ALICE0001"]
    assert [path.name for path in tmp_path.iterdir()] == ["citizens.json"]


def command(*arguments, **options):
    script = "from issuer_service.register.cli import main; main()"
    run = {"capture_output": True, "text": True, "timeout": 30, "check": False, **options}
    return subprocess.run([sys.executable, "-c", script, *arguments], **run)  # noqa: PLW1510 - in `run`


def test_the_command_from_ticket_to_attributes(tmp_path):
    import urllib.request

    data, file = tmp_path / "register", tmp_path / "citizens.json"
    file.write_bytes(citizens_file(ALICE))
    script = "from issuer_service.register.cli import main; main()"
    arguments = [sys.executable, "-c", script, "serve", "--data", str(data), "--citizens", str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        try:
            address = json.loads(serving.stdout.readline())["address"]
            assert address.startswith("http://127.0.0.1:")
            listed = json.loads(command("citizens", "--data", str(data), "--json").stdout)
            assert listed == [
                {
                    "document_number": "ALICE0001",
                    "birth_date": "1990-05-17",
                    "family_name": "CanaryFamily",
                    "given_name": "CanaryGiven",
                    "titles": ["national_identity", "pid", "proof_of_age"],
                }
            ]
            written = command("ticket", "--data", str(data), input="ALICE0001\n").stdout.strip()
            secret = (data / "service-secret").read_text().strip()
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

            def ask(path, body, content_type):
                headers = {"Authorization": f"Bearer {secret}", "Content-Type": content_type}
                asked = urllib.request.Request(address + path, body.encode(), headers)
                with opener.open(asked, timeout=PATIENCE) as response:
                    return json.load(response)

            opened = ask("/evidence", written, "application/jwt")
            read = ask("/attributes", json.dumps({"evidence": opened["evidence"]}), "application/json")
            assert read["attributes"]["family_name"] == "CanaryFamily"
        finally:
            serving.send_signal(signal.SIGTERM)
            _, logged = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 0
    assert [json.loads(line)["event"] for line in logged.splitlines()] == [
        "started", "evidence_opened", "attributes_read", "stopped",
    ]  # fmt: skip
    assert "Canary" not in logged


def test_the_command_refuses(tmp_path):
    (tmp_path / "bad.json").write_bytes(citizens_file({**ALICE, "sex": "CanaryGiven"}))
    refused = command("serve", "--data", str(tmp_path / "r"), "--citizens", str(tmp_path / "bad.json"))
    assert refused.returncode == 1
    assert "citizens_malformed" in refused.stderr
    assert "Canary" not in refused.stderr
    assert refused.stdout == ""
    assert command("ticket", "--data", str(tmp_path / "r"), input="").returncode == 2
    for wrong in (["--title", "\udcff"], ["--presumed-birth-date", "\udcff"], ["--minutes", "0"]):
        refused = command("ticket", "--data", str(tmp_path / "r"), *wrong, input="ALICE0001")
        assert refused.returncode in (1, 2)
        assert "Traceback" not in refused.stderr
    assert command("ticket", "ALICE0001", "--data", str(tmp_path / "r"), input="").returncode == 2
    (tmp_path / "file").write_text("")
    assert command("citizens", "--data", str(tmp_path / "file" / "x")).returncode == 3


@pytest.mark.parametrize("name", ["serve", "ticket", "citizens", "clock"])
def test_every_help_has_an_example(name):
    assert f"didkit-register {name} --data" in command(name, "--help").stdout
