"""The facade from question to answer, against a wallet made of the library's own flows; and what attackers try."""

import json
import urllib.parse
from dataclasses import replace

import pytest

from didkit_fr import Anchors, SameDevice, Verifier, build_refusal
from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.flow import Response, offline, run
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import x509
from didkit_fr.proofs.jose import jwe, jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.client_id import HAIP
from didkit_fr.protocols.openid4vp.client_metadata import Encryption
from didkit_fr.protocols.openid4vp.error import WIRE_ERRORS, read_error, wire_error
from didkit_fr.protocols.openid4vp.response import build_error, build_response, parse_answer, state_of
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT, STATEMENTS, hash_of
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.relying_party import MemoryTransactions, Query
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.nation import NOW, VCT, found, nation

RESPONSE_URI = "https://bar.example/response"
QUERY = Query(VCT, [["age_over_18"]])
DIPLOMA = "urn:fr:diploma:1"
RULES = replace(HAIP, transaction_data=STATEMENTS)
SESSION, OTHER_SESSION = "session-of-this-browser", "session-of-another-one"
HERE = SameDevice("https://bar.example/done", SESSION)


def believing(*types, transactions=None, anchors=None):
    """A relying party that believes the nation for some types."""
    national = Anchor("France", nation().root, frozenset({"credential", "status"}), frozenset({VCT, *types}))
    return replace(
        nation().verifier(),
        policy=Policy(anchors or Anchors((national,))),
        transactions=transactions or MemoryTransactions(),
    )


def ask(party, query=QUERY, **more):
    return party.request(query, request_uri="https://bar.example/r/{id}", response_uri=RESPONSE_URI, now=NOW, **more)


def fetched(transaction, rules=RULES):
    web = lambda batch: [Response(200, transaction.request_object.encode()) for _ in batch]  # noqa: E731 - a web of one page
    return run(
        wallet.fetch_request(transaction.link, VerificationContext(nation().policy, Memory(), NOW), rules=rules), web
    )


def presented(request, held=None, *, multiple=False):
    """What a wallet with these copies would send; all that match where several are wanted."""
    held = held or {"card": nation().credential()}
    candidates = [wallet.hold(name, "dc+sd-jwt", raw) for name, raw in held.items()]
    choices = wallet.select(request.query, candidates)
    if multiple:
        choices = [one for some in wallet.candidates(request.query, candidates).values() for one in some]
    chosen = [(choice, "dc+sd-jwt", held[choice.held_id], nation().holder) for choice in choices]
    return wallet.build_presentations(request, chosen, now=NOW)


def answered(transaction, **how):
    request = fetched(transaction)
    return build_response(presented(request, **how), request.state, encryption=request.encryption)


def refused(kind, call):
    with pytest.raises(kind) as error:
        call()
    return error.value.code


def form_of(body):
    return dict(urllib.parse.parse_qsl(body.decode()))


# --- encrypted answers


def test_by_default_an_answer_is_encrypted_to_a_key_of_its_own():
    party = believing()
    transaction = ask(party)
    body = answered(transaction)
    assert set(form_of(body)) == {"response"}
    assert b"~" not in body
    assert state_of(body) == transaction.id
    answer = party.verify(body, now=NOW)
    assert answer["title"][0].claims["age_over_18"] is True
    assert (answer.transaction, answer.redirect_uri, answer.body) == (transaction.id, None, b"{}")
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "transaction_unknown"


def test_an_answer_in_the_clear_is_refused_where_encryption_was_asked():
    party = believing()
    request = fetched(ask(party))
    body = build_response(presented(request), request.state)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "response_not_encrypted"


def test_an_encrypted_answer_is_refused_where_none_was_asked():
    party = believing()
    transaction = ask(party, response_mode="direct_post")
    request = fetched(transaction)
    assert request.encryption is None
    to_somebody = Encryption(jwe.generate().public_key, transaction.id, "A256GCM")
    body = build_response(presented(request), request.state, encryption=to_somebody)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "decryption_failed"


def test_an_answer_encrypted_to_another_key_is_refused():
    party = believing()
    first, second = ask(party), ask(party)
    request = fetched(first)
    wrong = replace(fetched(second).encryption, kid=first.id)
    body = build_response(presented(request), request.state, encryption=wrong)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "decryption_failed"


