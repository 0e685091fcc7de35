"""Who may ask, and how a wallet gets the request: every prefix, both methods, and what an attacker changes."""

import json
import urllib.parse
from contextlib import suppress
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from didkit_fr.flow import Request as HttpRequest
from didkit_fr.flow import Response, fetch, run
from didkit_fr.keys import jwk, software, x509
from didkit_fr.proofs.jose import jwe, jws
from didkit_fr.protocols.openid4vp import client_id as client_ids
from didkit_fr.protocols.openid4vp import wallet
from didkit_fr.protocols.openid4vp.client_id import RequestRules
from didkit_fr.protocols.openid4vp.client_metadata import check_formats, choose_encryption, parse_metadata
from didkit_fr.protocols.openid4vp.dcql import parse_query
from didkit_fr.protocols.openid4vp.link import build_link, parse_link
from didkit_fr.protocols.openid4vp.request_uri import parse_wallet_post
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT, STATEMENTS
from didkit_fr.protocols.openid4vp.verifier import Transaction, read_response
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.nation import NOW, READER_PURPOSE, VCT, nation

HOST = "bar.example"
RESPONSE_URI = f"https://{HOST}/response"
REQUEST_URI = f"https://{HOST}/r/{{id}}"
QUERY = Query(VCT, [["age_over_18"]])
DID = "did:web:bar.example"
BAR = Anchor("Bar", None, frozenset({"request"}), frozenset(), did=DID)
POLICY = Policy(Anchors((*nation().anchors.anchors, BAR)))
ANY = RequestRules(prefixes=frozenset({"x509_hash", "x509_san_dns", "decentralized_identifier", "redirect_uri"}))


def certified(*dns_names, name="Café"):
    signer = software.generate()
    leaf = x509.issue_leaf(
        nation().access_signer, nation().access_root, signer.public_key,
        name=name, country="FR", now=NOW - 100, days=9, purposes=[READER_PURPOSE], dns_names=dns_names,
    )  # fmt: skip
    return signer, leaf


def verifier(identity=None, *, signer=None, leaf=None, key_id=None):
    return Verifier(
        signer=signer or nation().reader,
        chain=[leaf or nation().reader_leaf],
        policy=nation().policy,
        transactions=MemoryTransactions(),
        fetcher=nation().web(),
        identity=identity,
        key_id=key_id,
    )


def opened(party, query=QUERY, **more):
    return party.request(query, request_uri=REQUEST_URI, response_uri=RESPONSE_URI, now=NOW, **more)


class Site:
    """A relying party's endpoints; `asked` records what came."""

    def __init__(self, party, *, alter=lambda raw: raw, status=200):
        self.party, self.alter, self.status = party, alter, status
        self.asked = []

    def __call__(self, batch):
        return [self.answer(request) for request in batch]

    def answer(self, request):
        self.asked.append(request)
        if request.url == RESPONSE_URI:
            return Response(200, b"{}")
        signed = self.party.request_object(request.url.rsplit("/", 1)[1], now=NOW, form=request.body)
        return Response(self.status, self.alter(signed).encode(), {"location": "https://elsewhere.example"})


def fetched(transaction, site, *, link=None, rules=client_ids.HAIP):
    link = link or transaction.link
    return run(wallet.fetch_request(link, VerificationContext(POLICY, Memory(), NOW), rules=rules), site)


def refused(kind, call):
    with pytest.raises(kind) as error:
        call()
    return error.value.code


def resigned(signer=None, header=None, **changes):
    def alter(raw):
        parsed = jws.parse(raw)
        claims = parsed.unverified_claims() | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        stated = header or {name: value for name, value in parsed.unverified_header.items() if name in {"x5c", "kid"}}
        return jws.sign(claims, signer or nation().reader, typ="oauth-authz-req+jwt", header=stated)

    return alter


# --- x509_san_dns


def san(*dns_names, identity=f"x509_san_dns:{HOST}"):
    signer, leaf = certified(*dns_names)
    return verifier(identity, signer=signer, leaf=leaf), signer


