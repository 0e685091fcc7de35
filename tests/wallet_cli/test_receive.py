import os
from dataclasses import replace

import pytest
import segno

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response
from didkit_fr.keys.software import from_secret
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from didkit_fr.protocols.openid4vci.offer import parse_offer
from tests.wallet_cli.receiving import held, pending_in, receive, refused
from tests.wallet_cli.world import CLAIMS, ISSUER, NOW, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli.collecting import PAUSES
from wallet_cli.commands.receive import _tx_code, run
from wallet_cli.contents import without
from wallet_cli.history import build
from wallet_cli.output import Output
from wallet_cli.vault import create, open_vault


@pytest.fixture
def folder(tmp_path, world):
    create(tmp_path / "wallet", world.contents(), lambda: PASSPHRASE, cost=TINY)
    return tmp_path / "wallet"


def test_copies_are_kept_each_with_its_own_key(world, folder, capsys):
    receive(folder, *world.offer(), language="fr")
    (title,) = held(folder)
    (credential,) = title.credentials
    assert (title.type, title.issuer, credential.format, credential.configuration) == (VCT, ISSUER, "dc+sd-jwt", "pid")
    assert title.expires == NOW - NOW % 86_400 + 14 * 86_400
    assert [copy.raw for copy in credential.copies] == world.issued
    keys = {sd_jwt.parse(copy.raw).jws.unverified_claims()["cnf"]["jwk"]["x"] for copy in credential.copies}
    assert len(keys) == len(credential.copies) == title.fresh == 4
    signers = [from_secret(copy.secret) for copy in credential.copies]
    assert len({signer.public_key for signer in signers}) == 4
    said = capsys.readouterr()
    assert CLAIMS["family_name"] in said.err
    assert "Titres" in said.err
    assert title.id in said.out
    assert CLAIMS["family_name"] not in said.out


def test_no_more_copies_than_wanted(world, folder):
    receive(folder, *world.offer(), wanted=2)
    assert len(held(folder)[0].credentials[0].copies) == 2


def test_what_the_citizen_does_not_want_is_not_kept(world, folder):
    assert refused(folder, *world.offer(), yes=False, kind=Refusing) == "access_denied"


def test_a_title_of_an_unknown_party_is_not_kept(folder):
    assert refused(folder, *World().offer()) == "issuer_unknown"


def test_a_wrong_code_is_said_so(world, folder):
    assert refused(folder, *world.offer(), tx_code="000000") == "invalid_grant"


def test_without_a_network_nothing_changes(world, folder):
    link, _ = world.offer()
    assert refused(folder, link, lambda batch: [FetchError("fetch_failed") for _ in batch]) == "fetch_failed"


def test_two_titles_have_two_identifiers(world, folder):
    receive(folder, *world.offer())
    receive(folder, *world.offer())
    assert len({title.id for title in held(folder)}) == 2


def failing(fetcher, outcome, *, times):
    """Fails the first requests for a credential, as an issuer whose register is down."""
    left = [times]

    def answer(batch):
        if batch[0].url.endswith("/credential") and left[0]:
            left[0] -= 1
            return [outcome]
        return fetcher(batch)

    return answer


@pytest.mark.parametrize("outcome", [Response(503, b""), FetchError("fetch_failed"), FetchError("fetch_timeout")])
def test_once_the_offer_is_used_collecting_is_tried_again(world, folder, capsys, outcome):
    link, fetcher = world.offer()
    pauses = []
    receive(folder, link, failing(fetcher, outcome, times=3), pause=pauses.append)
    assert pauses == list(PAUSES[:3])
    assert held(folder)[0].fresh == 4
    said = capsys.readouterr().err
    assert said.count("trying again in") == 3
    assert said.index("1 s") < said.index("2 s") < said.index("4 s")


def test_the_code_is_sent_once_and_each_attempt_has_the_same_keys_and_a_new_nonce(world, folder):
    link, fetcher = world.offer()
    seen = []

    def watched(batch):
        seen.extend(batch)
        return failing_once(batch)

    failing_once = failing(fetcher, Response(503, b""), times=1)
    receive(folder, link, watched, pause=lambda _: None)
    paths = [request.url.removeprefix(ISSUER) for request in seen]
    assert [paths.count(path) for path in ("/token", "/nonce", "/credential")] == [1, 2, 2]
    first, second = (request.body for request in seen if request.url.endswith("/credential"))
    assert not proofs_in(first) & proofs_in(second)
    assert [keys_in(body) for body in (first, second)] == [keys_in(first)] * 2


def proofs_in(body):
    return set(json.parse_object(body)["proofs"]["jwt"])


