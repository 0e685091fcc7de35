"""The presentation protocol from both ends: the wallet's flows against the relying party's facade."""

import json
import urllib.parse
from contextlib import suppress

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.flow import Response, run
from didkit_fr.keys import software, x509
from didkit_fr.proofs.jose import jws
from didkit_fr.protocols.openid4vp import request as request_message
from didkit_fr.protocols.openid4vp import response as response_message
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.relying_party import MemoryTransactions, Query
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.nation import NOW, READER_PURPOSE, VCT, found, nation
from tests.protocols.openid4vp.exchange import QUERY, RESPONSE_URI, answer, fetched, opened
from tests.vectors import vectors


def opened_plainly(verifier, query=QUERY, now=NOW):
    return opened(verifier, query, now, response_mode="direct_post")


def refused(kind, call):
    with pytest.raises(kind) as error:
        call()
    return error.value.code


def signed_by(claims, *, signer=None, chain=None, typ="oauth-authz-req+jwt"):
    state = nation()
    header = {"x5c": x509.build_x5c(chain or [state.reader_leaf])}
    return jws.sign(claims, signer or state.reader, typ=typ, header=header)


def claims_of(transaction, **changes):
    claims = jws.parse(transaction.request_object).unverified_claims() | changes
    return {name: value for name, value in claims.items() if value is not None}


@pytest.mark.guarantee("G11")
def test_ask_answer_verify_and_never_again():
    verifier = nation().verifier()
    transaction = opened(verifier)
    request = fetched(transaction)
    assert request.client_id == verifier.client_id == transaction.client_id
    assert request.verifier_name == "Café de la Gare, FR"
    body = answer(request)
    title = verifier.verify(body, now=NOW)["title"][0]
    assert title.claims["age_over_18"] is True
    assert title.claims["nationalities"] == ["FR", "BE"]
    assert "birthdate" not in title.claims
    assert refused(VerificationError, lambda: verifier.verify(body, now=NOW)) == "transaction_unknown"


def test_a_late_answer_finds_no_transaction():
    verifier = nation().verifier()
    body = answer(fetched(opened(verifier)))
    assert refused(VerificationError, lambda: verifier.verify(body, now=NOW + 300)) == "transaction_unknown"


@pytest.mark.guarantee("G11")
def test_an_answer_to_one_request_is_refused_for_another():
    verifier = nation().verifier()
    form = dict(urllib.parse.parse_qsl(answer(fetched(opened_plainly(verifier))).decode()))
    other = urllib.parse.urlencode(form | {"state": opened_plainly(verifier).id}).encode()
    assert refused(VerificationError, lambda: verifier.verify(other, now=NOW)) == "key_binding_nonce"


@pytest.mark.guarantee("G11")
def test_a_failed_answer_ends_its_transaction():
    verifier = nation().verifier(nation().web([7]))
    transaction = opened(verifier)
    body = answer(fetched(transaction))
    assert refused(VerificationError, lambda: verifier.verify(body, now=NOW)) == "status_revoked"
    assert refused(VerificationError, lambda: verifier.verify(body, now=NOW)) == "transaction_unknown"


def test_the_relying_party_checks_that_all_was_answered_itself():
    verifier = nation().verifier()

    def sent(paths, name="title", times=1):
        request = fetched(opened_plainly(verifier))
        choice = wallet.Choice(name, "card", paths)
        chosen = [(choice, "dc+sd-jwt", nation().credential(), nation().holder)]
        built = wallet.build_presentations(request, chosen, now=NOW)
        body = response_message.build_response({key: one * times for key, one in built.items()}, request.state)
        return refused(VerificationError, lambda: verifier.verify(body, now=NOW))

    assert sent((("age_over_18",),)) == "query_unsatisfied"
    assert sent((("age_over_18",), ("nationalities",)), name="other") == "answer_unasked"
    assert sent((("age_over_18",), ("nationalities",)), times=2) == "answer_incomplete"