def test_a_dns_name_of_the_certificate_is_an_identifier():
    party, _ = san(HOST, "other.example")
    request = fetched(opened(party), Site(party), rules=ANY)
    assert (request.client_id, request.verifier_name) == (f"x509_san_dns:{HOST}", "Café, FR")
    assert request.certified


@pytest.mark.parametrize("names", [(), ("other.example",), ("*.example",), (f"x.{HOST}",)])
def test_a_certificate_of_another_name_is_not(names):
    party, _ = san(*names)
    assert refused(VerificationError, lambda: fetched(opened(party), Site(party), rules=ANY)) == "client_id_mismatch"


def test_a_uri_among_the_names_is_no_dns_name():
    signer = software.generate()
    leaf = x509.issue_leaf(
        nation().access_signer, nation().access_root, signer.public_key,
        name="Café", country="FR", now=NOW - 100, days=9, purposes=[READER_PURPOSE], uris=[f"https://{HOST}"],
    )  # fmt: skip
    party = verifier(f"x509_san_dns:{HOST}", signer=signer, leaf=leaf)
    assert refused(VerificationError, lambda: fetched(opened(party), Site(party), rules=ANY)) == "client_id_mismatch"


@pytest.mark.parametrize("where", [f"https://{HOST}.evil.example/r", f"https://evil.example/{HOST}", "https://[:::]/r"])
def test_the_answer_goes_to_that_name_only(where):
    party, signer = san(HOST)
    site = Site(party, alter=resigned(signer, response_uri=where))
    assert refused(VerificationError, lambda: fetched(opened(party), site, rules=ANY)) == "response_uri_mismatch"


def test_a_certificate_with_another_key_does_not_sign():
    party, _ = san(HOST)
    site = Site(party, alter=resigned(software.generate()))
    assert refused(VerificationError, lambda: fetched(opened(party), site, rules=ANY)) == "signature_invalid"


# --- decentralized_identifier


async def resolver(did_url, purpose):
    """A stand-in for DID resolution: one GET, one key."""
    answer = await fetch(HttpRequest("GET", f"https://resolver.example/{did_url}?{purpose}"))
    return jwk.parse(json.loads(answer.body))


def by_did(**changes):
    signer = software.generate()
    party = verifier(f"decentralized_identifier:{DID}", signer=signer, key_id=f"{DID}#1")
    site = Site(party, alter=resigned(signer, **changes) if changes else str)

    def web(batch):
        if batch[0].url == f"https://resolver.example/{DID}#1?authentication":
            return [Response(200, json.dumps(jwk.build(signer.public_key)).encode())]
        return site(batch)

    return party, web


def test_a_did_signs_with_the_key_that_kid_names():
    party, web = by_did()
    request = fetched(opened(party), web, rules=replace(ANY, find_key=resolver))
    assert request.client_id == request.client_id == f"decentralized_identifier:{DID}"
    assert (request.verifier_name, request.certified) == ("Bar", True)


@pytest.mark.parametrize("kid", [None, 7, DID, f"{DID}2#1", "did:web:other.example#1", "#1"])
def test_a_key_of_another_did_is_not_asked_for(kid):
    party, web = by_did(header={"kid": kid} if kid is not None else {"x": 1})
    rules = replace(ANY, find_key=resolver)
    assert refused(VerificationError, lambda: fetched(opened(party), web, rules=rules)) == "client_id_mismatch"


def test_without_a_resolver_a_did_is_refused():
    party, web = by_did()
    assert refused(VerificationError, lambda: fetched(opened(party), web, rules=ANY)) == "did_resolver_missing"


@pytest.mark.parametrize("roles", [None, {"status"}])
def test_a_did_that_is_no_anchor_for_requests_causes_no_request(roles):
    party, _ = by_did()
    anchors = () if roles is None else (Anchor("Bar", None, frozenset(roles), frozenset(), did=DID),)
    link, rules = opened(party).link, replace(ANY, find_key=resolver)
    flow = wallet.fetch_request(link, VerificationContext(Policy(Anchors(anchors)), Memory(), NOW), rules=rules)
    assert refused(VerificationError, lambda: run(flow, no_web)) == "issuer_unknown"


