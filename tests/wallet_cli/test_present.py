import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, FetchError, VerificationError
from didkit_fr.flow import Response, run
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT
from didkit_fr.relying_party import Query
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify
from tests.wallet_cli.presenting import BAR, CAFE, Agreeing, asker, audiences, fill, on_disk, present, refused
from tests.wallet_cli.world import CLAIMS, DIPLOMA, NOW, PASSPHRASE, PORTRAIT, TINY, VCT, Refusing, World, session
from wallet_cli import contents as inside
from wallet_cli import messages
from wallet_cli.commands.present import answer
from wallet_cli.vault import open_vault


@pytest.mark.guarantee("G9")
def test_exactly_what_was_asked_leaves_and_the_relying_party_believes_it(world, folder, capsys):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"], ["nationalities", None])
    present(folder, link, fetcher)
    (raw,) = world.presented()["q0"]
    policy = Policy(world.anchors())
    verified = run(
        verify(raw, VerificationContext(policy, Memory(), NOW), format="dc+sd-jwt", nonce="n" * 32, audience=client_id),
        fetcher,
    )
    assert set(verified.claims) - {"vct", "iat", "exp", "cnf"} == {"age_over_18", "nationalities"}
    assert verified.claims["nationalities"] == ["FR", "BE"]
    said = capsys.readouterr()
    assert CAFE in said.err
    assert client_id in said.err
    assert "https://rp.example/done" in said.out


def test_the_citizen_reads_who_asks_what_leaves_and_what_stays(world, folder, capsys):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["family_name"], ["picture"])
    refused(folder, link, fetcher, yes=False, kind=Refusing, language="fr")
    before, _, after = capsys.readouterr().err.partition("reste ici:")
    assert CAFE in before
    assert client_id in before
    assert f'Nom: "{CLAIMS["family_name"]}"' in before
    assert f"(image, {(len(PORTRAIT) - 23) * 3 // 4} octets)" in before
    assert "reconnaître votre visage" in before
    assert CLAIMS["birthdate"] not in before + after
    assert "Date de naissance" in after
    assert PORTRAIT not in before + after


def test_a_claim_that_the_issuer_never_hides_is_shown_as_leaving(world, folder, capsys):
    claims = CLAIMS | {"not_hidden": "seen by everyone"}
    fill(world, folder, world.title(claims=claims))
    link, _, fetcher = world.ask(["age_over_18"])
    refused(folder, link, fetcher, yes=False, kind=Refusing)
    leaves, _, stays = capsys.readouterr().err.partition("stays here:")
    assert '  | "not_hidden": "seen by everyone"' in leaves
    assert "not_hidden" not in stays


@pytest.mark.guarantee("G9")
def test_a_refusal_sends_nothing_and_spends_nothing(world, folder):
    fill(world, folder)
    before = on_disk(folder)
    link, _, fetcher = world.ask(["age_over_18"])
    assert refused(folder, link, fetcher, yes=False, kind=Refusing) == "access_denied"
    assert world.posted == []
    assert on_disk(folder).titles == before.titles


def test_a_value_that_does_not_match_looks_like_a_refusal(world, folder):
    fill(world, folder)
    asked = []
    link, _, fetcher = world.ask(["birthdate"], values=["1999-01-01"])

    def watched(batch):
        asked.extend(batch)
        return fetcher(batch)

    assert refused(folder, link, watched) == "nothing_matches"
    mismatch, asked = list(asked), []
    link, _, fetcher = world.ask(["birthdate"])
    assert refused(folder, link, watched, yes=False, kind=Refusing) == "access_denied"
    assert [request.method for request in mismatch] == [request.method for request in asked] == ["GET"]


@pytest.mark.guarantee("G8")
def test_the_copy_is_spent_on_disk_before_a_byte_of_it_leaves(world, folder):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])
    seen = []
    world.on_post = lambda: seen.append(audiences(folder))
    present(folder, link, fetcher)
    assert seen == [[client_id, None]]


