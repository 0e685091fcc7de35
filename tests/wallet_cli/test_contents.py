import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import ParseError, VerificationError
from tests.wallet_cli.held_contents import CLIENT, CONTENTS, TEXT
from wallet_cli import contents as inside
from wallet_cli.contents import (
    Contents,
    HeldCopy,
    HeldCredential,
    HeldTitle,
    choose,
    find,
    new_id,
    resolve,
    settled,
    spend,
    waiting,
    with_title,
    without,
)
from wallet_cli.pending import MAX_AGE, MAX_PENDING, Pending, digest_of, lasting, with_pending

NAMES = ["version", "anchors", "titles", "insecure_loopback", "copies", "id", "forms", "pending", "keys", "offer"]


@given(CONTENTS)
def test_what_is_written_is_read(contents):
    assert inside.parse(inside.encode(contents)) == contents


@given(CONTENTS)
def test_no_secret_and_no_credential_in_a_repr(contents):
    held = [copy for title in contents.titles for credential in title.credentials for copy in credential.copies]
    assert not any(str(copy.secret) in repr(contents) for copy in held if len(copy.secret) > 4)
    assert all(repr(copy) == "HeldCopy()" for copy in held)


@given(CONTENTS, st.data())
def test_a_mutilated_content_is_refused_with_one_code_or_read(contents, data):
    raw = bytearray(inside.encode(contents))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(inside.parse(bytes(raw)), Contents)
    except ParseError as error:
        assert error.code == "vault_malformed"  # noqa: PT017 - a changed text may still be a vault's


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(NAMES),
                         inner, max_size=6)))  # fmt: skip
def test_any_json_is_refused_with_one_code(value):
    with pytest.raises(ParseError) as error:
        inside.parse(json.dumps(value).encode())
    assert error.value.code == "vault_malformed"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("state", "spent"),
        ("state", "used"),
        ("audience", "x509_hash:a"),
        ("audience", 1),
        ("secret", "+"),
        ("raw", None),
    ],
)
def test_a_copy_that_contradicts_itself_is_refused(member, value):
    raw = json.loads(inside.encode(Contents({}, insecure_loopback=False, titles=(_title([None]),))))
    raw["titles"][0]["forms"][0]["copies"][0][member] = value
    with pytest.raises(ParseError) as error:
        inside.parse(json.dumps(raw).encode())
    assert error.value.code == "vault_malformed"


@pytest.mark.parametrize("change", [{"version": 3}, {"version": True}, {"insecure_loopback": 1}, {"anchors": []}])
def test_another_shape_is_refused(change):
    raw = json.loads(inside.encode(Contents({}, insecure_loopback=False))) | change
    with pytest.raises(ParseError) as error:
        inside.parse(json.dumps(raw).encode())
    assert error.value.code == "vault_malformed"


def test_two_titles_of_one_identifier_and_a_title_without_credentials_or_copies_are_refused():
    title = _title([None])
    for titles in ((title, title), (HeldTitle("a", "", "", ()),), (_title([]),)):
        with pytest.raises(ParseError) as error:
            inside.parse(inside.encode(Contents({}, insecure_loopback=False, titles=titles)))
        assert error.value.code == "vault_malformed"


@given(st.lists(st.none() | CLIENT, max_size=6), CLIENT)
def test_a_copy_goes_to_one_party_only_and_fresh_ones_first(audiences, client_id):
    copies = _title(audiences or [None]).credentials[0].copies if audiences else ()
    free = [copy.audience for copy in copies]
    if not set(free) & {None, client_id}:
        with pytest.raises(VerificationError) as error:
            choose(copies, client_id)
        assert error.value.code == "no_copy_left"
        return
    chosen = choose(copies, client_id)
    assert chosen.reused is (None not in free)
    assert free[chosen.place] == (client_id if chosen.reused else None)