def test_another_key_than_the_did_s_is_refused():
    signer = software.generate()
    party, web = by_did()
    site = Site(party, alter=resigned(signer))

    def forged(batch):
        return web(batch) if "resolver" in batch[0].url else site(batch)

    rules = replace(ANY, find_key=resolver)
    assert refused(VerificationError, lambda: fetched(opened(party), forged, rules=rules)) == "signature_invalid"


# --- redirect_uri: nobody signs


def unsigned(**changes):
    party = verifier(f"redirect_uri:{RESPONSE_URI}")
    link = opened(party).link
    pairs = dict(urllib.parse.parse_qsl(link.partition("?")[2])) | changes
    kept = {name: value for name, value in pairs.items() if value is not None}
    return party, "openid4vp://?" + urllib.parse.urlencode(kept)


def no_web(_):
    raise AssertionError("nothing is to be fetched")


def test_an_unsigned_request_is_its_link_and_answers_go_to_its_identifier():
    party, link = unsigned()
    request = fetched(None, no_web, link=link, rules=ANY)
    assert request.client_id == party.client_id
    assert (request.response_uri, request.certified, request.verifier_name) == (RESPONSE_URI, False, RESPONSE_URI)
    assert request.encryption is not None
    omitted = fetched(None, no_web, link=unsigned(response_uri=None)[1], rules=ANY)
    assert omitted.response_uri == RESPONSE_URI


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_uri": "https://evil.example/"}, "response_uri_mismatch"),
        ({"request_uri": "https://bar.example/r/1"}, "client_id_unsupported"),
        ({"request": "a.b.c"}, "client_id_unsupported"),
        ({"dcql_query": "{"}, "json_invalid"),
        ({"dcql_query": None}, "message_invalid"),
        ({"dcql_query": '{"credentials":[],"credentials":[]}'}, "json_duplicate_key"),
        ({"client_metadata": "[]"}, "message_invalid"),
        ({"nonce": None}, "message_invalid"),
        ({"redirect_uri": RESPONSE_URI}, "message_invalid"),
        ({"response_mode": "fragment"}, "response_mode_unsupported"),
        ({"client_id": "redirect_uri:"}, "client_id_unsupported"),
    ],
)
def test_an_unsigned_request_that_breaks_the_rules(changes, code):
    _, link = unsigned(**changes)
    assert refused(DidkitError, lambda: fetched(None, no_web, link=link, rules=ANY)) == code


def test_a_signed_request_under_a_prefix_of_the_unsigned_is_refused():
    client = client_ids.split(f"redirect_uri:{RESPONSE_URI}", ANY)
    from didkit_fr.protocols.openid4vp.request import authenticate_request

    raw = opened(verifier()).request_object
    flow = authenticate_request(raw, client, VerificationContext(nation().policy, Memory(), NOW), rules=ANY)
    assert refused(VerificationError, lambda: run(flow, no_web)) == "client_id_unsupported"


def test_the_presentation_is_bound_to_the_full_identifier_of_the_unsigned_too():
    party, _ = unsigned()
    transaction = opened(party)
    request = fetched(transaction, no_web, rules=ANY)
    body = answer(request)
    assert party.verify(body, now=NOW)["title"][0].claims["age_over_18"] is True


# --- which prefixes a wallet accepts


@pytest.mark.parametrize(
    "client_id",
    [
        "origin:https://bar.example",
        "verifier_attestation:bar.example",
        "openid_federation:https://bar.example",
        "https://bar.example",
        "bar",
        "",
        "x509_hash:",
        ":x",
        "X509_HASH:x",
    ],
)
def test_no_rules_accept_these(client_id):
    link = build_link(client_id, "https://bar.example/r/1")
    assert refused(VerificationError, lambda: fetched(None, no_web, link=link, rules=ANY)) == "client_id_unsupported"
    everything = replace(ANY, prefixes=ANY.prefixes | {"origin", "verifier_attestation", "openid_federation", "https"})
    assert refused(VerificationError, lambda: client_ids.split(client_id, everything)) == "client_id_unsupported"