def test_a_crash_while_sending_leaves_the_copy_spent(world, folder):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])

    def crash():
        raise KeyboardInterrupt

    world.on_post = crash
    with pytest.raises(KeyboardInterrupt):
        present(folder, link, fetcher)
    assert audiences(folder) == [client_id, None]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Response(400, b'{"error":"invalid_request"}'), "invalid_request"),
        (Response(500, b""), "fetch_status"),
        (Response(200, b"not json"), "json_invalid"),
    ],
)
def test_a_failed_answer_spends_the_copy_all_the_same(world, folder, reply, code):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])
    world.answer = reply
    assert refused(folder, link, fetcher) == code
    assert audiences(folder) == [client_id, None]


@pytest.mark.parametrize("word", ["temporarily_unavailable", "server_error"])
def test_a_party_that_could_not_check_the_title_did_not_refuse_it_and_that_is_said(world, folder, word, capsys):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])
    world.answer = Response(503, json.dumps({"error": word, "error_description": "Canarycanary"}).encode())
    assert refused(folder, link, fetcher) == word
    assert audiences(folder) == [client_id, None]
    said = capsys.readouterr().err
    assert messages.text("could_not_check", "en") in said
    assert messages.text("copy_spent", "en") in said
    assert "refused" not in said
    assert "Canarycanary" not in said
    assert "new request" in messages.hint(word, "en")


@pytest.mark.guarantee("G8")
def test_a_disk_that_refuses_to_mark_the_copy_sends_nothing(world, folder):
    fill(world, folder)
    link, _, fetcher = world.ask(["age_over_18"])
    (folder / "vault.sealed.new").mkdir()
    assert refused(folder, link, fetcher) == "vault_unavailable"
    assert world.posted == []


@pytest.mark.guarantee("G8")
def test_two_parties_never_see_the_same_copy(world, folder):
    fill(world, folder)
    first, _, fetcher = world.ask(["age_over_18"], party=CAFE)
    present(folder, first, fetcher)
    second, _, fetcher = world.ask(["age_over_18"], party=BAR)
    present(folder, second, fetcher)
    one, other = (sd_jwt.parse(world.presented(place)["q0"][0]) for place in (0, 1))
    assert one.issuer_signed != other.issuer_signed
    assert one.jws.unverified_claims()["cnf"] != other.jws.unverified_claims()["cnf"]
    third, _, fetcher = world.ask(["age_over_18"], party="Un troisième")
    assert refused(folder, third, fetcher, reuse=True) == "no_copy_left"
    assert len(world.posted) == 2


def test_without_copies_the_same_party_is_shown_its_own_again_only_with_consent(world, folder):
    fill(world, folder, world.title(copies=1))
    link, _, fetcher = world.ask(["age_over_18"])
    present(folder, link, fetcher)
    assert refused(folder, link, fetcher, yes=True, reuse=False) == "no_copy_left"
    assert refused(folder, link, fetcher, yes=False, kind=Refusing) == "no_copy_left"
    assert len(world.posted) == 1
    present(folder, link, fetcher, reuse=True)
    first, again = (sd_jwt.parse(world.presented(place)["q0"][0]).issuer_signed for place in (0, 1))
    assert first == again


def test_two_queries_of_one_request_get_one_copy(world, folder):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"], queries=2)
    present(folder, link, fetcher)
    presented = world.presented()
    assert presented["q0"][0].split("~")[0] == presented["q1"][0].split("~")[0]
    assert audiences(folder) == [client_id, None]


def test_an_expired_title_is_not_offered(world, folder):
    fill(world, folder, world.title(expires=NOW))
    assert refused(folder, *world.ask(["age_over_18"])[::2]) == "nothing_matches"


def test_a_title_with_fresh_copies_goes_before_a_newer_one_without(world, folder):
    fill(world, folder, world.title(copies=1, id_="old"), world.title(copies=1, id_="new"))
    link, cafe, fetcher = world.ask(["age_over_18"])
    present(folder, link, fetcher)
    assert audiences(folder) == [None, cafe]
    link, bar, fetcher = world.ask(["age_over_18"], party=BAR)
    present(folder, link, fetcher)
    assert audiences(folder) == [bar, cafe]