def test_values_are_a_courtesy_that_the_relying_party_checks_all_the_same():
    verifier = nation().verifier()
    query = Query(VCT, [["age_over_18"]], {("age_over_18",): [False]})
    request = fetched(opened(verifier, query))
    assert refused(VerificationError, lambda: answer(request)) == "nothing_matches"
    choice = wallet.Choice("title", "card", (("age_over_18",),))
    chosen = [(choice, "dc+sd-jwt", nation().credential(), nation().holder)]
    presentations = wallet.build_presentations(request, chosen, now=NOW)
    body = response_message.build_response(presentations, request.state, encryption=request.encryption)
    assert refused(VerificationError, lambda: verifier.verify(body, now=NOW)) == "query_unsatisfied"


def test_a_wallet_that_refuses_says_access_denied_and_nothing_more():
    verifier = nation().verifier()
    request = fetched(opened(verifier))
    body = response_message.build_error("access_denied", request.state)
    assert set(urllib.parse.parse_qs(body.decode())) == {"error", "state"}
    assert refused(ProtocolError, lambda: verifier.verify(body, now=NOW)) == "access_denied"


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"aud": "https://elsewhere.example"}, VerificationError, "request_audience"),
        ({"exp": NOW - 61}, VerificationError, "request_expired"),
        ({"iat": NOW + 61}, VerificationError, "request_expired"),
        ({"client_id": "x509_hash:other"}, VerificationError, "client_id_mismatch"),
        ({"client_id": None}, VerificationError, "client_id_mismatch"),
        ({"response_mode": "fragment"}, VerificationError, "response_mode_unsupported"),
        (
            {"response_mode": "direct_post.jwt", "client_metadata": None},
            VerificationError,
            "response_encryption_unsupported",
        ),
        ({"client_metadata": {}}, ParseError, "message_invalid"),
        ({"transaction_data": ["e30"]}, VerificationError, "transaction_data_unsupported"),
        ({"redirect_uri": RESPONSE_URI}, ParseError, "message_invalid"),
        ({"scope": "pid"}, ParseError, "message_invalid"),
        ({"response_type": "code"}, ParseError, "message_invalid"),
        ({"nonce": None}, ParseError, "message_invalid"),
        ({"nonce": ""}, ParseError, "message_invalid"),
        ({"nonce": "a nonce that has spaces in it"}, ParseError, "message_invalid"),
        ({"response_uri": "javascript:alert(1)"}, ParseError, "message_invalid"),
        ({"dcql_query": None}, ParseError, "message_invalid"),
        ({"dcql_query": {"credentials": []}}, ParseError, "message_invalid"),
        ({"transaction_data": []}, ProtocolError, "invalid_transaction_data"),
        ({"verifier_info": []}, ParseError, "message_invalid"),
        ({"verifier_info": [{"format": "jwt"}]}, ParseError, "message_invalid"),
        ({"verifier_info": [{"format": "jwt", "data": "x", "credential_ids": ["?"]}]}, ParseError, "message_invalid"),
    ],
)
def test_a_request_that_breaks_the_rules_is_refused(changes, kind, code):
    transaction = opened(nation().verifier())
    fetched(transaction, signed=signed_by(claims_of(transaction)))
    signed = signed_by(claims_of(transaction, **changes))
    assert refused(kind, lambda: fetched(transaction, signed=signed)) == code


def test_who_asks_must_be_certified_and_be_who_the_link_says():
    state = nation()
    transaction = opened(state.verifier())
    claims = claims_of(transaction)
    other = software.generate()
    leaf = x509.issue_leaf(
        state.access_signer,
        state.access_root,
        other.public_key,
        name="Another",
        country="FR",
        now=NOW - 100,
        days=9,
        purposes=[READER_PURPOSE],
    )
    cases = {
        "client_id_mismatch": signed_by(claims, signer=other, chain=[leaf]),
        "signature_invalid": signed_by(claims, signer=other),
        "typ_mismatch": signed_by(claims, typ="JWT"),
        "issuer_unknown": signed_by(claims, signer=found().reader, chain=[found().reader_leaf]),
    }
    for code, signed in cases.items():
        assert refused(VerificationError, lambda signed=signed: fetched(transaction, signed=signed)) == code
    link = request_message.build_link("x509_hash:other", f"https://bar.example/r/{transaction.id}")
    assert refused(VerificationError, lambda: fetched(transaction, link=link)) == "client_id_mismatch"
    for prefix in ("redirect_uri:https://bar.example", "origin:https://bar.example", "bar"):
        link = request_message.build_link(prefix, f"https://bar.example/r/{transaction.id}")
        assert refused(VerificationError, lambda link=link: fetched(transaction, link=link)) == "client_id_unsupported"