@pytest.mark.parametrize(
    "client_id", [f"x509_san_dns:{HOST}", f"decentralized_identifier:{DID}", "redirect_uri:https://x"]
)
def test_haip_accepts_the_hash_of_a_certificate_only_and_asks_nobody(client_id):
    link = build_link(client_id, "https://bar.example/r/1")
    assert refused(VerificationError, lambda: fetched(None, no_web, link=link)) == "client_id_unsupported"


def test_the_signed_identifier_is_that_of_the_link():
    party = verifier()
    transaction = opened(party)
    other = build_link("x509_hash:" + "A" * 43, f"https://{HOST}/r/{transaction.id}")
    assert refused(VerificationError, lambda: fetched(transaction, Site(party), link=other)) == "client_id_mismatch"
    site = Site(party, alter=resigned(client_id="x509_hash:" + "A" * 43))
    assert refused(VerificationError, lambda: fetched(transaction, site)) == "client_id_mismatch"
    bare = Site(party, alter=resigned(client_id=party.client_id.partition(":")[2]))
    assert refused(VerificationError, lambda: fetched(transaction, bare)) == "client_id_mismatch"


def test_a_request_by_value_needs_no_fetch():
    transaction = opened(verifier())
    parameters = {"client_id": transaction.client_id, "request": transaction.request_object}
    link = "openid4vp://?" + urllib.parse.urlencode(parameters)
    assert fetched(transaction, no_web, link=link).nonce == transaction.nonce


# --- request_uri_method=post


def test_the_wallet_s_nonce_comes_back_signed():
    party = verifier()
    transaction, site = opened(party, request_uri_method="post"), Site(party)
    assert fetched(transaction, site).nonce == transaction.nonce
    (asked,) = site.asked
    assert (asked.method, asked.redirects) == ("POST", 0)
    assert asked.headers["accept"] == "application/oauth-authz-req+jwt"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    posted = parse_wallet_post(asked.body)
    assert len(posted.nonce) == 22
    assert posted.formats == {"dc+sd-jwt", "jwt_vc_json", "ldp_vc", "mso_mdoc"}
    assert posted.prefixes == {"x509_hash"}
    fetched(transaction, site)
    assert parse_wallet_post(site.asked[1].body).nonce != posted.nonce


@pytest.mark.parametrize("nonce", [None, "another", 7])
def test_a_request_made_for_another_wallet_or_beforehand_is_refused(nonce):
    party = verifier()
    site = Site(party, alter=resigned(wallet_nonce=nonce))
    transaction = opened(party, request_uri_method="post")
    assert refused(VerificationError, lambda: fetched(transaction, site)) == "wallet_nonce_mismatch"


def test_a_request_that_is_fetched_has_no_wallet_nonce():
    party = verifier()
    transaction, site = opened(party), Site(party)
    fetched(transaction, site)
    assert [one.method for one in site.asked] == ["GET"]
    assert "wallet_nonce" not in jws.parse(transaction.request_object).unverified_claims()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_no_redirect_is_followed_and_no_error_read(method, status):
    party = verifier()
    site = Site(party, status=status)
    assert refused(FetchError, lambda: fetched(opened(party, request_uri_method=method), site)) == "fetch_status"
    assert [one.redirects for one in site.asked] == [0]


@pytest.mark.parametrize(
    ("query", "kind", "code"),
    [
        ("client_id=x&request_uri=y&request_uri_method=POST", ProtocolError, "invalid_request_uri_method"),
        ("client_id=x&request_uri=y&request_uri_method=put", ProtocolError, "invalid_request_uri_method"),
        ("client_id=x&request=y&request_uri_method=post", ParseError, "request_link_invalid"),
        ("client_id=x&request_uri=y&request=z", ParseError, "request_link_invalid"),
        ("client_id=x&request_uri_method=get", ParseError, "request_link_invalid"),
    ],
)
def test_links_whose_parameters_contradict_each_other(query, kind, code):
    assert refused(kind, lambda: parse_link(f"openid4vp://?{query}")) == code


