import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software, x509
from didkit_fr.trust.anchors import MAX_ANCHORS, MAX_BYTES, Anchor, Anchors

NOW = 1_800_000_000
SIGNER = software.generate()


def root(name):
    return x509.issue_root(SIGNER, name=name, country="FR", now=NOW, days=365)


IDENTITY = Anchor("Identité", root("Identité"), frozenset({"credential", "status"}), frozenset({"urn:pid", "urn:age"}))
LICENCE = Anchor("Permis", root("Permis"), frozenset({"credential"}), frozenset({"urn:licence"}))
PARTIES = Anchor("Parties", root("Parties"), frozenset({"request"}), frozenset())
ALL = Anchors((IDENTITY, LICENCE, PARTIES))
CITY = Anchor("Ville", None, frozenset({"credential", "status"}), frozenset({"urn:card"}), did="did:web:ville.example")
SCHOOL = Anchor("École", None, frozenset({"credential"}), frozenset({"urn:diploma"}), issuer="https://school.example/a")
ROWS = json.loads(ALL.encode())["anchors"]


def refused(raw, code="anchors_malformed"):
    with pytest.raises(DidkitError) as error:
        Anchors.parse(raw)
    assert error.value.code == code
    return error.value.detail


def file_of(*rows):
    return json.dumps({"anchors": rows}).encode()


def test_file_is_read_back():
    assert Anchors.parse(ALL.encode()) == ALL
    assert ALL.encode() == Anchors.parse(ALL.encode()).encode()


def test_anchors_may_be_a_did_or_an_address():
    anchors = Anchors((IDENTITY, CITY, SCHOOL))
    assert Anchors.parse(anchors.encode()) == anchors
    rows = json.loads(anchors.encode())["anchors"]
    assert rows[1]["did"] == "did:web:ville.example"
    assert rows[2]["issuer"] == "https://school.example/a"
    assert anchors.admitting("credential", "urn:card") == (CITY,)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"did": None}, "anchor 0: did"),
        ({"did": "ville.example"}, "anchor 0: did"),
        ({"did": "did:web:ville.example#key-1"}, "anchor 0: did"),
        ({"did": "did:web:ville.example/a"}, "anchor 0: did"),
        ({"did": "did:web:ville.example "}, "anchor 0: did"),
        ({"did": "did:web:"}, "anchor 0: did"),
        ({"did": "did:web:" + "a" * 5000}, "anchor 0: did"),
        ({"certificate": ROWS[0]["certificate"]}, "anchor 0: one of certificate, did, issuer is due"),
        ({"issuer": "https://a.example"}, "anchor 0: one of certificate, did, issuer is due"),
    ],
)
def test_hostile_rows_with_a_did(changes, detail):
    row = {"name": "Ville", "roles": ["credential"], "types": ["urn:card"], "did": "did:web:ville.example"}
    assert refused(file_of({**row, **changes})) == detail


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        "",
        "https://",
        "http://a.example",
        "did:web:a.example",
        "https://a.example?x",
        "https://a.example#x",
        "https://user@a.example",
        "https://user:pass@a.example",
        "https://a.example:0",
        "https://a.example:99999",
        "https://a.example/a b",
        "https://a.example/\n",
        "https://é.example",
        "https://[::1",
        "HTTPS://A.EXAMPLE\\b",
        "https://a.example/" + "a" * 300,
    ],
)
def test_hostile_rows_with_an_address(issuer):
    row = {"name": "École", "roles": ["credential"], "types": ["urn:card"], "issuer": issuer}
    assert refused(file_of(row)) == "anchor 0: issuer"


def test_an_anchor_is_somebody_and_one_only():
    for options in ({}, {"did": "did:web:a.example", "issuer": "https://a.example"}):
        with pytest.raises(DidkitError) as error:
            Anchor("x", None, frozenset({"status"}), frozenset(), **options)
        assert error.value.code == "anchors_malformed"
    with pytest.raises(DidkitError):
        Anchor("x", IDENTITY.certificate, frozenset({"status"}), frozenset(), did="did:web:a.example")


def test_nobody_is_a_valid_decision():
    assert Anchors.parse(b'{"anchors":[]}') == Anchors(())
    assert Anchors(()).admitting("credential", "urn:pid") == ()


def test_each_role_and_type_admits_its_own():
    assert ALL.admitting("credential", "urn:pid") == (IDENTITY,)
    assert ALL.admitting("credential", "urn:licence") == (LICENCE,)
    assert ALL.admitting("credential", "urn:passport") == ()
    assert ALL.admitting("credential", "urn:pi") == ()
    assert ALL.admitting("credential") == (IDENTITY, LICENCE)
    assert ALL.admitting("status") == (IDENTITY,)
    assert ALL.admitting("request") == (PARTIES,)
    assert ALL.admitting("anything") == ()