def test_an_answer_to_another_request_is_refused_however_it_is_wrapped():
    party = believing()
    first, second = (fetched(ask(party)) for _ in range(2))
    tokens = presented(first)
    moved = build_response(tokens, first.state, encryption=second.encryption)
    assert refused(VerificationError, lambda: party.verify(moved, now=NOW)) == "transaction_unknown"
    third = fetched(ask(party))
    relabelled = build_response(tokens, third.state, encryption=third.encryption)
    assert refused(VerificationError, lambda: party.verify(relabelled, now=NOW)) == "key_binding_nonce"


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"[]", ParseError, "json_not_object"),
        (b"{}", ParseError, "message_invalid"),
        (b'{"vp_token":{}}', ParseError, "message_invalid"),
        (b'{"vp_token":"{}","state":"x"}', ParseError, "message_invalid"),
        (b'{"vp_token":{"a":"x"},"state":"x"}', ParseError, "message_invalid"),
        (b'{"vp_token":{},"state":7}', ParseError, "message_invalid"),
        (b'{"vp_token":{},"error":"access_denied","state":"x"}', ParseError, "message_invalid"),
        (b'{"error":7,"state":"x"}', ParseError, "message_invalid"),
        (b'{"error":"access_denied"}', ProtocolError, "access_denied"),
        (b'{"error":"unheard_of"}', ProtocolError, "peer_error"),
        (b'{"vp_token":{},"state":"x"}', VerificationError, "transaction_unknown"),
        (b'{"vp_token":{},"vp_token":{}}', ParseError, "json_duplicate_key"),
    ],
)
def test_what_an_encrypted_answer_holds_is_read_as_strictly(content, kind, code):
    party = believing()
    encryption = fetched(ask(party)).encryption
    sealed = jwe.encrypt(content, encryption.key, enc=encryption.enc, kid=encryption.kid)
    body = urllib.parse.urlencode({"response": sealed}).encode()
    assert refused(kind, lambda: party.verify(body, now=NOW)) == code


def test_an_answer_is_one_thing():
    party = believing()
    transaction = ask(party)
    form = form_of(answered(transaction))
    for more in ({"error": "access_denied"}, {"vp_token": "{}"}):
        body = urllib.parse.urlencode(form | more).encode()
        party.transactions.put(transaction)
        assert refused(ParseError, lambda body=body: party.verify(body, now=NOW)) == "message_invalid"


def test_a_small_cipher_is_as_good():
    party = believing()
    request = fetched(ask(party))
    small = replace(request.encryption, enc="A128GCM")
    body = build_response(presented(request), request.state, encryption=small)
    assert party.verify(body, now=NOW)["title"]


# --- refusals


def test_a_refusal_and_a_mismatch_are_the_same_to_the_relying_party():
    """The same bytes in the clear; encrypted, the same content in the same length. And no other request."""
    seen = {}
    for mode in ("direct_post", "direct_post.jwt"):
        for value in (True, False):
            query = Query(VCT, [["age_over_18"]], {("age_over_18",): [value]})
            party = replace(believing(), random=lambda length: b"\x07" * length)
            transaction = ask(party, query, response_mode=mode)
            posted = []

            def web(batch, transaction=transaction, posted=posted):
                posted.extend(batch)
                return [
                    Response(200, transaction.request_object.encode() if one.method == "GET" else b"{}")
                    for one in batch
                ]

            flow = wallet.fetch_request(transaction.link, VerificationContext(nation().policy, Memory(), NOW))
            request = run(flow, web)
            held = [wallet.hold("card", "dc+sd-jwt", nation().credential())]
            if value:
                assert wallet.select(request.query, held)  # the citizen refuses all the same
            else:
                assert refused(VerificationError, lambda: wallet.select(request.query, held)) == "nothing_matches"  # noqa: B023 - called at once
            run(wallet.refuse(request), web)
            assert [one.method for one in posted] == ["GET", "POST"]
            key = transaction.key
            body = posted[1].body
            read = body if key is None else jwe.decrypt(jwe.parse(form_of(body)["response"]), key, kid=transaction.id)
            seen.setdefault(mode, set()).add((read, len(body), posted[1].url, str(posted[1].headers)))
    assert {mode: len(same) for mode, same in seen.items()} == {"direct_post": 1, "direct_post.jwt": 1}


