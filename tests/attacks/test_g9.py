"""Attacks on G9: to be contacted before anybody agreed, to learn what is not disclosed, to speak as the wallet does."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.error_table import CODES
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.offer import OfferReference, build_offer_reference, parse_offer_uri
from didkit_fr.protocols.openid4vp.dcql import Held, parse_query, select
from didkit_fr.protocols.openid4vp.link import build_link
from didkit_fr.protocols.openid4vp.response import parse_answer
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT
from tests.attacks.wallets import loopback, ran
from tests.wallet_cli.presenting import BAR, CAFE, Agreeing, fill, present, refused
from tests.wallet_cli.terminal import on_a_terminal
from tests.wallet_cli.world import CLAIMS, DIPLOMA, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli.commands import delete, init, log, show
from wallet_cli.commands import list as listing
from wallet_cli.commands.receive import _tx_code, agreed_offer
from wallet_cli.output import Output
from wallet_cli.pending import Pending
from wallet_cli.vault import create, open_vault
from wallet_cli.words import width_of

YES, NO, USAGE = 0, 1, 2


# --- who is contacted before anybody agreed


@pytest.fixture
def real(tmp_path):
    """A world of today, with a wallet that may speak to loopback."""
    world = World(now=int(time.time()))
    create(tmp_path / "wallet", world.contents(world.title(expires=world.now + 86_400)), lambda: PASSPHRASE, cost=TINY)
    return world


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_makes_the_wallet_contact_nobody_before_the_citizen_saw_whom(real, folder, method):
    with loopback() as server:
        real.base = server.address
        link, cafe, server.fetcher = real.ask(["age_over_18"], party=CAFE)
        link = build_link(cafe, f"{server.address}/request", method=method)
        _, bar, _ = real.ask(["age_over_18"], party=BAR)
        alone = ran(folder, "present", stdin=link)
        assert (alone[0], "no terminal" in alone[2]) == (USAGE, True)
        assert f'  | "{server.address}"' in alone[2].splitlines()
        assert ("is posted there" in alone[2]) is (method == "post")
        other = ran(folder, "present", "--yes", "--verifier", bar, stdin=link)
        assert (other[0], other[2].startswith("error: consent_mismatch: ")) == (NO, True)
        unnamed = ran(folder, "present", "--verifier", bar, stdin=link)
        assert (unnamed[0], unnamed[2].startswith("error: consent_mismatch: ")) == (NO, True)
        assert server.connections == 0
    assert real.posted == []


@pytest.mark.guarantee("G9")
def test_only_a_yes_on_the_terminal_has_the_request_fetched(real, folder):
    prompts = ["passphrase of the vault: ", "fetch the request from there? [y/N] "]
    with loopback() as server:
        real.base = server.address
        link, _, server.fetcher = real.ask(["age_over_18"])
        status, _, _ = on_a_terminal(folder, "present", link, typed=[PASSPHRASE.decode(), ""], prompts=prompts)
        assert (status, server.connections) == (NO, 0)
        prompts = [*prompts, "send this? [y/N] "]
        status, _, _ = on_a_terminal(folder, "present", link, typed=[PASSPHRASE.decode(), "y", "n"], prompts=prompts)
        assert (status, server.connections) == (NO, 1)
    assert real.posted == []


@pytest.mark.guarantee("G9")
def test_what_is_fetched_must_prove_who_the_link_named(real, folder):
    with loopback() as server:
        real.base = server.address
        _, cafe, _ = real.ask(["age_over_18"], party=CAFE)
        _, _, server.fetcher = real.ask(["age_over_18"], party=BAR)
        link = build_link(cafe, f"{server.address}/request")
        status, _, said = ran(folder, "present", "--yes", "--verifier", cafe, stdin=link)
        assert (status, server.connections) == (NO, 1)
        assert "error: client_id_mismatch: " in said
    assert real.posted == []


class Stern(Refusing):
    """A citizen who has nothing fetched."""

    def agrees(self, question, *, beforehand):
        return beforehand and bool(question)


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize(
    ("host", "contacted"),
    [("rp.example", True), ("evil.example", False), ("rp.example.evil.example", False), ("rp.example:8443", True)],
)
def test_a_name_agreed_to_beforehand_is_no_yes_to_another_host(world, folder, host, contacted):
    fill(world, folder)
    asked = []

    def watched(batch):
        asked.extend(batch)
        return [Response(404, b"") for _ in batch]

    link = build_link("x509_san_dns:rp.example", f"https://{host}/request")
    code = refused(folder, link, watched, kind=Stern)
    assert (code, bool(asked)) == (("fetch_status", True) if contacted else ("access_denied", False))


@pytest.mark.guarantee("G9")
def test_an_offer_that_lies_elsewhere_is_not_fetched_by_a_yes_to_its_issuer(folder):
    stern = session(folder, kind=Stern)
    for where, issuer in [("https://evil.example/o", "https://issuer.example"), ("https://issuer.example/o", None)]:
        with pytest.raises(DidkitError) as error:
            agreed_offer(stern, OfferReference(where), pytest.fail, issuer=issuer, yes=True)
        assert error.value.code == "access_denied"


def waiting_in(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return vault.contents.pending


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize("by_reference", [False, True], ids=["by value", "by reference"])
def test_an_offer_makes_the_wallet_contact_nobody_before_the_citizen_saw_whom(real, folder, by_reference):
    with loopback() as server:
        link, server.fetcher = real.offer(server.address)
        link = build_offer_reference(f"{server.address}/offers/one") if by_reference else link
        for agreed in ([], ["--issuer", server.address]):
            status, _, said = ran(folder, "receive", *agreed, stdin=link, tx_code="123456")
            assert (status, "no terminal" in said) == (USAGE, True)
            assert f'  | "{server.address}"' in said.splitlines()
            assert "learns your network address" in said
        other = ["--yes", "--issuer", "https://issuer.example"]
        status, _, said = ran(folder, "receive", *other, stdin=link, tx_code="123456")
        assert status == (USAGE if by_reference else NO)
        assert "no terminal" in said if by_reference else "error: consent_mismatch: " in said
        prompts = ["passphrase of the vault: ", "offer link: ", "network address [y/N] "]
        for answer in ("", "n"):
            typed = [PASSPHRASE.decode(), link, answer]
            status, _, said = on_a_terminal(folder, "receive", typed=typed, prompts=prompts)
            assert (status, "nothing was sent" in said) == (NO, True)
        assert server.connections == 0
        assert waiting_in(folder) == ()


@pytest.mark.guarantee("G9")
def test_lines_that_were_pasted_behind_a_link_agree_to_nothing(real, folder):
    with loopback() as server:
        link, server.fetcher = real.offer(server.address)
        prompts = ["passphrase of the vault: ", "offer link: ", "network address [y/N] "]
        typed = [PASSPHRASE.decode(), f"{link}\ny\ny", "n"]
        status, _, _ = on_a_terminal(folder, "receive", typed=typed, prompts=prompts)
        assert (status, server.connections) == (NO, 0)
    assert waiting_in(folder) == ()


@pytest.mark.guarantee("G9")
def test_with_yes_the_issuer_that_was_named_is_contacted_and_no_other(real, folder):
    with loopback() as named, loopback() as other:
        link, named.fetcher = real.offer(named.address)
        forged, other.fetcher = real.offer(other.address)
        agreed = ("--yes", "--issuer", named.address)
        assert ran(folder, "receive", *agreed, stdin=forged, tx_code="123456")[0] == NO
        assert (named.connections, other.connections) == (0, 0)
        assert ran(folder, "receive", *agreed, stdin=link, tx_code="123456")[0] == YES
        assert named.connections > 0
        assert other.connections == 0


class Asked(Refusing):
    """A citizen who remembers what they were asked, and has all of it contacted."""

    questions: ClassVar[list[str]] = []

    def agrees(self, question, *, beforehand):
        self.questions.extend([] if beforehand else [question])
        return super().agrees(question, beforehand=beforehand)


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize(
    ("address", "begun", "questions"),
    [
        ("https://issuer.example/offers/one", False, 1),
        ("https://issuer.example:8443/offers/one", False, 2),
        ("https://issuer.example.evil.example/o", False, 2),
        ("https://evil.example/o", True, 1),
        (None, False, 1),
        (None, True, 0),
    ],
)
def test_each_address_is_asked_about_once_and_an_offer_that_was_agreed_to_never_again(
    world, folder, address, begun, questions
):
    offer = parse_offer_uri(world.offer()[0])
    found = OfferReference(address) if address else offer
    waits = [Pending(0, "", offer.to_json(), {})] if begun else []
    citizen = session(folder, kind=Asked)
    Asked.questions = []

    def answer(batch):
        assert [request.url for request in batch] == [address]
        assert Asked.questions == ["ask_contact"]
        return [Response(200, offer.encode(), {"content-type": "application/json"})]

    assert agreed_offer(citizen, found, answer, waits=waits, issuer=None, yes=False) == offer
    assert Asked.questions == ["ask_contact"] * questions


@pytest.mark.parametrize(
    "where", ["javascript:x", "https://a@b.example/", "https://b.example\\@c", "//x", "https://é.fr"]
)
@pytest.mark.guarantee("G9")
def test_an_address_that_cannot_be_shown_as_one_is_refused(world, folder, where):
    fill(world, folder)
    assert refused(folder, build_link("x509_hash:abc", where), pytest.fail) == "request_link_invalid"


@pytest.mark.guarantee("G9")
def test_a_long_address_is_shown_to_its_end(world, folder, capsys):
    fill(world, folder)
    host = f"bank.example.{'a' * 60}.{'b' * 60}.{'c' * 60}.evil.example"
    link = build_link("x509_hash:abc", f"https://{host}/r")
    assert refused(folder, link, pytest.fail, yes=False, kind=Stern) == "access_denied"
    shown = "".join(
        line.removeprefix("  | ") for line in capsys.readouterr().err.splitlines() if line.startswith("  | ")
    )
    assert f'"https://{host}"' in shown


# --- what is told by which alternative is answered

NAMES = ["a", "b", "c"]
HELD = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["urn:x", "urn:y"]), "claims": st.sets(st.sampled_from(NAMES))}),
    min_size=1,
    max_size=3,
)
CLAIM = st.fixed_dictionaries({}, optional={"values": st.lists(st.integers(0, 1), min_size=1, max_size=2)})
SETS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True), min_size=1, max_size=3)


@st.composite
def credential_queries(draw):
    """Three queries, each with some claims, some values and some claim sets."""
    made = []
    for id_ in NAMES:
        claims = [{"id": name, "path": [name]} | draw(CLAIM) for name in NAMES]
        one = {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [draw(st.sampled_from(["urn:x", "urn:y"]))]}}
        made.append(one | {"claims": claims, "claim_sets": draw(SETS)})
    return made


CREDENTIAL_SETS = st.lists(
    st.fixed_dictionaries({"options": SETS}, optional={"required": st.booleans()}), min_size=1, max_size=2
)


def told(query, held, value_of):
    """Which queries are answered, with which claims; None where nothing is."""
    wallet = [
        Held(str(place), "dc+sd-jwt", one["type"], {name: value_of(place, name) for name in one["claims"]})
        for place, one in enumerate(held)
    ]
    with suppress(DidkitError):
        return [(choice.query_id, choice.paths) for choice in select(query, wallet)]
    return None


@pytest.mark.guarantee("G9")
@settings(max_examples=400, deadline=None)
@given(HELD, credential_queries(), st.none() | CREDENTIAL_SETS, st.data())
def test_which_alternative_is_answered_depends_on_no_value(held, queries, sets, data):
    """Whatever the values are, a wallet answers the same alternative or nothing, as where its citizen says no."""
    query = parse_query({"credentials": queries} | ({} if sets is None else {"credential_sets": sets}))
    values = [data.draw(st.lists(st.integers(0, 1), min_size=9, max_size=9)) for _ in range(4)]
    answers = [told(query, held, lambda at, name, one=one: one[3 * at + NAMES.index(name)]) for one in values]
    given = [answer for answer in answers if answer is not None]
    assert all(answer == given[0] for answer in given)


def age_or_name():
    claims = [{"id": "age", "path": ["age_over_18"], "values": [True]}, {"id": "name", "path": ["given_name"]}]
    return {"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": claims}


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize("of_age", [True, False])
def test_who_asks_for_an_age_or_a_name_does_not_learn_the_age_by_the_name(world, folder, of_age):
    fill(world, folder, world.title(claims=CLAIMS | {"age_over_18": of_age}))
    query = {"credentials": [age_or_name() | {"claim_sets": [["age"], ["name"]]}]}
    transaction, fetcher, party = world.ask_all(query)
    if of_age:
        present(folder, transaction.link, fetcher)
        assert "given_name" not in party.verify(world.posted[0], now=world.now)["q"][0].claims
    else:
        assert refused(folder, transaction.link, fetcher) == "nothing_matches"
        assert world.posted == []


@pytest.mark.guarantee("G9")
def test_that_a_title_lacks_what_was_liked_better_is_shown_before_it_is_told(world, folder, capsys):
    fill(world, folder, world.title(claims={name: value for name, value in CLAIMS.items() if name != "age_over_18"}))
    diploma = {"id": "d", "format": "dc+sd-jwt", "meta": {"vct_values": [DIPLOMA, "eu.europa.ec.av.1"]}}
    sets = [{"options": [["d"], ["q"]]}]
    query = {"credentials": [diploma, age_or_name() | {"claim_sets": [["age"], ["name"]]}], "credential_sets": sets}
    transaction, fetcher, _ = world.ask_all(query)
    assert refused(folder, transaction.link, fetcher, yes=False, kind=Refusing) == "access_denied"
    said = capsys.readouterr().err
    lacking = said.partition("your title does not have:\n")[2].splitlines()
    assert lacking[0] == "  18 or over"
    others = said.partition("this wallet does not show:\n")[2].splitlines()
    assert others[:2] == ["  Proof of age", f'  | "{DIPLOMA}"']


# --- words that would pass for the wallet's own

SPOKEN = "PAYNOW"
HOSTILE = [
    f"x\nsent: {SPOKEN}",
    f'"\r\nhint: {SPOKEN}',
    f"x\x1b[2K\x1b[1A{SPOKEN}",
    f"\u202e{SPOKEN}\u2066\u200b\u2028error: {SPOKEN}",
    f"\u3164\u115f\u2800\ufe0f\U000e0041{SPOKEN}",
    f"{'a' * 71}error: {SPOKEN}{'b' * 30}hint: {SPOKEN}" * 3,
    "漢" * 39 + f"hint: {SPOKEN}",
]


def check(captured, screen):
    """No line that looks like ours has their words, none is wider than the terminal, and every character is seen."""
    lines = [line for text in captured for line in text.split("\n")]
    for line in lines:
        assert all(character.isprintable() or character in "\u00a0\u202f" for character in line), line
        assert not set(line) & set("\u3164\u115f\u2800\ufe0f")
    theirs = [line for line in lines if line.lstrip(" ").startswith("| ") or (line[:2] == "  " and ': "' in line)]
    assert all(width_of(line) <= screen[0] for line in theirs)
    assert not any(SPOKEN in line for line in lines if line not in theirs)
    return theirs


@pytest.fixture(params=[(40, "en"), (40, "fr"), (80, "en"), (80, "fr")], ids=str)
def screen(request, monkeypatch):
    """The width of a terminal, and the language that is spoken on it."""
    monkeypatch.setenv("COLUMNS", str(request.param[0]))
    monkeypatch.setattr("wallet_cli.session.Session.passphrase", lambda _: PASSPHRASE)
    return request.param


texts = pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))


@pytest.mark.guarantee("G9")
@texts
def test_words_of_an_offer_do_not_pass_for_the_wallets(capsys, screen, hostile):
    raw = {
        "credential_issuer": "https://issuer.example",
        "credential_configuration_ids": ["pid"],
        "grants": {PRE_AUTHORIZED: {"pre-authorized_code": "c", "tx_code": {"description": hostile[:300]}}},
    }
    offer = parse_offer_uri(f"openid-credential-offer://?credential_offer={quote(json.dumps(raw))}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wallet_cli.inputs.read_secret", lambda *_, **__: b"123456")
        assert _tx_code(Output(screen[1]), offer, None) == "123456"
    assert check(capsys.readouterr(), screen)


@pytest.mark.guarantee("G9")
@texts
def test_words_of_an_issuer_do_not_pass_for_the_wallets(world, folder, capsys, screen, hostile):
    type_ = f"urn:x:{hostile}"
    claims = {"family_name": hostile, hostile: hostile, "nested": {hostile: [hostile]}}
    title = replace(world.title(type_=type_, claims=claims), issuer=f"https://x/{hostile}")
    create(folder, world.contents(title, world.title(id_="00000002", claims=CLAIMS | {"family_name": hostile})),
           lambda: PASSPHRASE, cost=TINY)  # fmt: skip
    citizen = session(folder, language=screen[1])
    listing.run(citizen)
    assert not check(capsys.readouterr(), screen)
    show.run(citizen, "00000001")
    assert check(capsys.readouterr(), screen)
    show.run(citizen, "00000002")
    assert check(capsys.readouterr(), screen)
    delete.run(citizen, "00000001", yes=True)
    assert check(capsys.readouterr(), screen)
    log.run(citizen, log.Filter(), export=None, clear=False, yes=False)
    assert check(capsys.readouterr(), screen)


@pytest.mark.guarantee("G9")
@texts
def test_words_of_a_relying_party_do_not_pass_for_the_wallets(world, folder, capsys, screen, hostile):
    fill(world, folder, world.title(type_=DIPLOMA, claims=CLAIMS | {"given_name": hostile}))
    asked = {"id": "d", "format": "dc+sd-jwt", "meta": {"vct_values": [DIPLOMA]}, "claims": [{"path": ["given_name"]}]}
    rather = {"id": "e", "format": "dc+sd-jwt", "meta": {"vct_values": [f"urn:{hostile}"]}}
    query = {"credentials": [rather, asked], "credential_sets": [{"options": [["e"], ["d"]]}]}
    entry = {"type": STATEMENT, "credential_ids": ["d"], "statement": hostile}
    world.answer = Response(
        200, json.dumps({"redirect_uri": f"https://evil.example/{'x' * 60}/error:{SPOKEN}"}).encode()
    )
    transaction, fetcher, _ = world.ask_all(query, party=hostile[-28:], transaction_data=[entry])
    present(folder, transaction.link, fetcher, yes=False, kind=Agreeing, language=screen[1])
    theirs = check(capsys.readouterr(), screen)
    assert len(theirs) >= 4
    citizen = session(folder, language=screen[1])
    log.run(citizen, log.Filter(), export=None, clear=False, yes=False)
    check(capsys.readouterr(), screen)


@pytest.mark.guarantee("G9")
def test_a_sentence_that_is_signed_is_read_whole_however_long(world, folder, capsys):
    fill(world, folder, world.title(type_=DIPLOMA))
    sentence = " ".join(f"word{number}" for number in range(900))
    query = {"credentials": [{"id": "d", "format": "dc+sd-jwt", "meta": {"vct_values": [DIPLOMA]}}]}
    entry = {"type": STATEMENT, "credential_ids": ["d"], "statement": sentence}
    transaction, fetcher, _ = world.ask_all(query, transaction_data=[entry])
    refused(folder, transaction.link, fetcher, yes=False, kind=Refusing)
    said = capsys.readouterr().err.partition("will be signed in your name:\n")[2].split("\n")
    whole = "".join(line.removeprefix("  | ") for line in said if line.startswith("  | "))
    assert sentence in whole


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize(
    ("code", "detail"), [("nothing_matches", SPOKEN), ("message_invalid", f"x) {SPOKEN} (error: {SPOKEN}" * 9)]
)
def test_what_others_named_in_an_error_does_not_pass_for_the_wallets(capsys, screen, code, detail):
    Output(screen[1]).fail(CODES[code].kind(code, detail))
    assert check(capsys.readouterr(), screen)


@pytest.mark.guarantee("G9")
@texts
def test_words_of_an_anchors_file_do_not_pass_for_the_wallets(world, capsys, screen, hostile):
    anchor = replace(world.anchors().anchors[0], name=hostile, types=frozenset({f"urn:{hostile}"}))
    init._report(Output(screen[1]), "vault", [anchor], insecure_loopback=False)
    assert check(capsys.readouterr(), screen)


@pytest.mark.guarantee("G9")
@pytest.mark.parametrize(
    "redirect", ["https://bank.example@evil.example/", "https://bank.example:x@evil.example", "https://é.fr"]
)
def test_a_redirect_that_hides_its_host_behind_another_name_is_refused(redirect):
    with pytest.raises(DidkitError) as error:
        parse_answer(json.dumps({"redirect_uri": redirect}).encode())
    assert error.value.code == "message_invalid"


@pytest.mark.guarantee("G9")
def test_a_character_that_some_terminal_shows_wide_counts_as_two():
    """Terminals know newer tables than Python: by theirs these take two columns, by Python's one."""
    assert [width_of(character) for character in "\u4dc0\u2630\U0001d300\U0001f600中"] == [2] * 5
    assert width_of("Préfecture de Police « Île-de-France » — Ελλάδα, Київ…") == 54