def test_the_full_client_identifier_decides_not_a_part_of_it():
    copies = _title(["x509_hash:abc"]).credentials[0].copies
    for other in ("abc", "x509_hash:ab", "x509_hash:abcd", "X509_HASH:ABC", "x509_san_dns:abc", ""):
        with pytest.raises(VerificationError) as error:
            choose(copies, other)
        assert error.value.code == "no_copy_left"


@pytest.mark.guarantee("G8")
@given(st.lists(CLIENT, max_size=12))
def test_whatever_the_order_of_parties_no_copy_is_shown_to_two(parties):
    contents = Contents({}, insecure_loopback=False, titles=(_title([None, None, None]),))
    seen = {}
    for client_id in parties:
        try:
            chosen = choose(contents.titles[0].credentials[0].copies, client_id)
        except VerificationError:
            continue
        contents = spend(contents, [("t", 0, chosen.place)], client_id=client_id)
        seen.setdefault(chosen.place, set()).add(client_id)
    assert all(len(of) == 1 for of in seen.values())
    assert contents.titles[0].fresh == 3 - len(seen)


def test_spending_changes_that_copy_only():
    contents = Contents({}, insecure_loopback=False, titles=(_title([None, None]), _title([None], id_="u")))
    spent = spend(contents, [("t", 0, 1)], client_id="x")
    assert [copy.audience for title in spent.titles for copy in title.credentials[0].copies] == [None, "x", None]
    assert spend(spent, [("t", 0, 1)], client_id="x") == spent
    with pytest.raises(VerificationError) as error:
        spend(spent, [("t", 0, 1)], client_id="y")
    assert error.value.code == "no_copy_left"


def test_titles_come_and_go():
    contents = with_title(Contents({}, insecure_loopback=False), _title([None]))
    assert find(contents, "t") is contents.titles[0]
    assert without(contents, "t").titles == ()
    for act in (find, without):
        with pytest.raises(VerificationError) as error:
            act(contents, "other")
        assert error.value.code == "title_not_held"


def test_a_new_identifier_is_of_no_other_title():
    drawn = iter([bytes(4), b"\x00\x00\x00\x01"])
    contents = Contents({}, insecure_loopback=False, titles=(_title([None], id_="00000000"),))
    assert new_id(contents, random=lambda _: next(drawn)) == "00000001"


def _title(audiences, id_="t"):
    copies = tuple(HeldCopy("raw", b"secret", audience) for audience in audiences)
    return HeldTitle(id_, "", "", (HeldCredential("", "dc+sd-jwt", "", None, copies),))


HELD = [
    ("3f9a1c20", "urn:eudi:pid:fr:1"),
    ("3f00aaaa", "urn:example:passport"),
    ("77777777", "urn:example:permit"),
    ("88888888", "urn:example:permit"),
]


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("3f9a1c20", 0), ("3f9", 0), ("3f0", 1), ("urn:eudi:pid:fr:1", 0), ("urn:eudi", 0), ("pid", 0),
        ("urn:example:pass", 1), ("7", 2),
    ],
)  # fmt: skip
def test_a_title_goes_by_its_id_its_type_or_the_beginning_of_one(wanted, place):
    assert resolve(holding(), wanted).id == HELD[place][0]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("", "title_not_held"), ("9", "title_not_held"), ("f9a1c20", "title_not_held"), ("pi", "title_not_held"),
        ("3f", "title_ambiguous"), ("urn:", "title_ambiguous"), ("urn:example:permit", "title_ambiguous"),
    ],
)  # fmt: skip
def test_what_names_none_or_several_titles_is_refused(wanted, code):
    with pytest.raises(VerificationError) as error:
        resolve(holding(), wanted)
    assert error.value.code == code


def holding():
    titles = (
        HeldTitle(id_, "i", "r", (HeldCredential("c", "f", type_, None, (HeldCopy("raw", b"s"),)),))
        for id_, type_ in HELD
    )
    return Contents({"anchors": []}, insecure_loopback=False, titles=tuple(titles))


