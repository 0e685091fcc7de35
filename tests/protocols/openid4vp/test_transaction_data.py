from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError, VerificationError
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.transaction_data import (
    STATEMENT,
    STATEMENTS,
    build_transaction_data,
    check_bound,
    hash_of,
    is_forbidden,
    parse_transaction_data,
)
from tests.refused import refusal


def credential(id_, type_="urn:fr:diploma:1", **more):
    return {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [type_]}} | more


QUERY = parse_query(
    {
        "credentials": [
            credential("a"),
            credential("b"),
            credential("pid", "urn:eudi:pid:fr:1"),
            credential("free", require_cryptographic_holder_binding=False),
        ]
    }
)
ENTRY = {"type": STATEMENT, "credential_ids": ["a"], "statement": "I agree"}


def read(*entries, types=STATEMENTS):
    return parse_transaction_data(build_transaction_data(entries), types=types, query=QUERY)


def test_what_is_hashed_is_the_text_that_came():
    (encoded,) = build_transaction_data([ENTRY])
    (entry,) = read(ENTRY)
    assert (entry.encoded, entry.type, entry.credential_ids) == (encoded, STATEMENT, ("a",))
    assert entry.content == {"statement": "I agree"}
    # RFC 6234's way, not ours: over the characters of the encoded string.
    import hashlib

    assert base64url.decode(hash_of(encoded)) == hashlib.sha256(encoded.encode()).digest()
    spaced = base64url.encode(b' {"type":"x"}')
    assert hash_of(spaced) != hash_of(base64url.encode(b'{"type":"x"}'))
    assert "agree" not in repr(entry)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "unheard_of"}, "transaction_data_unsupported"),
        ({"type": None}, "transaction_data_unsupported"),
        ({"type": 7}, "transaction_data_unsupported"),
        ({"more": 1}, "invalid_transaction_data"),
        ({"statement": None}, "invalid_transaction_data"),
        ({"statement": 7}, "invalid_transaction_data"),
        ({"credential_ids": None}, "invalid_transaction_data"),
        ({"credential_ids": []}, "invalid_transaction_data"),
        ({"credential_ids": ["z"]}, "invalid_transaction_data"),
        ({"credential_ids": ["free"]}, "invalid_transaction_data"),
        ({"credential_ids": "a"}, "invalid_transaction_data"),
        ({"credential_ids": ["pid"]}, "transaction_data_forbidden"),
        ({"credential_ids": ["a", "pid"]}, "transaction_data_forbidden"),
        ({"transaction_data_hashes_alg": ["sha-512"]}, "invalid_transaction_data"),
        ({"transaction_data_hashes_alg": []}, "invalid_transaction_data"),
        ({"transaction_data_hashes_alg": "sha-256"}, "invalid_transaction_data"),
    ],
)
def test_an_entry_that_is_not_wholly_understood_refuses_the_request(changes, code):
    read(ENTRY, {**ENTRY, "transaction_data_hashes_alg": ["sha-512", "sha-256"]})
    broken = {name: value for name, value in (ENTRY | changes).items() if value is not None}
    assert refusal(lambda: read(ENTRY, broken)) == code


def test_by_default_no_type_is_understood():
    assert refusal(lambda: read(ENTRY, types={})) == "transaction_data_unsupported"


@pytest.mark.parametrize(
    "encoded", [[], ["é"], ["="], ["AA"], ["e30"] * 2, [f"e30{at}" for at in range(20)], [base64url.encode(b"[1]")]]
)
def test_what_is_no_entry(encoded):
    code = refusal(lambda: parse_transaction_data(encoded, types=STATEMENTS, query=QUERY))
    assert code == "invalid_transaction_data"


def test_duplicate_members_do_not_hide_what_is_signed():
    twice = base64url.encode(json.encode(ENTRY)[:-1] + b',"statement":"I give all"}')
    code = refusal(lambda: parse_transaction_data([twice], types=STATEMENTS, query=QUERY))
    assert code == "invalid_transaction_data"


@pytest.mark.parametrize("type_", ["urn:eudi:pid:1", "urn:eudi:pid:fr:1", "eu.europa.ec.eudi.pid.1"])
def test_identification_data_never_sign(type_):
    assert is_forbidden(type_)
    assert not is_forbidden("urn:fr:diploma:1")


def test_every_entry_is_signed_by_a_credential_meant_for_it_and_nothing_else_is():
    entries = read(ENTRY, ENTRY | {"credential_ids": ["a", "b"], "statement": "and this"})
    first, second = (hash_of(entry.encoded) for entry in entries)
    check_bound(entries, {"a": [first], "b": [second]})
    check_bound(entries, {"a": [first, second], "b": []})
    check_bound((), {"a": []})
    for signed in (
        {},
        {"a": [first]},
        {"a": [second]},
        {"b": [first, second]},
        {"a": [first, second, "other"]},
        {"a": [first, second], "b": [second]},
    ):
        with pytest.raises(VerificationError) as error:
            check_bound(entries, signed)
        assert error.value.code == "transaction_data_unbound"
    assert refusal(lambda: check_bound((), {"a": [first]})) == "transaction_data_unbound"


@settings(deadline=None)
@given(st.lists(st.text(max_size=60) | st.binary(max_size=40).map(base64url.encode), max_size=3))
def test_any_text_is_an_entry_or_refused_with_a_code(encoded):
    for types in (STATEMENTS, None):
        with suppress(DidkitError):
            assert parse_transaction_data(encoded, types=types, query=QUERY)