@pytest.mark.parametrize(
    ("form", "kind", "code"),
    [
        (b"wallet_nonce=a&wallet_nonce=b", ParseError, "form_malformed"),
        (b"wallet_nonce=" + b"a" * 600, ParseError, "message_invalid"),
        (b"wallet_nonce=%00", ParseError, "message_invalid"),
        (b"wallet_nonce=%C3%A9", ParseError, "message_invalid"),
        (b"wallet_metadata=[]", ParseError, "json_not_object"),
        (b"wallet_metadata={}", ParseError, "message_invalid"),
        (b'wallet_metadata={"vp_formats_supported":[]}', ParseError, "message_invalid"),
        (b'wallet_metadata={"vp_formats_supported":{"mso_mdoc":{}}}', ProtocolError, "vp_formats_not_supported"),
        (
            b'wallet_metadata={"vp_formats_supported":{"dc%2Bsd-jwt":{}},"client_id_prefixes_supported":["x"]}',
            VerificationError,
            "client_id_unsupported",
        ),
        (b"x" * 70_000, ParseError, "input_too_large"),
        (b"\xff", ParseError, "form_malformed"),
    ],
)
def test_what_a_wallet_must_not_post(form, kind, code):
    party = verifier()
    transaction = opened(party)
    assert party.request_object(transaction.id, now=NOW, form=b"unheard_of=1") == transaction.request_object
    assert refused(kind, lambda: party.request_object(transaction.id, now=NOW, form=form)) == code


def test_a_request_object_is_given_for_open_transactions_only():
    party = verifier()
    transaction = opened(party)
    for id_, now in (("unknown", NOW), (transaction.id, transaction.expires)):
        code = refused(VerificationError, lambda id_=id_, now=now: party.request_object(id_, now=now))
        assert code == "transaction_unknown"
    unsigned_party = verifier(f"redirect_uri:{RESPONSE_URI}")
    nothing = opened(unsigned_party).id
    assert refused(VerificationError, lambda: unsigned_party.request_object(nothing, now=NOW)) == "transaction_unknown"


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda text: f"wallet_metadata={text}".encode()))
def test_any_form_is_read_or_refused_with_a_code(form):
    with suppress(DidkitError):
        assert parse_wallet_post(form)


# --- metadata of the asker


def metadata(**changes):
    claims = jws.parse(opened(verifier()).request_object).unverified_claims()["client_metadata"]
    return {name: value for name, value in (claims | changes).items() if value is not None}


def asked_with(changed):
    party = verifier()
    return fetched(opened(party), Site(party, alter=resigned(client_metadata=changed)))


def key(**changes):
    made = {**jwk.build(software.generate().public_key), "kid": "1", "alg": "ECDH-ES"} | changes
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    ("accepted", "enc"),
    [
        (["A128GCM", "A256GCM"], "A256GCM"),
        (["A128GCM"], "A128GCM"),
        (["A128CBC-HS256", "A256GCM"], "A256GCM"),
        (None, "A128GCM"),
    ],
)
def test_the_best_cipher_both_know(accepted, enc):
    assert asked_with(metadata(encrypted_response_enc_values_supported=accepted)).encryption.enc == enc