@pytest.mark.guarantee("G10")
def test_an_unknown_party_who_asks_learns_nothing(world, folder):
    fill(world, folder)
    link, _, fetcher = World().ask(["age_over_18"])
    assert refused(folder, link, fetcher) == "issuer_unknown"
    assert world.posted == []


def test_a_request_that_expired_while_the_citizen_thought_spends_nothing(world, folder):
    fill(world, folder)
    link, _, fetcher = world.ask(["age_over_18"])
    times = iter([NOW, NOW + 301])
    how = session(folder)
    slow = type(how)(how.output, how.folder, None, clock=lambda: next(times), cost=TINY)
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault, pytest.raises(VerificationError) as error:
        answer(slow, vault, link, fetcher, verifier=asker(link), yes=True, reuse=False)
    assert error.value.code == "request_expired"
    assert audiences(folder) == [None, None]


@pytest.mark.parametrize(("thought", "dated"), [(0, 0), (59, 0), (60, 60), (200, 180)])
def test_the_proof_is_dated_by_the_request_and_whole_minutes_since(world, folder, thought, dated):
    fill(world, folder)
    world.now = NOW - 7
    link, _, fetcher = world.ask(["age_over_18"])
    times = iter([NOW - 7, NOW - 7 + thought])
    how = session(folder)
    slow = type(how)(how.output, how.folder, None, clock=lambda: next(times), cost=TINY)
    with open_vault(folder, lambda: PASSPHRASE, cost=TINY) as vault:
        answer(slow, vault, link, fetcher, verifier=asker(link), yes=True, reuse=False)
    bound = sd_jwt.parse(world.presented()["q0"][0]).key_binding
    assert bound.unverified_claims()["iat"] == NOW - 7 + dated


def test_without_a_network_the_answer_is_cannot_tell(world, folder):
    fill(world, folder)
    link, _, _ = world.ask(["age_over_18"])
    assert refused(folder, link, lambda batch: [FetchError("fetch_failed") for _ in batch]) == "fetch_failed"
    assert audiences(folder) == [None, None]


def credential_query(id_, type_, path):
    claims = [{"path": [path]}]
    return {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [type_]}, "claims": claims}


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_encrypted_answer_reaches_the_party_that_asked(world, folder, method):
    fill(world, folder)
    transaction, fetcher, party = world.ask_all(Query(VCT, [["age_over_18"]]), request_uri_method=method)
    present(folder, transaction.link, fetcher)
    assert b"age_over" not in world.posted[0]
    assert world.posted[0].startswith(b"response=")
    assert party.verify(world.posted[0], now=NOW)["title"][0].claims["age_over_18"] is True
    assert audiences(folder) == [transaction.client_id, None]


def test_of_alternatives_the_one_that_is_held_leaves_and_no_other(world, folder, capsys):
    fill(world, folder)
    query = {
        "credentials": [credential_query("d", DIPLOMA, "given_name"), credential_query("p", VCT, "birthdate")],
        "credential_sets": [{"options": [["d"], ["p"]]}],
    }
    transaction, fetcher, party = world.ask_all(query)
    present(folder, transaction.link, fetcher)
    assert set(party.verify(world.posted[0], now=NOW).presentations) == {"p"}
    assert CLAIMS["birthdate"] in capsys.readouterr().err


SENTENCE = "I sell my car to Ms Martin"
ENTRY = {"type": STATEMENT, "credential_ids": ["d"], "statement": SENTENCE}
ONE_DIPLOMA = {"credentials": [credential_query("d", DIPLOMA, "given_name")]}