def test_a_refusal_may_come_encrypted_or_not():
    for encrypted in (True, False):
        party = believing()
        request = fetched(ask(party))
        body = build_error("access_denied", request.state, encryption=request.encryption if encrypted else None)
        assert refused(ProtocolError, lambda body=body, party=party: party.verify(body, now=NOW)) == "access_denied"
        assert (
            refused(VerificationError, lambda body=body, party=party: party.verify(body, now=NOW))
            == "transaction_unknown"
        )


@pytest.mark.parametrize("code", sorted(WIRE_ERRORS))
def test_every_word_of_the_standard_is_understood(code):
    assert read_error(code).code == code
    party = believing()
    assert refused(ProtocolError, lambda: party.verify(build_error(code, ask(party).id), now=NOW)) == code


def test_what_a_wallet_says_of_its_errors_tells_nothing_of_what_it_holds():
    said = {
        VerificationError("nothing_matches", "title"): "access_denied",
        ProtocolError("access_denied"): "access_denied",
        ParseError("message_invalid"): "invalid_request",
        VerificationError("client_id_unsupported"): "invalid_request",
        ProtocolError("invalid_request_uri_method"): "invalid_request_uri_method",
        ProtocolError("vp_formats_not_supported"): "vp_formats_not_supported",
        VerificationError("transaction_data_unsupported"): "invalid_transaction_data",
        VerificationError("transaction_data_forbidden"): "invalid_transaction_data",
    }
    assert {error.code: wire_error(error) for error in said} == {error.code: word for error, word in said.items()}
    assert read_error("invalid_grant").code == "peer_error"


def test_a_status_list_that_cannot_be_had_is_nobodys_fault_and_never_a_yes():
    for outage in (offline, lambda batch: [Response(502, b"") for _ in batch]):
        party = replace(believing(), fetcher=outage)
        body = answered(ask(party))
        with pytest.raises(FetchError) as error:
            party.verify(body, now=NOW)
        told = build_refusal(error.value)
        assert (told.status, json.loads(told.body)["error"]) == (503, "temporarily_unavailable")
        # It was judged, once: whoever waits asks anew.
        assert refused(VerificationError, lambda party=party, body=body: party.verify(body, now=NOW)) == (
            "transaction_unknown"
        )


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (ParseError("message_invalid"), 400, "invalid_request"),
        (VerificationError("status_revoked"), 400, "invalid_request"),
        (VerificationError("transaction_unknown"), 400, "invalid_request"),
        (VerificationError("unforeseen", "KeyError at didkit_fr.flow:1"), 500, "server_error"),
        (FetchError("fetch_timeout"), 503, "temporarily_unavailable"),
        (FetchError("offline"), 503, "temporarily_unavailable"),
    ],
    ids=lambda one: getattr(one, "code", one),
)
def test_what_a_wallet_is_told_says_whose_fault_it_is(error, status, word):
    told = build_refusal(error)
    assert told.status == status
    assert json.loads(told.body) == {"error": word, "error_description": error.code}


def test_a_refusal_that_was_understood_is_answered_like_an_answer():
    assert build_refusal(ProtocolError("access_denied")) == (200, b"{}")


# --- back to the browser


def returned(party, transaction, **how):
    answer = party.verify(answered(transaction, **how), now=NOW)
    where, _, fragment = answer.redirect_uri.partition("#response_code=")
    assert where == HERE.redirect_uri
    return answer, fragment


def test_the_answer_is_for_the_browser_that_asked_and_only_once():
    party = believing()
    answer, code = returned(party, ask(party, same_device=HERE))
    assert len(base64url.decode(code)) == 32
    assert parse_answer(answer.body) == answer.redirect_uri
    assert refused(VerificationError, lambda: answer["title"]) == "answer_pending"
    assert not answer.presentations
    assert code not in repr(answer)
    complete = party.complete(code, session=SESSION, now=NOW + 10)
    assert complete.transaction == answer.transaction
    assert complete["title"][0].claims["age_over_18"] is True
    code_again = refused(VerificationError, lambda: party.complete(code, session=SESSION, now=NOW + 10))
    assert code_again == "response_code_unknown"