def test_a_document_signer_may_not_ask():
    state = nation()
    roles = frozenset({"credential", "status", "request"})
    policy = Policy(Anchors((Anchor("all", state.root, roles, frozenset({VCT})),)))
    transaction = opened(state.verifier())
    client_id = request_message.client_id_of(state.leaf)
    link = request_message.build_link(client_id, f"https://bar.example/r/{transaction.id}")
    signed = signed_by(claims_of(transaction, client_id=client_id), signer=state.signer, chain=[state.leaf])
    code = refused(VerificationError, lambda: fetched(transaction, link=link, signed=signed, policy=policy))
    assert code == "certificate_profile"


def test_the_request_must_be_had():
    transaction = opened(nation().verifier())
    flow = wallet.fetch_request(transaction.link, VerificationContext(nation().policy, Memory(), NOW))
    assert refused(FetchError, lambda: run(flow, lambda batch: [Response(404, b"") for _ in batch])) == "fetch_status"


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, b'{"error":"invalid_request"}', ProtocolError, "invalid_request"),
        (400, b"nonsense", ProtocolError, "peer_error"),
        (503, b"", FetchError, "fetch_status"),
        (302, b"", ProtocolError, "peer_error"),
        (200, b"nonsense", ParseError, "json_invalid"),
        (200, b'{"redirect_uri":7}', ParseError, "message_invalid"),
    ],
)
def test_what_the_relying_party_answers(status, body, kind, code):
    request = fetched(opened(nation().verifier()))
    posted = []

    def web(batch):
        posted.extend(batch)
        return [Response(status, body) for _ in batch]

    assert refused(kind, lambda: run(wallet.submit(request, {"title": ["x"]}), web)) == code
    assert posted[0].url == RESPONSE_URI
    assert run(wallet.refuse(request), lambda _: [Response(200, b'{"redirect_uri":"https://a.example"}')]) is not None


@pytest.mark.parametrize(
    "link",
    [
        "",
        "openid4vp://",
        "openid4vp://?client_id=x",
        "openid4vp://?request_uri=x",
        "openid4vp://?client_id=x&client_id=y&request_uri=z",
        "https://bar.example/?client_id=x&request_uri=z",
        "openid4vp://?client_id=%ff&request_uri=z",
        "openid4vp://[?client_id=x&request_uri=z",
    ],
)
def test_links_that_are_none(link):
    assert refused(ParseError, lambda: request_message.parse_link(link)) == "request_link_invalid"
    assert refused(ParseError, lambda: request_message.parse_link("x" * 9000)) == "input_too_large"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "message_invalid"),
        (b"vp_token=%7B%7D", "message_invalid"),
        (b"state=x", "message_invalid"),
        (b"state=x&state=y&vp_token=%7B%7D", "form_malformed"),
        (b"state=x&vp_token=[]", "json_not_object"),
        (b'state=x&vp_token={"a":"not an array"}', "message_invalid"),
        (b'state=x&vp_token={"a":[]}', "message_invalid"),
        (b'state=x&vp_token={"a":[1]}', "message_invalid"),
        (b'state=x&vp_token={"a":["1"],"a":["2"]}', "json_duplicate_key"),
        (b"state=x&vp_token=" + b"x" * (1 << 20), "input_too_large"),
        (b"\xff", "form_malformed"),
    ],
)
def test_answers_that_are_none(body, code):
    assert refused(ParseError, lambda: response_message.parse_response(body)) == code


