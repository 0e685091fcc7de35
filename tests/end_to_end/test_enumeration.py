"""Whoever tries codes, tokens, nonces and list numbers learns nothing: what is not theirs answers like what is not."""

import json
import secrets
import sqlite3
import time
from contextlib import closing

import pytest

from didkit_fr.encoding import base64url
from didkit_fr.keys import software
from didkit_fr.protocols.openid4vci.proof import build_proof
from tests.end_to_end.visitor import OfferSlip, Visitor, copies_in, slips

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

UNKNOWN = base64url.encode(bytes(32))


@pytest.fixture(scope="module")
def visitor(world):
    return Visitor.of(world)


def same(answers):
    """All of them are one answer: status, headers and body. Returns it."""
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


def other(tx_code):
    return f"{(int(tx_code) + 1) % 10**6:06d}"


def expire(world, table):
    """Time passes for every row of a table."""
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        connection.execute(f"UPDATE {table} SET expires = ?", (int(time.time()) - 1,))  # noqa: S608 - our own name
        connection.commit()


def test_codes(world, visitor):
    waiting, used, worn, late = slips(world, 4)
    visitor.token(used)
    for _ in range(5):
        visitor.redeem(OfferSlip(worn.code, other(worn.tx_code)))
    wrong = [visitor.redeem(OfferSlip(waiting.code, other(waiting.tx_code)))]
    expire(world, "offers")
    refused = [visitor.redeem(one) for one in (used, worn, late, OfferSlip(UNKNOWN, late.tx_code))]
    foreign = [OfferSlip(used.code, worn.tx_code), OfferSlip(secrets.token_urlsafe(32), "123456")]
    shapeless = [OfferSlip("x", "123456"), OfferSlip("é" * 43, "123456"), OfferSlip(UNKNOWN + "A" * 80, "123456")]
    answers = wrong + refused + [visitor.redeem(one) for one in foreign + shapeless]
    assert same(answers).status == 400
    assert answers[0].error == "invalid_grant"


def test_a_code_without_a_transaction_code(world, visitor):
    (waiting,) = slips(world, 1)
    form = "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code="
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answers = [visitor.ask("POST", "/token", (form + code).encode(), headers) for code in (waiting.code, UNKNOWN)]
    assert same(answers).error == "invalid_request"
    assert visitor.redeem(waiting).status == 200


def test_tokens(world, visitor):
    live, late = slips(world, 2)
    expired = visitor.token(late)
    expire(world, "grants")
    answers = [visitor.credential(one) for one in (expired, UNKNOWN, live.code, secrets.token_urlsafe(32), "x")]
    assert same(answers).status == 401
    assert answers[0].error == "invalid_token"
    assert visitor.credential(visitor.token(live)).status == 200


def test_a_token_shows_nothing_before_it_is_good(visitor):
    """The request is not even parsed: its faults are told to who has a token."""
    bad = [b"{", b"", b'{"credential_configuration_id":"other"}', b'{"a":1,"a":2}', b"[" * 2000]
    headers = {"Authorization": f"Bearer {UNKNOWN}", "content-type": "application/json"}
    assert same([visitor.ask("POST", "/credential", body, headers) for body in bad]).status == 401


def test_nonces(world, visitor):
    token = visitor.token(*slips(world, 1))
    used = visitor.nonce()
    assert visitor.credential(token, nonce=used, copies=1).status == 200
    genuine = base64url.decode(visitor.nonce())
    forged = base64url.encode(genuine[:-1] + bytes([genuine[-1] ^ 1]))
    unknown_ones = [forged, UNKNOWN, base64url.encode(secrets.token_bytes(48)), "x", secrets.token_hex(32)]
    answers = [visitor.credential(token, nonce=one) for one in (used, *unknown_ones)]
    assert same(answers).status == 400
    assert answers[0].error == "invalid_nonce"


def test_a_nonce_cannot_be_burnt_by_who_only_saw_it(world, visitor):
    victim, attacker = (visitor.token(one) for one in slips(world, 2))
    nonce, now = visitor.nonce(), int(time.time())
    proof = build_proof(software.generate(), audience=visitor.issuer, nonce=nonce, now=now)
    header, payload, signature = proof.split(".")
    broken = ".".join([header, payload, ("A" if signature[0] != "A" else "B") + signature[1:]])
    message = {"credential_configuration_id": "pid_dc_sd_jwt", "proofs": {"jwt": [broken]}}
    headers = {"Authorization": f"Bearer {attacker}", "content-type": "application/json"}
    assert visitor.ask("POST", "/credential", json.dumps(message).encode(), headers).error == "invalid_proof"
    assert len(copies_in(visitor.credential(victim, nonce=nonce))) == 2


def test_status_lists(world, visitor):
    numbers = ["999999", "123456789", "5", "0", "-1", "1x", "9" * 30, "%31x", ""]
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        held = {str(row[0]) for row in connection.execute("SELECT list_id FROM lists")}
    answers = [visitor.ask("GET", f"/status/{one}") for one in numbers if one not in held]
    assert same([*answers, visitor.ask("GET", "/nothing")]).status == 404
    assert answers[0].body == b'{"error":"not_found"}'


def test_a_list_that_no_copy_uses_looks_like_any_other(world, visitor):
    """Its number, its size and its headers say nothing of how many titles there are."""
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        lists = [row[0] for row in connection.execute("SELECT list_id FROM lists ORDER BY list_id")]
    answers = [visitor.ask("GET", f"/status/{one}") for one in lists]
    assert {answer.status for answer in answers} == {200}
    assert len({len(visitor.status_list(f"{visitor.issuer}/status/{one}")) for one in lists}) == 1