def test_another_browser_gets_nothing_and_spoils_nothing():
    party = believing()
    _, code = returned(party, ask(party, same_device=HERE))
    for session in (OTHER_SESSION, "", "é\ud800"):
        stolen = refused(VerificationError, lambda session=session: party.complete(code, session=session, now=NOW))
        assert stolen == "response_code_unknown"
    assert party.complete(code, session=SESSION, now=NOW)["title"]


def test_codes_are_not_guessed_swapped_or_late():
    party = believing()
    (_, first), (_, second) = (returned(party, ask(party, same_device=HERE)) for _ in range(2))
    assert first != second
    for code, now in (("", NOW), ("A" * 43, NOW), (first[:-1], NOW), (first, NOW + 300)):
        late = refused(VerificationError, lambda code=code, now=now: party.complete(code, session=SESSION, now=now))
        assert late == "response_code_unknown"


def test_the_session_of_a_lured_victim_does_not_complete_the_attacker_s_request():
    """Session fixation (section 13.2): the attacker asks in its browser, the victim answers on the victim's device."""
    party = believing()
    attacker = SameDevice("https://bar.example/done", OTHER_SESSION)
    answer, code = returned(party, ask(party, same_device=attacker))
    # The redirect brings the code to the victim's browser; the attacker waits with its session, and without the code.
    assert refused(VerificationError, lambda: party.complete(code, session=SESSION, now=NOW)) == "response_code_unknown"
    assert refused(VerificationError, lambda: answer["title"]) == "answer_pending"


def test_what_waits_for_the_browser_is_sealed_and_can_be_answered_no_more():
    kept = []

    class Store(MemoryTransactions):
        def put(self, transaction):
            kept.append(transaction.encode())
            super().put(Transaction.decode(kept[-1]))

    party = believing(transactions=Store())
    transaction = ask(party, same_device=HERE)
    body = answered(transaction)
    code = party.verify(body, now=NOW).redirect_uri.partition("=")[2]
    assert len(kept) == 2
    waiting = kept[1].decode()
    assert SESSION not in waiting
    assert code not in waiting
    assert "~" not in waiting
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "transaction_unknown"
    name = json.loads(waiting)["id"]
    forged = build_error("access_denied", name)
    assert refused(VerificationError, lambda: party.verify(forged, now=NOW)) == "transaction_unknown"


def test_a_refused_answer_sends_nobody_back():
    party = believing()
    transaction = ask(party, Query(VCT, [["birthdate"]]), same_device=HERE)
    request = fetched(transaction)
    other = fetched(ask(party))
    body = build_response(presented(other), request.state, encryption=request.encryption)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "key_binding_nonce"


def test_on_another_device_nobody_is_sent_anywhere():
    party = believing()
    assert party.verify(answered(ask(party)), now=NOW).redirect_uri is None


@pytest.mark.parametrize(
    "settings",
    [
        {"response_mode": "fragment"},
        {"same_device": SameDevice("https://bar.example/done", "short")},
        {"same_device": SameDevice("https://bar.example/done#x", SESSION)},
        {"same_device": SameDevice("bar.example", SESSION)},
        {"issuers": Anchors(())},
        {"issuers": found(name="Freedonia").anchors},
        {"issuers": nation().anchors},
    ],
)
def test_settings_that_cannot_be_meant(settings):
    assert refused(ParseError, lambda: ask(believing(), **settings)) == "settings_invalid"


@pytest.mark.parametrize(
    "redirect",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a b", "//x", "", "x" * 3000, 7],
)
def test_a_wallet_is_sent_to_web_addresses_only(redirect):
    assert (
        refused(ParseError, lambda: parse_answer(json.dumps({"redirect_uri": redirect}).encode())) == "message_invalid"
    )


# --- issuers narrowed


def test_a_request_may_admit_fewer_issuers_than_the_policy():
    prefecture = found(name="Prefecture")
    anchors = Anchors(
        (
            Anchor("France", nation().root, frozenset({"credential", "status"}), frozenset({VCT})),
            Anchor("Prefecture", prefecture.root, frozenset({"credential", "status"}), frozenset({VCT})),
        )
    )
    party = believing(anchors=anchors)
    france, other = (Anchors((anchor,)) for anchor in anchors.anchors)
    assert party.verify(answered(ask(party, issuers=france)), now=NOW)["title"]
    fetches = []
    watched = replace(party, fetcher=lambda batch: fetches.append(batch) or [])
    transaction = ask(watched, issuers=other)
    assert Transaction.decode(transaction.encode()).issuers == ["Prefecture"]
    code = refused(VerificationError, lambda: watched.verify(answered(transaction), now=NOW))
    assert code == "issuer_not_admitted"
    assert not fetches