def keys_in(body):
    return [jws.parse(one).unverified_header["jwk"]["x"] for one in json.parse_object(body)["proofs"]["jwt"]]


def test_it_gives_up_in_the_end_and_says_how_to_go_on(world, folder, capsys):
    link, fetcher = world.offer()
    pauses = []
    assert refused(folder, link, failing(fetcher, Response(503, b""), times=99), pause=pauses.append) == "fetch_status"
    assert pauses == list(PAUSES)
    assert sum(PAUSES) <= 60
    assert "goes on, with the same offer or with nothing" in capsys.readouterr().err
    receive(folder, link, at_most_once(fetcher))
    assert held(folder)[0].fresh == 4
    assert pending_in(folder) == ()


def at_most_once(fetcher, **left):
    """An issuer that gives a token for a code as often as `token` says; never by default."""

    def answer(batch):
        if batch[0].url.endswith("/token"):
            left["token"] = left.get("token", 0) - 1
            if left["token"] < 0:
                return [Response(400, b'{"error":"invalid_grant"}')]
        return fetcher(batch)

    return answer


def lost(fetcher, where):
    """The issuer answers, and its answer is lost: by the end of the address, as often as there are outcomes."""

    def answer(batch):
        (response,) = fetcher(batch)
        name = batch[0].url.rpartition("/")[2]
        return [where[name].pop() if where.get(name) else response]

    return answer


def test_a_lost_answer_to_the_code_is_said_and_the_same_offer_is_tried_again(world, folder, capsys):
    link, fetcher = world.offer()
    once = at_most_once(fetcher, token=1)
    assert refused(folder, link, lost(once, {"token": [FetchError("fetch_timeout")]})) == "fetch_timeout"
    assert "give it again" in capsys.readouterr().err
    assert refused(folder, link, once) == "invalid_grant"
    assert pending_in(folder) == ()


def test_a_code_that_was_not_used_is_used_by_the_next_attempt(world, folder):
    link, fetcher = world.offer()
    unreachable = lambda batch: [FetchError("fetch_failed")] if "token" in batch[0].url else fetcher(batch)  # noqa: E731 - one line
    assert refused(folder, link, unreachable) == "fetch_failed"
    receive(folder, link, fetcher)
    assert held(folder)[0].fresh == 4


def test_copies_that_the_issuer_calls_void_are_not_kept_and_others_are_collected(world, folder, capsys):
    link, fetcher = world.offer()
    world.void = 1
    receive(folder, link, fetcher)
    said = capsys.readouterr()
    assert "these copies are void" in said.err
    assert said.out.count("kept") == 1
    (title,) = held(folder)
    assert [copy.raw for copy in title.credentials[0].copies] == world.issued[4:]
    assert [one["event"] for one in world.told] == ["credential_accepted"] * 2
    assert [kind for kind, *_ in logged(folder)] == ["received", "failed", "received"]


def test_copies_that_are_void_again_and_again_are_not_kept(world, folder, capsys):
    link, fetcher = world.offer()
    world.void = 99
    assert refused(folder, link, fetcher) == "invalid_notification_id"
    assert "kept" not in capsys.readouterr().out
    assert pending_in(folder) == ()


@pytest.mark.parametrize("outcome", [FetchError("fetch_failed"), Response(401, b'{"error":"invalid_token"}')])
def test_an_issuer_that_does_not_confirm_leaves_the_copies_and_that_is_said(world, folder, capsys, outcome):
    link, fetcher = world.offer()
    receive(folder, link, lost(fetcher, {"notification": [outcome]}))
    said = capsys.readouterr()
    assert "not confirmed by the issuer" in said.err
    assert said.out.startswith("kept: ")
    assert len(held(folder)) == 1
    assert pending_in(folder) == ()


def test_killed_before_the_issuer_heard_it_the_next_command_tells_it(world, folder):
    link, fetcher = world.offer()

    def killed(batch):
        if batch[0].url.endswith("/notification"):
            raise KeyboardInterrupt
        return fetcher(batch)

    with pytest.raises(KeyboardInterrupt):
        receive(folder, link, killed)
    (entry,), (title,) = pending_in(folder), held(folder)
    assert (entry.kept, world.told) == (title.id, [])
    receive(folder, link, at_most_once(fetcher), yes=False, kind=Refusing)
    assert [one["event"] for one in world.told] == ["credential_accepted"]
    assert held(folder) == (title,)
    assert pending_in(folder) == ()