def test_a_sentence_is_read_before_it_is_signed(world, folder, capsys):
    fill(world, folder, world.title(type_=DIPLOMA))
    transaction, fetcher, party = world.ask_all(ONE_DIPLOMA, transaction_data=[ENTRY])
    present(folder, transaction.link, fetcher, yes=False, kind=Agreeing)
    read = capsys.readouterr().err
    assert f'will be signed in your name:\n  | "statement: {SENTENCE}"' in read
    assert party.verify(world.posted[0], now=NOW)["d"][0].transaction_data_hashes


def test_no_sentence_is_signed_by_an_answer_given_beforehand(world, folder):
    fill(world, folder, world.title(type_=DIPLOMA))
    transaction, fetcher, _ = world.ask_all(ONE_DIPLOMA, transaction_data=[ENTRY])
    assert refused(folder, transaction.link, fetcher, yes=True, kind=Refusing) == "access_denied"
    assert world.posted == []
    assert audiences(folder) == [None, None]


def test_a_sentence_of_an_unknown_kind_is_refused(world, folder):
    fill(world, folder, world.title(type_=DIPLOMA))
    transaction, fetcher, _ = world.ask_all(ONE_DIPLOMA, transaction_data=[ENTRY | {"type": "urn:unheard:of"}])
    assert refused(folder, transaction.link, fetcher, kind=Agreeing) == "transaction_data_unsupported"
    assert world.posted == []


def test_an_encrypted_mismatch_looks_like_a_refusal_too(world, folder):
    fill(world, folder)
    asked = []

    def seen(transaction, fetcher, **how):
        asked.append([])

        def watched(batch):
            asked[-1].extend(batch)
            return fetcher(batch)

        return refused(folder, transaction.link, watched, **how)

    mismatch, fetcher, _ = world.ask_all(Query(VCT, [["birthdate"]], {("birthdate",): ["1999-01-01"]}))
    assert seen(mismatch, fetcher) == "nothing_matches"
    transaction, fetcher, _ = world.ask_all(Query(VCT, [["birthdate"]]))
    assert seen(transaction, fetcher, yes=False, kind=Refusing) == "access_denied"
    assert [[one.method for one in requests] for requests in asked] == [["GET"], ["GET"]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(link=st.text(max_size=80) | st.text(max_size=40).map("openid4vp://?client_id=x&request_uri={}".format))
def test_any_link_is_refused_with_a_code(world, folder, link):
    if not folder.exists():
        fill(world, folder)
    with pytest.raises(DidkitError):
        present(folder, link, lambda batch: [FetchError("fetch_failed") for _ in batch])


def events(folder):
    return [(event.what, event.code) for event in on_disk(folder).log]


def test_what_was_agreed_to_beforehand_is_one_verifier(world, folder):
    fill(world, folder)
    link, cafe, fetcher = world.ask(["age_over_18"], party=CAFE)
    _, bar, _ = world.ask(["age_over_18"], party=BAR)
    for other in (bar, cafe.upper(), cafe.removeprefix("x509_hash:"), ""):
        assert refused(folder, link, pytest.fail, verifier=other) == "consent_mismatch"
    assert world.posted == []
    assert audiences(folder) == [None, None]
    present(folder, link, fetcher, verifier=cafe)
    assert len(world.posted) == 1


def test_the_log_says_to_whom_and_which_claims_and_no_value(world, folder):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["family_name"], ["nationalities", None])
    present(folder, link, fetcher)
    (event,) = on_disk(folder).log
    assert (event.at, event.what, event.title, event.type) == (NOW, "presented", "00000001", "urn:eudi:pid:fr:1")
    assert CAFE in event.verifier
    assert event.client_id == client_id
    assert set(event.paths) == {("family_name",), ("nationalities", None)}