@given(st.binary(max_size=300))
def test_any_body_and_any_link_is_refused_with_a_code(body):
    with pytest.raises(DidkitError):
        response_message.parse_response(body)
    with pytest.raises(DidkitError):
        request_message.parse_link(body.decode("latin-1"))


@given(st.binary(max_size=300))
@example(b"{}")
def test_what_a_wallet_is_answered_sends_it_nowhere_or_is_refused_with_a_code(body):
    with suppress(DidkitError):
        assert response_message.parse_answer(body) is None


def test_a_transaction_survives_its_store():
    transaction = opened(nation().verifier())
    assert Transaction.decode(transaction.encode()) == transaction
    assert refused(ParseError, lambda: Transaction.decode(b'{"id":"x"}')) == "transaction_malformed"
    assert transaction.nonce not in repr(transaction)


@pytest.mark.guarantee("G11")
def test_memory_transactions_are_single_use_and_bounded():
    store = MemoryTransactions(max_transactions=2)
    verifier = nation().verifier()
    made = [opened(verifier) for _ in range(3)]
    for transaction in made:
        store.put(transaction)
    assert store.take(made[0].id, now=NOW) is None
    assert store.take(made[1].id, now=NOW) == made[1]
    assert store.take(made[1].id, now=NOW) is None
    assert store.take(made[2].id, now=made[2].expires) is None


def inline(section, kind="json"):
    content = json.loads(vectors("oid4vp/1.0/inline-examples.json").read_text(encoding="utf-8"))
    return [one for one in content["examples"] if one["section"].startswith(section) and kind in one]


def test_our_query_and_request_object_are_what_the_standard_shows():
    schema = json.loads(vectors("oid4vci/conformance-json-schemas/oid4vp/dcql_request.json").read_text())
    jsonschema.validate(QUERY.dcql(), schema)
    ours = claims_of(opened(nation().verifier()))
    official = inline("Examples")[0]
    shared = set(ours) & set(official["json"])
    assert shared >= {"aud", "response_type", "client_id", "nonce", "dcql_query"}
    assert all(type(ours[name]) is type(official["json"][name]) for name in shared)
    assert ours["aud"] == official["json"]["aud"]
    metadata = vectors("oid4vp/1.0/examples/client_metadata/sd_jwt_vc_verifier_metadata.json").read_text()
    formats = json.loads(metadata)["vp_formats_supported"]["dc+sd-jwt"]
    assert set(ours["client_metadata"]["vp_formats_supported"]["dc+sd-jwt"]) == set(formats)


def test_official_examples_of_answers_parse():
    tokens = [one["json"] for one in inline("Examples {#response_dcql_query}")]
    tokens += [one["json"] for one in inline("Presentation Response")]
    assert len(tokens) == 3
    for token in tokens:
        body = urllib.parse.urlencode({"vp_token": json.dumps(token), "state": "x"}).encode()
        assert response_message.parse_response(body).unverified_presentations == {k: tuple(v) for k, v in token.items()}
    posts = inline('Response Mode "direct_post" {#', "text")
    (answered,) = [one for one in posts if "body_json" in one]
    assert response_message.parse_answer(json.dumps(answered["body_json"]).encode()).startswith("https://client.")
    (error,) = [one["text"] for one in posts if "error=" in one["text"]]
    body = "".join(error.partition("\n\n")[2].split())
    assert refused(ProtocolError, lambda: response_message.parse_response(body.encode())) == "invalid_request"


def test_our_key_binding_has_the_members_of_the_official_one():
    official = json.loads(vectors("oid4vp/1.0/examples/response/kb_jwt_unsecured.json").read_text())
    request = fetched(opened_plainly(nation().verifier()))
    form = dict(urllib.parse.parse_qsl(answer(request).decode()))
    assert "vp_token" in form
    ours = jws.parse(json.loads(form["vp_token"])["title"][0].split("~")[-1]).unverified_claims()
    assert set(ours) == set(official) - {"transaction_data_hashes"}
    assert ours["aud"] == request.client_id