def test_who_deletes_a_title_forgets_the_offer_that_it_came_by(world, folder):
    link, fetcher = world.offer()

    def killed(batch):
        if batch[0].url.endswith("/notification"):
            raise KeyboardInterrupt
        return fetcher(batch)

    with pytest.raises(KeyboardInterrupt):
        receive(folder, link, killed)
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        vault.replace(without(vault.contents, vault.contents.titles[0].id))
        assert vault.contents.pending == ()


def test_a_wrong_code_leaves_nothing_begun(world, folder):
    refused(folder, *world.offer(), tx_code="000000")
    assert pending_in(folder) == ()
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock", "vault.sealed"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (FetchError("fetch_refused_address"), "fetch_refused_address"),
        (FetchError("fetch_too_large"), "fetch_too_large"),
        (Response(400, b'{"error":"credential_request_denied"}'), "credential_request_denied"),
    ],
)
def test_what_would_fail_again_is_not_tried_again(world, folder, outcome, code):
    link, fetcher = world.offer()
    pauses = []
    assert refused(folder, link, failing(fetcher, outcome, times=1), pause=pauses.append) == code
    assert pauses == []


def test_before_the_code_is_used_nothing_is_tried_again(world, folder, capsys):
    link, _ = world.offer()
    pauses = []
    unavailable = lambda batch: [Response(503, b"") for _ in batch]  # noqa: E731 - one line
    assert refused(folder, link, unavailable, pause=pauses.append) == "fetch_status"
    assert pauses == []
    assert "goes on" not in capsys.readouterr().err


def logged(folder):
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        return [(event.what, event.issuer, event.type, event.code) for event in vault.contents.log]


def test_what_was_received_refused_and_failed_is_in_the_log(world, folder):
    receive(folder, *world.offer())
    refused(folder, *world.offer(), yes=False, kind=Refusing)
    refused(folder, *world.offer(), tx_code="000000")
    assert logged(folder) == [
        ("received", ISSUER, VCT, ""),
        ("refused", ISSUER, "", "access_denied"),
        ("failed", ISSUER, "", "invalid_grant"),
    ]


@pytest.mark.guarantee("G15")
def test_no_value_and_no_code_is_in_the_log(world, folder):
    receive(folder, *world.offer())
    refused(folder, *world.offer(), tx_code="654321")
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        log = json.encode([build(event) for event in vault.contents.log]).decode()
    texts = [value for value in CLAIMS.values() if isinstance(value, str)]
    assert not any(text in log for text in [*texts, "the-code", "123456", "654321"])


@pytest.mark.parametrize(
    ("shape", "asked", "codes"),
    [
        (
            {"length": 6},
            ("en", "the offer (6 digits): "),
            (["123456"], ["12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", ""]),
        ),
        ({"length": 6}, ("fr", "l'offre (6 chiffres) : "), (["123456"], ["12345"])),
        ({}, ("en", "the offer (digits): "), (["1", "1234567890"], ["", "12 34", "²"])),
        ({"input_mode": "text", "length": 4}, ("fr", "l'offre (4 caractères) : "), (["Été1"], ["Été", "Été12"])),
        ({"input_mode": "text"}, ("en", "with the offer: "), (["a", "1 2"], [""])),
    ],
)
def test_a_code_has_the_shape_that_the_offer_says_or_is_typed_again(monkeypatch, capsys, shape, asked, codes):
    (language, prompt), (good, bad) = asked, codes
    grant = {"pre-authorized_code": "c", "tx_code": shape}
    raw = {"credential_issuer": ISSUER, "credential_configuration_ids": ["pid"], "grants": {PRE_AUTHORIZED: grant}}
    prompts, typed = [], []
    monkeypatch.setattr("wallet_cli.inputs._typed", lambda said: prompts.append(said) or typed.pop(0))
    for code in good:
        typed[:] = [*bad, code]
        assert _tx_code(Output(language), parse_offer(json.encode(raw)), None) == code
        assert capsys.readouterr().err.count("\n") == len(bad)
    assert all(one.endswith(prompt) for one in prompts)


def test_an_offer_of_another_issuer_than_agreed_is_refused_before_anything_is_asked(world, folder):
    link, _ = world.offer()
    reader, writer = os.pipe()
    os.write(writer, PASSPHRASE + b"\n123456\n")
    os.close(writer)
    citizen = replace(session(folder), passphrase_fd=reader)
    image = folder.parent / "offer.png"
    segno.make(link, error="l").save(str(image), scale=3, border=4)
    with pytest.raises(DidkitError) as error:
        run(citizen, qr=image, tx_code_fd=reader, copies=None, issuer="https://other.example", yes=True)
    assert error.value.code == "consent_mismatch"
    assert os.read(reader, 99) == b"123456\n"
    os.close(reader)