@pytest.mark.guarantee("G15")
def test_no_value_of_a_claim_is_ever_in_the_log(world, folder):
    canaries = {"family_name": "Canarycanary", "given_name": "Canarione", "birthdate": "1911-11-11"}
    fill(world, folder, world.title(claims=CLAIMS | canaries))
    link, _, fetcher = world.ask(*([name] for name in CLAIMS), ["nationalities", None])
    present(folder, link, fetcher, portrait=True)
    refused(folder, link, fetcher, yes=False, kind=Refusing)
    asked_by_value, _, fetcher = world.ask(["family_name"], values=["Canarycanary", "Other"])
    present(folder, asked_by_value, fetcher, reuse=True)
    refused(folder, *world.ask(["family_name"], values=["Somebodyelse"])[::2])
    world.answer = Response(400, b'{"error":"invalid_request","error_description":"Canarycanary"}')
    refused(folder, asked_by_value, fetcher, reuse=True)
    log = inside.encode(inside.Contents({}, insecure_loopback=False, log=on_disk(folder).log)).decode()
    assert len(on_disk(folder).log) == 5
    for value in (*canaries.values(), "Somebodyelse", PORTRAIT[30:60], '"BE"'):
        assert value not in log


def test_the_log_holds_it_before_a_byte_leaves_whatever_happens_then(world, folder):
    fill(world, folder)
    link, _, fetcher = world.ask(["age_over_18"])
    world.on_post = lambda: seen.append(events(folder))
    seen = []
    present(folder, link, fetcher)
    assert seen == [[("presented", "")]]

    def crash():
        raise KeyboardInterrupt

    world.on_post = crash
    with pytest.raises(KeyboardInterrupt):
        present(folder, link, fetcher)
    assert events(folder) == [("presented", "")] * 2


def test_what_was_refused_and_what_failed_are_logged_as_such(world, folder):
    fill(world, folder)
    link, client_id, fetcher = world.ask(["age_over_18"])
    refused(folder, link, fetcher, yes=False, kind=Refusing)
    refused(folder, *world.ask(["birthdate"], values=["1999-01-01"])[::2])
    world.answer = Response(400, b'{"error":"access_denied"}')
    refused(folder, link, fetcher)
    assert events(folder) == [("refused", "access_denied"), ("failed", "nothing_matches"), ("failed", "access_denied")]
    assert [event.paths for event in on_disk(folder).log] == [(), (), (("age_over_18",),)]
    assert {event.client_id for event in on_disk(folder).log} == {client_id}


def test_an_unknown_party_is_not_in_the_log_for_nobody_says_who_it_is(world, folder):
    fill(world, folder)
    link, _, fetcher = World().ask(["age_over_18"])
    refused(folder, link, fetcher)
    assert events(folder) == []


def test_after_a_failed_sending_the_citizen_knows_that_the_copy_is_spent(world, folder, capsys):
    fill(world, folder)
    link, _, fetcher = world.ask(["age_over_18"])
    world.answer = Response(500, b"")
    refused(folder, link, fetcher)
    said = capsys.readouterr().err
    assert "it is spent" in said
    assert "relying party refused" not in said


def test_the_words_of_a_relying_party_are_marked_as_its_own_and_never_raw(world, folder, capsys):
    fill(world, folder)
    link, _, fetcher = world.ask(["age_over_18"])
    world.answer = Response(400, b'{"error":"invalid_scope","error_description":"call 0800-PAY"}')
    assert refused(folder, link, fetcher) == "invalid_scope"
    assert "what it says, not this wallet: invalid_scope" in capsys.readouterr().err
    world.answer = Response(400, b'{"error":"pay_me_now"}')
    assert refused(folder, link, fetcher) == "peer_error"
    said = capsys.readouterr()
    assert "pay" not in (said.out + said.err).lower()


def test_a_title_that_ends_and_copies_that_run_out_are_said(world, folder, capsys):
    soon = world.title(copies=2, id_="soon", expires=NOW + 3 * 86_400 + 5)
    fill(world, folder, world.title(id_="gone", expires=NOW - 1), soon)
    present(folder, *world.ask(["age_over_18"])[::2], language="en")
    said = capsys.readouterr().err
    assert "(gone): expired" in said
    assert "(soon): expires soon; days left: 3" in said
    assert "(soon): unused copies left: 1" in said