# --- without holder binding


def unbound(**more):
    return {"credentials": [QUERY.dcql()["credentials"][0] | {"require_cryptographic_holder_binding": False} | more]}


def test_without_key_binding_a_credential_is_accepted_only_where_none_was_asked():
    bare = nation().credential()
    party = believing()
    for query, code in ((unbound(), None), (QUERY, "key_binding_missing")):
        request = fetched(ask(party, query))
        body = build_response({"title": [bare]}, request.state, encryption=request.encryption)
        if code is None:
            verified = party.verify(body, now=NOW)["title"][0]
            assert verified.checks["holder"].startswith("NOT PROVEN")
        else:
            assert refused(VerificationError, lambda body=body: party.verify(body, now=NOW)) == code


def test_a_credential_that_is_bound_to_no_key_too():
    # Of another type: the rules of the identity title demand a key.
    bare = nation().credential(cnf=None, vct=DIPLOMA)
    party = believing(DIPLOMA)
    bound = Query(DIPLOMA, [["age_over_18"]])
    for query, code in ((unbound(meta={"vct_values": [DIPLOMA]}), None), (bound, "holder_missing")):
        request = fetched(ask(party, query))
        body = build_response({"title": [bare]}, request.state, encryption=request.encryption)
        if code is None:
            assert party.verify(body, now=NOW)["title"][0].holder is None
        else:
            assert refused(VerificationError, lambda body=body: party.verify(body, now=NOW)) == code


def test_a_key_binding_that_nobody_asked_for_is_checked_all_the_same():
    party = believing()
    assert party.verify(answered(ask(party, unbound())), now=NOW)["title"][0].checks["holder"] == "possession proven"
    elsewhere = presented(fetched(ask(party, unbound())))
    request = fetched(ask(party, unbound()))
    body = build_response(elsewhere, request.state, encryption=request.encryption)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "key_binding_nonce"


# --- the query language, end to end


def diploma(**changes):
    return nation().credential(vct=DIPLOMA, status=None, **changes)


def credential_query(id_, type_, *paths, **more):
    claims = {"claims": [{"id": path[0], "path": path} for path in paths]} if paths else {}
    return {"id": id_, "format": "dc+sd-jwt", "meta": {"vct_values": [type_]}} | claims | more


def test_several_answers_to_one_query():
    party = believing(DIPLOMA)
    held = {"one": diploma(), "two": diploma(), "card": nation().credential()}
    query = {"credentials": [credential_query("d", DIPLOMA, ["given_name"], multiple=True)]}
    answer = party.verify(answered(ask(party, query), held=held, multiple=True), now=NOW)
    assert [one.type for one in answer["d"]] == [DIPLOMA, DIPLOMA]
    assert len(party.verify(answered(ask(party, query), held=held), now=NOW)["d"]) == 1


def test_alternatives_are_answered_by_the_first_that_is_held():
    party = believing(DIPLOMA)
    query = {
        "credentials": [
            credential_query("pid", VCT, ["age_over_18"], ["birthdate"], claim_sets=[["age_over_18"], ["birthdate"]]),
            credential_query("diploma", DIPLOMA, ["given_name"]),
            credential_query("extra", DIPLOMA),
        ],
        "credential_sets": [
            {"options": [["diploma"], ["pid"]]},
            {"options": [["extra"]], "required": False},
        ],
    }
    only_pid = party.verify(answered(ask(party, query)), now=NOW)
    assert set(only_pid.presentations) == {"pid"}
    assert only_pid["extra"] == ()
    assert "birthdate" not in only_pid["pid"][0].claims
    young = {"card": nation().credential(age_over_18=None)}
    assert "birthdate" in party.verify(answered(ask(party, query), held=young), now=NOW)["pid"][0].claims
    both = {"card": nation().credential(), "diploma": diploma()}
    assert set(party.verify(answered(ask(party, query), held=both), now=NOW).presentations) == {"diploma"}


