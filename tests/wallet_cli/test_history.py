import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import ParseError
from tests.wallet_cli.history_event import EVENT, TEXT
from wallet_cli import history
from wallet_cli.history import MAX_BYTES, MAX_EVENTS, MAX_PATHS, MAX_TEXT, Event, build, parse, with_event
from wallet_cli.reading import path_name, paths_in


@given(st.lists(EVENT, max_size=4))
def test_what_is_written_is_read(events):
    raw = json.encode([build(event) for event in events])
    assert parse(json.parse(raw)) == tuple(events)


@given(
    st.lists(
        st.none() | st.integers() | TEXT | st.dictionaries(TEXT, st.integers())
        | st.builds(lambda event, name, value: build(event) | {name: value}, EVENT,
                    st.sampled_from(["at", "what", "paths", "code", "more"]),
                    st.none() | st.booleans() | st.lists(st.integers() | st.lists(st.integers()), min_size=1)),
        min_size=1,
    )
)  # fmt: skip
def test_anything_else_is_refused_with_one_code(values):
    with pytest.raises(ParseError) as error:
        parse(values)
    assert error.value.code == "vault_malformed"


def test_the_oldest_events_go_first():
    log = ()
    for at in range(MAX_EVENTS + 5):
        log = (*log, Event(at, "deleted"))
    log = with_event(log, Event(7, "received"))
    assert len(log) == MAX_EVENTS
    assert (log[0].at, log[-1]) == (6, Event(7, "received"))
    with pytest.raises(ParseError):
        parse([build(Event(1, "deleted"))] * (MAX_EVENTS + 1))


def test_an_unknown_party_cannot_fill_the_log_by_itself():
    long = "x" * 100_000
    paths = tuple((long, str(number)) for number in range(1000))
    log = with_event((), Event(1, "failed", verifier=long, client_id=long, paths=paths))
    (event,) = log
    assert len(event.verifier) == len(event.client_id) == len(event.paths[0][0]) == MAX_TEXT
    assert len(event.paths) == MAX_PATHS
    for at in range(100):
        log = with_event(log, Event(at, "presented", paths=paths))
    assert 1 < len(log) < 100
    assert len(json.encode([build(one) for one in log])) <= MAX_BYTES + len(log) + 1
    assert log[-1].at == 99


def test_an_event_that_is_larger_than_the_log_does_not_break_it(monkeypatch):
    monkeypatch.setattr(history, "MAX_BYTES", 10)
    assert with_event((Event(1, "deleted"),), Event(2, "deleted")) == ()


def test_no_name_of_a_party_in_a_repr():
    assert "Gare" not in repr(Event(1, "presented", verifier="Gare", client_id="Gare", paths=(("Gare",),)))


def test_paths_say_where_and_not_which():
    claims = {"nationalities": ["FR", "BE"], "address": {"locality": "Bourg"}, "aliases": []}
    assert paths_in(claims) == (("nationalities", None), ("address", "locality"), ("aliases",))
    assert path_name(("nationalities", None), "urn:eudi:pid:fr:1", "en") == ("Nationalities", True)
    assert path_name(("a", None, "b"), "urn:unknown", "en") == ("a.*.b", False)
    assert path_name(("a", "Nationalities"), "urn:eudi:pid:fr:1", "en") == ("a.Nationalities", False)