def test_the_first_key_that_can_be_used_is_used_and_the_others_are_left():
    others = [
        {"kty": "OKP", "crv": "X25519", "kid": "okp", "use": "enc", "alg": "ECDH-ES", "x": "AA"},
        {"kty": "EC", "crv": "P-384", "kid": "large", "alg": "ECDH-ES", "x": "AA", "y": "AA"},
        key(kid="signs", use="sig"),
        key(kid="wraps", alg="ECDH-ES+A128KW"),
        key(kid="silent", alg=None),
    ]
    good = key(kid="this")
    encryption = asked_with(metadata(jwks={"keys": [*others, good, key(kid="later")]})).encryption
    assert (encryption.kid, encryption.key) == ("this", jwk.parse({n: good[n] for n in ("kty", "crv", "x", "y")}))
    code = refused(VerificationError, lambda: asked_with(metadata(jwks={"keys": others})))
    assert code == "response_encryption_unsupported"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"jwks": None}, "response_encryption_unsupported"),
        ({"jwks": {"keys": []}}, "response_encryption_unsupported"),
        ({"encrypted_response_enc_values_supported": ["A128CBC-HS256"]}, "response_encryption_unsupported"),
        ({"encrypted_response_enc_values_supported": []}, "message_invalid"),
        ({"jwks": {"keys": [key(kid=None)]}}, "message_invalid"),
        ({"jwks": {"keys": [key(), key()]}}, "message_invalid"),
        ({"jwks": {"keys": [key()] * 40}}, "message_invalid"),
        ({"jwks": {"keys": [key(d="AA")]}}, "jwk_private"),
        ({"jwks": {"keys": [key(x="AA")]}}, "jwk_invalid"),
        ({"jwks": {"keys": ["x"]}}, "message_invalid"),
        ({"vp_formats_supported": None}, "message_invalid"),
        ({"vp_formats_supported": {}}, "vp_formats_not_supported"),
        ({"vp_formats_supported": {"mso_mdoc": {}}}, "vp_formats_not_supported"),
        ({"vp_formats_supported": {"dc+sd-jwt": []}}, "vp_formats_not_supported"),
        ({"vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES512"]}}}, "vp_formats_not_supported"),
        ({"vp_formats_supported": {"dc+sd-jwt": {"kb-jwt_alg_values": "ES256"}}}, "vp_formats_not_supported"),
    ],
)
def test_metadata_that_no_answer_fits(changes, code):
    assert refused(DidkitError, lambda: asked_with(metadata(**changes))) == code


def test_metadata_that_say_less_restrict_less():
    assert asked_with(metadata(vp_formats_supported={"dc+sd-jwt": {}}, unheard_of={"x": 1}))


def test_a_query_for_formats_that_are_not_supported_says_so():
    mdoc = {"credentials": [{"id": "m", "format": "unheard_of", "meta": {"doctype_value": "x"}}]}
    party = verifier()
    code = refused(ProtocolError, lambda: fetched(opened(party, mdoc), Site(party)))
    assert code == "vp_formats_not_supported"


def test_attestations_about_the_asker_are_read_past():
    info = [{"format": "jwt", "data": "a.b.c", "credential_ids": ["title"], "x": 1}, {"format": "x", "data": {"y": []}}]
    party = verifier()
    transaction = opened(party, verifier_info=info)
    assert jws.parse(transaction.request_object).unverified_claims()["verifier_info"] == info
    assert fetched(transaction, Site(party)).verifier_name == "Café de la Gare, FR"
    large = Site(party, alter=resigned(verifier_info=[{"format": "jwt", "data": "x" * 70_000}]))
    assert refused(ParseError, lambda: fetched(transaction, large)) == "input_too_large"


def test_a_request_without_holder_binding_needs_a_state_nobody_guesses():
    query = {**QUERY.dcql()["credentials"][0], "require_cryptographic_holder_binding": False}
    party = verifier()
    transaction = opened(party, {"credentials": [query]})
    assert fetched(transaction, Site(party)).state == transaction.id
    for state in (None, "short"):
        site = Site(party, alter=resigned(state=state))
        assert refused(ParseError, lambda site=site: fetched(transaction, site)) == "message_invalid"


# --- telling the asker