def test_types_may_be_left_out_where_there_are_none():
    row = {name: value for name, value in ROWS[2].items() if name != "types"}
    assert Anchors.parse(file_of(row)).anchors == (PARTIES,)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"name": ""}, "anchor 0: name"),
        ({"name": 1}, "anchor 0: name"),
        ({"name": "x" * 257}, "anchor 0: name"),
        ({"name": "\x1b[2J"}, "anchor 0: name"),
        ({"roles": []}, "anchor 0: roles"),
        ({"roles": "credential"}, "anchor 0: roles"),
        ({"roles": ["credential", "credential"]}, "anchor 0: roles"),
        ({"roles": ["credential", "everything"]}, "anchor 0: roles"),
        ({"roles": [["credential"]]}, "anchor 0: roles"),
        ({"roles": None}, "anchor 0: roles"),
        ({"types": []}, "anchor 0: types"),
        ({"types": None}, "anchor 0: types"),
        ({"types": [""]}, "anchor 0: types"),
        ({"types": [{}]}, "anchor 0: types"),
        ({"types": ["urn:pid", "urn:pid"]}, "anchor 0: types"),
        ({"types": [f"urn:{at}" for at in range(65)]}, "anchor 0: types"),
        ({"roles": ["status"]}, "anchor 0: types"),
        ({"certificate": None}, "anchor 0: certificate"),
        ({"did": "did:web:a.example"}, "anchor 0: one of certificate, did, issuer is due"),
        ({"certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, "anchor 0: certificate"),
        ({"certificate": ROWS[0]["certificate"] + ROWS[1]["certificate"]}, "anchor 0: certificate"),
        ({"certificate": "x" * 100_000}, "anchor 0: certificate"),
        ({"type": ["urn:pid"]}, "anchor 0: members"),
    ],
)
def test_hostile_rows(changes, detail):
    assert refused(file_of({**ROWS[0], **changes})) == detail


@pytest.mark.parametrize("document", [{}, {"anchors": {}}, {"anchors": None}, {"anchors": [], "comment": ""}])
def test_hostile_documents(document):
    refused(json.dumps(document).encode())


def test_rows_that_are_no_objects():
    for row in (None, [], "x", 1):
        assert refused(file_of(row)) == "anchor 0: members"


def test_repeated_anchors():
    assert refused(file_of(ROWS[0], ROWS[0])) == "an anchor is repeated"
    assert refused(file_of(ROWS[0], {**ROWS[0], "name": "other"})) == "an anchor is repeated"
    did = {"name": "a", "roles": ["status"], "did": "did:web:a.example"}
    assert refused(file_of(did, {**did, "name": "b"})) == "an anchor is repeated"
    assert len(Anchors.parse(file_of(did, {**did, "name": "b", "did": "did:web:b.example"})).anchors) == 2
    assert refused(file_of(ROWS[0], {**ROWS[1], "name": ROWS[0]["name"]})) == "an anchor is repeated"


def test_limits():
    refused(file_of(*[{}] * (MAX_ANCHORS + 1)))
    refused(b" " * (MAX_BYTES + 1), "input_too_large")
    refused(b"[]", "json_not_object")
    refused(b'{"anchors":[],"anchors":[]}', "json_duplicate_key")
    refused(b"", "json_invalid")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["credential", ROWS[0]["certificate"]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(ROWS[0])), inner),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_read_or_refused(value):
    try:
        Anchors.parse(json.dumps({"anchors": value}).encode())
    except DidkitError as error:
        assert error.code in {"anchors_malformed", "json_surrogate", "json_invalid", "json_duplicate_key"}  # noqa: PT017 - or it is read


def test_that_certificates_name_their_types_is_demanded_by_name_and_of_a_root_only():
    demanding = Anchors((replace(IDENTITY, leaf_types=True), LICENCE))
    assert Anchors.parse(demanding.encode()) == demanding
    assert json.loads(demanding.encode())["anchors"][0]["leaf_types"] is True
    assert [one.leaf_types for one in Anchors.parse(file_of(ROWS[0], {**ROWS[1], "leaf_types": False})).anchors] == [
        False,
        False,
    ]
    assert not any("leaf_types" in row for row in ROWS)
    for value in (None, 0, 1, "true", [], {}):
        assert refused(file_of({**ROWS[0], "leaf_types": value})) == "anchor 0: leaf_types"
    did = {"name": "Ville", "roles": ["credential"], "types": ["urn:card"], "did": "did:web:ville.example"}
    for value in (True, False):
        assert refused(file_of({**did, "leaf_types": value})) == "anchor 0: leaf_types"