def test_a_wallet_knows_who_certified_the_issuer_of_what_it_holds():
    held = wallet.hold("card", "dc+sd-jwt", nation().credential())
    stated = base64url.encode(x509.authority_key_identifier(nation().leaf))
    assert held.authorities == {stated}
    party = believing()
    aki = {"trusted_authorities": [{"type": "aki", "values": [stated]}]}
    query = {"credentials": [credential_query("title", VCT, ["age_over_18"], **aki)]}
    assert party.verify(answered(ask(party, query)), now=NOW)["title"]
    unknown_party = base64url.encode(x509.authority_key_identifier(found(name="Freedonia").leaf))
    query["credentials"][0]["trusted_authorities"][0]["values"] = [unknown_party]
    assert refused(VerificationError, lambda: answered(ask(party, query))) == "nothing_matches"


def test_a_relying_party_does_not_ask_for_authorities_it_cannot_tell():
    for type_ in ("etsi_tl", "openid_federation"):
        trusted = {"trusted_authorities": [{"type": type_, "values": ["https://lotl.example"]}]}
        query = {"credentials": [credential_query("title", VCT, ["age_over_18"], **trusted)]}
        assert refused(VerificationError, lambda query=query: ask(believing(), query)) == "dcql_unsupported"


def test_a_query_that_contradicts_itself_is_not_asked():
    query = {"credentials": [credential_query("title", VCT)], "credential_sets": [{"options": [["other"]]}]}
    assert refused(ParseError, lambda: ask(believing(), query)) == "dcql_contradictory"


# --- transaction data


ENTRY = {"type": STATEMENT, "credential_ids": ["d"], "statement": "I sell my car"}
ONE_DIPLOMA = {"credentials": [credential_query("d", DIPLOMA, ["given_name"])]}


def test_what_the_holder_approved_is_signed_and_checked():
    party = believing(DIPLOMA)
    transaction = ask(party, ONE_DIPLOMA, transaction_data=[ENTRY])
    request = fetched(transaction)
    tokens = presented(request, {"d": diploma()})
    binding = jws.parse(tokens["d"][0].rpartition("~")[2]).unverified_claims()
    assert binding["transaction_data_hashes"] == [hash_of(transaction.transaction_data[0])]
    assert binding["transaction_data_hashes_alg"] == "sha-256"
    body = build_response(tokens, request.state, encryption=request.encryption)
    verified = party.verify(body, now=NOW)["d"][0]
    assert verified.transaction_data_hashes == (hash_of(transaction.transaction_data[0]),)


def without_data(request):
    return presented(replace(request, transaction_data=()), {"d": diploma()})


def with_other_data(request):
    other = replace(request.transaction_data[0], encoded="e30")
    return presented(replace(request, transaction_data=(other,)), {"d": diploma()})


@pytest.mark.parametrize("present", [without_data, with_other_data])
def test_an_answer_that_signs_nothing_or_something_else_is_refused(present):
    party = believing(DIPLOMA)
    request = fetched(ask(party, ONE_DIPLOMA, transaction_data=[ENTRY]))
    body = build_response(present(request), request.state, encryption=request.encryption)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "transaction_data_unbound"


def test_an_answer_that_signs_what_nobody_asked_is_refused():
    party = believing(DIPLOMA)
    request = fetched(ask(party, ONE_DIPLOMA))
    extra = fetched(ask(party, ONE_DIPLOMA, transaction_data=[ENTRY])).transaction_data
    tokens = presented(replace(request, transaction_data=extra), {"d": diploma()})
    body = build_response(tokens, request.state, encryption=request.encryption)
    assert refused(VerificationError, lambda: party.verify(body, now=NOW)) == "transaction_data_unbound"


@pytest.mark.parametrize(
    ("claims", "kind", "code"),
    [
        ({"transaction_data_hashes": "x"}, ParseError, "key_binding_malformed"),
        ({"transaction_data_hashes": [7]}, ParseError, "key_binding_malformed"),
        ({"transaction_data_hashes_alg": "sha-512"}, VerificationError, "sd_jwt_hash_algorithm"),
        ({"transaction_data_hashes": ["x"]}, VerificationError, "transaction_data_unbound"),
    ],
)
def test_a_key_binding_with_odd_hashes(claims, kind, code):
    party = believing()
    request = fetched(ask(party))
    shown = dc_sd_jwt.disclose(nation().credential(), [("age_over_18",)])
    bound = sd_jwt.bind(shown, nation().holder, nonce=request.nonce, audience=request.client_id, now=NOW, more=claims)
    body = build_response({"title": [bound]}, request.state, encryption=request.encryption)
    assert refused(kind, lambda: party.verify(body, now=NOW)) == code