def told(alter, rules):
    party = verifier()
    site = Site(party, alter=alter)
    with pytest.raises(DidkitError):
        fetched(opened(party, transaction_data=()), site, rules=rules)
    return [dict(urllib.parse.parse_qsl(one.body.decode()))["error"] for one in site.asked if one.url == RESPONSE_URI]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"transaction_data": ["e30"]}, "invalid_transaction_data"),
        ({"client_metadata": {"vp_formats_supported": {}}}, "vp_formats_not_supported"),
        ({"dcql_query": {"credentials": []}}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
def test_a_known_asker_is_told_what_is_wrong_with_its_request_if_the_wallet_likes(changes, error):
    assert told(resigned(**changes), replace(client_ids.HAIP, tell=True)) == [error]
    assert told(resigned(**changes), client_ids.HAIP) == []


def test_an_unknown_party_is_told_nothing():
    unknown_party = resigned(software.generate(), dcql_query={"credentials": []})
    assert told(unknown_party, replace(client_ids.HAIP, tell=True)) == []


def test_that_nobody_listens_changes_nothing():
    party = verifier()
    site = Site(party, alter=resigned(dcql_query={"credentials": []}))

    def deaf(batch):
        return [FetchError("fetch_failed")] if batch[0].url == RESPONSE_URI else site(batch)

    rules = replace(client_ids.HAIP, tell=True)
    assert refused(ParseError, lambda: fetched(opened(party), deaf, rules=rules)) == "message_invalid"


# --- transaction data


def test_transaction_data_are_read_where_the_rules_know_their_type():
    party = verifier()
    entry = {"type": STATEMENT, "credential_ids": ["x"], "statement": "I agree"}
    diploma = {"credentials": [{"id": "x", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:fr:diploma"]}}]}
    transaction = opened(party, diploma, transaction_data=[entry])
    rules = replace(client_ids.HAIP, transaction_data=STATEMENTS)
    (read,) = fetched(transaction, Site(party), rules=rules).transaction_data
    assert read.content == {"statement": "I agree"}
    code = refused(VerificationError, lambda: fetched(transaction, Site(party)))
    assert code == "transaction_data_unsupported"


def answer(request):
    raw = nation().credential()
    choices = wallet.select(request.query, [wallet.hold("card", "dc+sd-jwt", raw)])
    chosen = [(choice, "dc+sd-jwt", raw, nation().holder) for choice in choices]
    from didkit_fr.protocols.openid4vp.response import build_response

    presentations = wallet.build_presentations(request, chosen, now=NOW)
    return build_response(presentations, request.state, encryption=request.encryption)


def test_the_key_of_a_request_is_its_own():
    party = verifier()
    keys = [fetched(one, Site(party)).encryption.key for one in (opened(party), opened(party))]
    assert keys[0] != keys[1]
    claims = jws.parse(opened(party).request_object).unverified_claims()
    assert claims["response_mode"] == "direct_post.jwt"
    assert claims["client_metadata"]["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    (published,) = claims["client_metadata"]["jwks"]["keys"]
    assert (published["use"], published["alg"], published["kid"]) == ("enc", jwe.ALGORITHM, claims["state"])
    assert set(published) == {"kty", "crv", "x", "y", "use", "alg", "kid"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
JWK = st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "kid", "alg", "use", "d"]), JSON, max_size=8)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"vp_formats_supported": JSON | st.fixed_dictionaries({"dc+sd-jwt": JSON})},
        optional={
            "jwks": JSON | st.fixed_dictionaries({"keys": st.lists(JWK, max_size=3)}),
            "encrypted_response_enc_values_supported": JSON | st.lists(st.sampled_from(["A256GCM", "x"]), max_size=2),
        },
    )
)
def test_any_metadata_are_read_or_refused_with_a_code(raw):
    with suppress(DidkitError):
        read = parse_metadata(raw)
        with suppress(ProtocolError):
            check_formats(read, parse_query(QUERY.dcql()), algorithms={"ES256"})
        assert choose_encryption(read).kid


NAMES = ["response_mode", "response_uri", "nonce", "state", "dcql_query", "client_metadata", "transaction_data", "aud"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | JSON.map(json.dumps), max_size=4))
def test_any_parameters_make_a_request_or_are_refused_with_a_code(changes):
    _, link = unsigned(**changes)
    with suppress(DidkitError):
        assert fetched(None, no_web, link=link, rules=ANY).response_uri == RESPONSE_URI


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*NAMES, "verifier_info", "exp", "iat", "client_id", "wallet_nonce"]), JSON, max_size=4
    )
)
def test_any_signed_claims_make_a_request_or_are_refused_with_a_code(changes):
    party = verifier()
    with suppress(DidkitError):
        assert fetched(opened(party), Site(party, alter=resigned(**changes))).client_id == party.client_id


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([one.name for one in fields(Transaction)]), JSON, max_size=3))
def test_any_stored_transaction_is_read_or_refused_with_a_code(changes):
    stored = json.loads(opened(verifier()).encode()) | changes
    with suppress(DidkitError):
        transaction = Transaction.decode(json.dumps(stored).encode())
        assert json.loads(transaction.encode()) == stored
        with pytest.raises(DidkitError):
            read_response(transaction, b"response=a.b.c.d.e")