def test_a_vault_of_the_first_version_has_an_empty_log():
    value = json.loads(inside.encode(holding()))
    del value["log"]
    assert inside.parse(json.dumps(value).encode()).log == ()
    for log in (None, {}, [1], [{}]):
        with pytest.raises(ParseError) as error:
            inside.parse(json.dumps(value | {"log": log}).encode())
        assert error.value.code == "vault_malformed"


def test_a_title_of_the_first_version_was_its_one_credential():
    value = json.loads(inside.encode(holding()))
    value["titles"] = [{**title, **title.pop("forms")[0]} for title in value["titles"]]
    assert inside.parse(json.dumps(value | {"version": 1}).encode()) == holding()


def test_spending_a_copy_of_one_credential_leaves_the_others():
    credentials = tuple(
        HeldCredential(name, name, name, end, (HeldCopy("raw", b"s"),)) for name, end in (("a", 9), ("b", None))
    )
    contents = Contents({}, insecure_loopback=False, titles=(HeldTitle("t", "", "", credentials),))
    (title,) = spend(contents, [("t", 1, 0)], client_id="x").titles
    assert [credential.fresh for credential in title.credentials] == [1, 0]
    assert (title.fresh, title.type, title.expires) == (0, "a", 9)
    assert [credential.is_valid(9) for credential in title.credentials] == [False, True]
    assert resolve(contents, "b").id == "t"


def begun(number, *, started=0):
    return Pending(started, digest_of(f"link {number}"), {"code": number}, {"pid": (b"secret",)})


def test_an_offer_that_was_begun_stands_once_and_goes_when_it_is_settled():
    contents = waiting(Contents({}, insecure_loopback=False), begun(1))
    contents = waiting(waiting(contents, begun(2)), replace(begun(1), kept="00000001"))
    assert [entry.offer["code"] for entry in contents.pending] == [2, 1]
    assert settled(contents, begun(1)).pending == (begun(2),)
    assert "secret" not in repr(contents.pending)


def test_offers_that_were_begun_are_few_and_none_is_kept_for_longer_than_a_day():
    contents = Contents({}, insecure_loopback=False)
    for number in range(MAX_PENDING + 1):
        contents = waiting(contents, begun(number))
    assert [entry.offer["code"] for entry in contents.pending] == list(range(1, MAX_PENDING + 1))
    assert lasting(contents.pending, now=MAX_AGE - 1) == contents.pending
    assert lasting(contents.pending, now=MAX_AGE) == ()
    assert lasting((begun(1, started=MAX_AGE),), now=0) == ()


@pytest.mark.parametrize(
    ("member", "value"),
    [("started", "0"), ("started", True), ("link", 1), ("offer", []), ("keys", []), ("keys", {"pid": "x"}),
     ("keys", {"pid": [1]}), ("keys", {"pid": ["+"]}), ("token", None), ("kept", None), ("notifications", ["a", 1])],
)  # fmt: skip
def test_an_offer_of_another_shape_is_refused(member, value):
    raw = json.loads(inside.encode(waiting(Contents({}, insecure_loopback=False), begun(1))))
    raw["pending"][0][member] = value
    with pytest.raises(ParseError) as error:
        inside.parse(json.dumps(raw).encode())
    assert error.value.code == "vault_malformed"


def held(number, *, token=None):
    return Pending(1, digest_of(str(number)), {"code": number}, {}, token or {})


@pytest.mark.guarantee("G20")
def test_an_offer_whose_token_came_makes_way_for_none():
    entries = with_pending((), held(0, token={"access_token": "t"}))
    for number in range(1, 3 * MAX_PENDING):
        entries = with_pending(entries, held(number))
        assert entries[0].offer == {"code": 0}
        assert len(entries) <= MAX_PENDING
    for number in range(MAX_PENDING):
        entries = with_pending(entries, held(number, token={"access_token": "t"}))
    with pytest.raises(VerificationError) as error:
        with_pending(entries, held(99))
    assert error.value.code == "vault_full"