def test_further_claims_of_a_key_binding_never_replace_its_own():
    shown = dc_sd_jwt.disclose(nation().credential(), [])
    bound = sd_jwt.bind(shown, nation().holder, nonce="n", audience="a", now=NOW, more={"nonce": "x", "aud": "y"})
    claims = jws.parse(bound.rpartition("~")[2]).unverified_claims()
    assert (claims["nonce"], claims["aud"]) == ("n", "a")


def test_one_of_several_credentials_signs():
    party = believing(DIPLOMA)
    query = {"credentials": [credential_query("d", DIPLOMA), credential_query("e", DIPLOMA)]}
    entry = ENTRY | {"credential_ids": ["e", "d"]}
    answer = party.verify(answered(ask(party, query, transaction_data=[entry]), held={"d": diploma()}), now=NOW)
    assert [len(answer[name][0].transaction_data_hashes) for name in ("d", "e")] == [1, 0]


def test_no_key_of_identification_data_signs_a_transaction():
    party = believing()
    entry = ENTRY | {"credential_ids": ["title"]}
    assert refused(VerificationError, lambda: ask(party, transaction_data=[entry])) == "transaction_data_forbidden"
    # A query may name types so that it is not seen there: the wallet looks at what it holds.
    request = fetched(ask(believing(DIPLOMA), ONE_DIPLOMA, transaction_data=[ENTRY]))
    choice = wallet.Choice("d", "card", ())
    chosen = [(choice, "dc+sd-jwt", nation().credential(), nation().holder)]
    code = refused(VerificationError, lambda: wallet.build_presentations(request, chosen, now=NOW))
    assert code == "transaction_data_forbidden"
    nobody = refused(VerificationError, lambda: wallet.build_presentations(request, [], now=NOW))
    assert nobody == "transaction_data_unbound"


def test_transaction_data_that_name_no_credential_of_the_query_are_not_asked():
    entry = ENTRY | {"credential_ids": ["other"]}
    code = refused(ProtocolError, lambda: ask(believing(DIPLOMA), ONE_DIPLOMA, transaction_data=[entry]))
    assert code == "invalid_transaction_data"


# --- what is stored


def test_a_transaction_survives_its_store_and_shows_no_secret():
    transaction = ask(
        believing(DIPLOMA), ONE_DIPLOMA, transaction_data=[ENTRY], same_device=HERE,
        issuers=Anchors(believing(DIPLOMA).policy.anchors.anchors),
    )  # fmt: skip
    assert Transaction.decode(transaction.encode()) == transaction
    for secret in (transaction.nonce, transaction.decryption_key, transaction.session, SESSION):
        assert secret not in repr(transaction)
    assert SESSION not in repr(HERE)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", 7),
        ("expires", "soon"),
        ("expires", True),
        ("query", []),
        ("decryption_key", 7),
        ("transaction_data", "e30"),
        ("transaction_data", [7]),
        ("issuers", "France"),
        ("session", 7),
        ("answered", "now"),
        ("unheard_of", 1),
    ],
)
def test_a_store_that_gives_something_else(member, value):
    stored = json.loads(ask(believing()).encode()) | {member: value}
    raw = json.dumps(stored).encode()
    assert refused(ParseError, lambda: Transaction.decode(raw)) == "transaction_malformed"


def test_a_key_that_is_none_is_refused_with_a_code():
    party = believing()
    transaction = ask(party)
    body = answered(transaction)
    for key in ("", "AAAA", "é", base64url.encode(bytes(32))):
        party.transactions.put(replace(transaction, decryption_key=key))
        with pytest.raises(DidkitError):
            party.verify(body, now=NOW)


def test_finding_leaves_a_transaction_where_it_is():
    store = MemoryTransactions()
    transaction = ask(believing(transactions=store))
    assert store.find(transaction.id, now=NOW) == store.find(transaction.id, now=NOW) == transaction
    assert store.find(transaction.id, now=transaction.expires) is None
    assert store.find("unknown", now=NOW) is None
    assert isinstance(believing(), Verifier)
