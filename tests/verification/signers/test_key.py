"""Whose key signed this: by DID and by what an issuer publishes; who is asked, how often, and what is remembered."""

import json
from dataclasses import replace

import pytest

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did import key as did_key
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response, offline, run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import jwk, software, x509
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import PublicKey
from didkit_fr.proofs.claimed_signer import read_jose
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.issuer_keys import build_metadata, well_known
from didkit_fr.verification.signers.key import find_key, load_keys
from didkit_fr.verification.verify import verify
from tests.nation import NOW, VCT, disclosable_of, nation

DID = "did:web:issuer.example"
PAGE = "https://issuer.example/.well-known/did.json"
ISSUER = "https://issuer.example/tenant/1"
METADATA = "https://issuer.example/.well-known/jwt-vc-issuer/tenant/1"
SET = "https://keys.example/set.json"
EVERY = frozenset({"ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
ROLES = frozenset({"credential", "status"})
TYPES = frozenset({VCT})
OLD, NEW = software.generate(), software.generate()


class Web:
    """The web, which can change and counts who asks."""

    def __init__(self, **pages):
        self.pages, self.headers, self.asked = pages, {}, []

    def __call__(self, batch):
        self.asked += [request.url for request in batch]
        return [self._answer(request.url) for request in batch]

    def _answer(self, url):
        page = self.pages.get(url)
        if page is None:
            return FetchError("fetch_failed")
        return page if isinstance(page, Response) else Response(200, json.dumps(page).encode(), self.headers)


def web(pages):
    made = Web()
    made.pages = dict(pages)
    return made


def document(did=DID, purpose="assertionMethod", **keys):
    methods = [
        {"id": f"{did}#{name}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk.build(signer.public_key)}
        for name, signer in keys.items()
    ]
    return {"id": did, "verificationMethod": methods, purpose: [one["id"] for one in methods]}


def policy(*anchors, **options):
    return Policy(Anchors(anchors), algorithms=EVERY, **options)


def by_did(did=DID, roles=ROLES, types=TYPES):
    return policy(Anchor("issuer", None, roles, types, did=did))


def by_address(issuer=ISSUER, **options):
    return policy(Anchor("issuer", None, ROLES, TYPES, issuer=issuer), **options)


def token(signer=OLD, header=None, **claims):
    return jws.parse(jws.sign(claims, signer, typ="test", header=header))


def found(signed, rules, page=offline, memory=None, *, now=NOW, role="credential", type_=VCT):
    memory = Memory() if memory is None else memory
    claimed = read_jose(signed.unverified_header, lambda: signed.unverified_claims().get("iss"))
    flow = find_key(claimed, VerificationContext(rules, memory, now), role=role, type_=type_)
    return run(flow, page).path


def code(*args, **kwargs):
    with pytest.raises(DidkitError) as error:
        found(*args, **kwargs)
    return error.value.code


# --- by DID


def test_the_key_of_a_did_that_is_an_anchor():
    page = web({PAGE: document(k1=OLD, k2=NEW)})
    path = found(token(NEW, {"kid": f"{DID}#k2"}, iss=DID), by_did(), page)
    assert path.key == NEW.public_key
    assert (path.subject, path.names) == (DID, {DID})
    assert path.anchor.did == DID
    assert page.asked == [PAGE]
    with pytest.raises(DidkitError) as error:
        _ = path.leaf
    assert error.value.code == "certificate_path"


def test_the_issuer_may_be_left_out_and_the_key_named_relative_to_it():
    page = web({PAGE: document(k1=OLD)})
    assert found(token(header={"kid": f"{DID}#k1"}), by_did(), page).key == OLD.public_key
    assert found(token(header={"kid": "#k1"}, iss=DID), by_did(), page).key == OLD.public_key


@pytest.mark.parametrize("make", [did_key.build, did_jwk.build])
@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521", "Ed25519"])
def test_dids_that_hold_their_key_need_no_request(make, curve):
    signer = software.generate(curve)
    did = make(signer.public_key)
    fragment = "0" if make is did_jwk.build else did.removeprefix("did:key:")
    assert found(token(signer, {"kid": f"{did}#{fragment}"}), by_did(did)).key == signer.public_key


def test_an_unknown_party_causes_no_request():
    page = web({PAGE: document(k1=OLD)})
    strange = {"kid": "did:web:unknown.example#k1"}
    for rules in (by_did(), by_address(), nation().policy, Policy(Anchors(()))):
        assert code(token(header=strange), rules, page) == "issuer_unknown"
        assert code(token(header=strange, iss=DID), rules, page) == "issuer_mismatch"
        assert code(token(iss="https://unknown.example"), rules, page) == "issuer_unknown"
        assert code(token(iss="did:web:unknown.example", header={"kid": "#k1"}), rules, page) == "issuer_unknown"
    assert code(token(header={"kid": f"{DID}:a#k1"}), by_did(), page) == "issuer_unknown"
    assert code(token(header={"kid": f"{DID.upper()}#k1"}), by_did(), page) == "issuer_unknown"
    assert page.asked == []


def test_an_anchor_is_believed_for_its_roles_and_types():
    page = web({PAGE: document(k1=OLD)})
    signed = token(header={"kid": f"{DID}#k1"})
    assert code(signed, by_did(), page, type_="urn:other") == "issuer_not_for_type"
    assert code(signed, by_did(roles=frozenset({"status"}), types=frozenset()), page) == "issuer_unknown"
    assert code(signed, by_did(), page, role="request", type_=None) == "issuer_unknown"
    assert page.asked == []
    assert found(signed, by_did(), page, role="status", type_=None).key == OLD.public_key


def test_each_role_needs_keys_of_its_purpose():
    signed = token(header={"kid": f"{DID}#k1"})
    asks = by_did(roles=frozenset({"request"}), types=frozenset())
    page = web({PAGE: document(k1=OLD, purpose="authentication")})
    assert found(signed, asks, page, role="request", type_=None).key == OLD.public_key
    assert code(signed, by_did(), page) == "verification_method_purpose"
    page = web({PAGE: document(k1=OLD)})
    assert code(signed, asks, page, role="request", type_=None) == "verification_method_purpose"


def test_the_stated_issuer_must_be_the_did_of_the_key():
    page = web({PAGE: document(k1=OLD)})
    for issuer in ("did:web:other.example", ISSUER, "", 7, [DID]):
        assert code(token(header={"kid": f"{DID}#k1"}, iss=issuer), by_did(), page) == "issuer_mismatch"
    assert page.asked == []


@pytest.mark.parametrize("kid", [DID, f"{DID}#", f"{DID}?a#k1", f"{DID}/a#k1", f"{DID}#k 1"])
def test_what_names_no_key(kid):
    assert code(token(header={"kid": kid}), by_did(), web({})) in {"did_url_invalid", "issuer_unknown"}


@pytest.mark.parametrize(
    "header", [{}, {"kid": 1}, {"kid": ["#k1"]}, {"kid": None}, {"jwk": jwk.build(OLD.public_key)}]
)
def test_whoever_says_nothing_usable_is_unknown(header):
    assert code(token(header=header), by_did()) == "issuer_unknown"
    assert code(token(header=header, iss=7), by_did()) == "issuer_unknown"
    assert code(token(header=header, iss=DID), by_did()) == "issuer_unknown"


def test_a_certificate_chain_is_preferred_to_any_other_name():
    signed = token(header={"kid": f"{DID}#k1", "x5c": ["AAAA"]}, iss=DID)
    page = web({PAGE: document(k1=OLD)})
    assert code(signed, by_did(), page) == "x509_malformed"
    assert code(token(header={"kid": f"{DID}#k1", "x5c": "AAAA"}), by_did(), page) == "issuer_unknown"
    assert page.asked == []


# --- what an issuer publishes


def metadata(issuer=ISSUER, **keys):
    return build_metadata(issuer, jwk.build_set({name: signer.public_key for name, signer in keys.items()}))


def test_the_key_that_an_issuer_publishes():
    page = web({METADATA: metadata(k1=OLD, k2=NEW)})
    path = found(token(NEW, {"kid": "k2"}, iss=ISSUER), by_address(), page)
    assert (path.key, path.subject, path.names) == (NEW.public_key, ISSUER, {ISSUER})
    assert page.asked == [METADATA]


def test_the_only_key_needs_no_name():
    page = web({METADATA: metadata(k1=OLD)})
    assert found(token(iss=ISSUER), by_address(), page).key == OLD.public_key
    page = web({METADATA: metadata(k1=OLD, k2=NEW)})
    assert code(token(iss=ISSUER), by_address(), page) == "issuer_key_unknown"


def test_the_keys_may_be_elsewhere():
    keys = jwk.build_set({"k1": OLD.public_key})
    page = web({METADATA: {"issuer": ISSUER, "jwks_uri": SET}, SET: keys})
    assert found(token(header={"kid": "k1"}, iss=ISSUER), by_address(), page).key == OLD.public_key
    assert page.asked == [METADATA, SET]


@pytest.mark.parametrize(
    ("issuer", "where"),
    [
        ("https://a.example", "https://a.example/.well-known/jwt-vc-issuer"),
        ("https://a.example/", "https://a.example/.well-known/jwt-vc-issuer"),
        ("https://a.example:8443/t/1/", "https://a.example:8443/.well-known/jwt-vc-issuer/t/1"),
    ],
)
def test_where_the_metadata_is(issuer, where):
    assert well_known(issuer) == where


KEYS = jwk.build_set({"k1": OLD.public_key})


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({METADATA: metadata("https://issuer.example/tenant/2", k1=OLD)}, "metadata_issuer_mismatch"),
        ({METADATA: metadata(ISSUER + "/", k1=OLD)}, "metadata_issuer_mismatch"),
        ({METADATA: {"jwks": KEYS}}, "metadata_issuer_mismatch"),
        ({METADATA: {"issuer": ISSUER}}, "issuer_keys_malformed"),
        ({METADATA: {"issuer": ISSUER, "jwks": KEYS, "jwks_uri": SET}}, "issuer_keys_malformed"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": "http://keys.example"}}, "issuer_keys_malformed"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": "https://" + "a" * 9999}}, "issuer_keys_malformed"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": 7}}, "issuer_keys_malformed"),
        ({METADATA: {"issuer": ISSUER, "jwks": []}}, "jwk_set_invalid"),
        ({METADATA: {"issuer": ISSUER, "jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}}, "jwk_private"),
        ({METADATA: {"issuer": ISSUER, "jwks": {"keys": []}}}, "issuer_key_unknown"),
        ({METADATA: metadata(k2=OLD)}, "issuer_key_unknown"),
        ({METADATA: {"issuer": ISSUER, "jwks": {"keys": [*KEYS["keys"] * 2]}}}, "issuer_key_unknown"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": SET}, SET: []}, "json_not_object"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": SET}, SET: Response(404, b"{}")}, "fetch_status"),
        ({METADATA: {"issuer": ISSUER, "jwks_uri": SET}}, "fetch_failed"),
        ({METADATA: Response(302, b"", {"location": SET})}, "fetch_status"),
        ({METADATA: Response(200, b"x")}, "json_invalid"),
        ({METADATA: Response(200, b" " * 70_000)}, "input_too_large"),
        ({}, "fetch_failed"),
    ],
)
def test_what_the_issuer_may_answer(page, expected):
    assert code(token(header={"kid": "k1"}, iss=ISSUER), by_address(), web(page)) == expected


def test_another_algorithm_than_the_keys_finds_none():
    page = web({METADATA: metadata(k1=OLD)})
    header = {"kid": "k1"}
    signed = token(header=header, iss=ISSUER)._replace(unverified_header={**header, "alg": "ES384"})
    assert code(signed, by_address(), page) == "issuer_key_unknown"
    signed = signed._replace(unverified_header={**header, "alg": ["ES256"]})
    assert code(signed, by_address(), page) == "issuer_key_unknown"


# --- what is remembered


@pytest.mark.parametrize(
    ("rules", "page", "signed"),
    [
        (by_did(), {PAGE: document(k1=OLD)}, token(header={"kid": f"{DID}#k1"})),
        (by_address(), {METADATA: metadata(k1=OLD)}, token(header={"kid": "k1"}, iss=ISSUER)),
    ],
    ids=["DID", "address"],
)
def test_keys_are_remembered_for_their_time_and_policy(rules, page, signed):
    memory, live = Memory(), web(page)
    assert found(signed, rules, live, memory).key == OLD.public_key
    last = NOW + rules.max_key_age - 1
    assert found(signed, rules, offline, memory, now=last).key == OLD.public_key
    assert code(signed, rules, offline, memory, now=last + 1) == "offline"
    assert code(signed, replace(rules), offline, memory) == "offline"
    assert len(live.asked) == 1
    live.headers = {"cache-control": "max-age=30"}
    memory = Memory()
    found(signed, rules, live, memory)
    assert found(signed, rules, offline, memory, now=NOW + 29)
    assert code(signed, rules, offline, memory, now=NOW + 30) == "offline"
    live.headers = {"cache-control": "max-age=99999999"}
    memory = Memory()
    found(signed, rules, live, memory)
    assert code(signed, rules, offline, memory, now=last + 1) == "offline"


@pytest.mark.parametrize(
    ("rules", "where", "make", "name"),
    [
        (by_did(), PAGE, document, lambda kid: {"header": {"kid": f"{DID}#{kid}"}}),
        (by_address(), METADATA, metadata, lambda kid: {"header": {"kid": kid}, "iss": ISSUER}),
    ],
    ids=["DID", "address"],
)
def test_a_new_key_is_looked_for_once_a_minute_at_most(rules, where, make, name):
    memory, live = Memory(), web({where: make(k1=OLD)})
    found(token(**name("k1")), rules, live, memory)
    live.pages[where] = make(k1=OLD, k2=NEW)
    fresh = token(NEW, **name("k2"))
    for number in range(20):
        with pytest.raises(DidkitError):
            found(token(**name(f"invented-{number}")), rules, live, memory, now=NOW + 59)
    assert len(live.asked) == 1
    assert found(fresh, rules, live, memory, now=NOW + 60).key == NEW.public_key
    assert len(live.asked) == 2
    for number in range(20):
        with pytest.raises(DidkitError):
            found(token(**name(f"invented-{number}")), rules, live, memory, now=NOW + 61)
    assert len(live.asked) == 2


def test_a_key_that_is_revoked_ends_though_its_document_is_remembered():
    page = document(k1=OLD)
    page["verificationMethod"][0]["expires"] = "2026-09-21T14:13:30Z"  # NOW + 10
    memory, signed, rules = Memory(), token(header={"kid": f"{DID}#k1"}), by_did()
    assert found(signed, rules, web({PAGE: page}), memory, now=NOW + 9).key == OLD.public_key
    assert code(signed, rules, offline, memory, now=NOW + 10) == "verification_method_ended"


def test_keys_can_be_loaded_before_going_offline():
    rules = policy(
        Anchor("France", nation().root, ROLES, TYPES),
        Anchor("did", None, ROLES, TYPES, did=DID),
        Anchor("address", None, ROLES, TYPES, issuer=ISSUER),
    )
    memory, live = Memory(), web({PAGE: document(k1=OLD), METADATA: metadata(k1=OLD)})
    run(load_keys(VerificationContext(rules, memory, NOW)), live)
    assert sorted(live.asked) == sorted([PAGE, METADATA])
    assert found(token(header={"kid": f"{DID}#k1"}), rules, offline, memory).key == OLD.public_key
    assert found(token(header={"kid": "k1"}, iss=ISSUER), rules, offline, memory).key == OLD.public_key
    run(load_keys(VerificationContext(nation().policy, memory, NOW)), offline)


# --- through the whole pipeline


def credential(signer, header, **claims):
    body = {name: value for name, value in nation().claims(status=None, **claims).items() if value is not None}
    raw = sd_jwt.issue(body, signer, typ="dc+sd-jwt", disclosable=disclosable_of(body), header=header)
    check = Occasion("nonce", "audience")
    return FORMATS["dc+sd-jwt"].present(raw, [("family_name",)], nation().holder, check, now=NOW)


def judge(raw, rules, page):
    memory = Memory()
    flow = verify(raw, VerificationContext(rules, memory, NOW), format="dc+sd-jwt", nonce="nonce", audience="audience")
    return run(flow, page)


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521", "Ed25519"])
def test_a_credential_of_a_did_and_of_an_address(curve):
    signer = software.generate(curve)
    page = web({PAGE: document(k1=signer), METADATA: metadata(k1=signer)})
    verified = judge(credential(signer, {"kid": f"{DID}#k1"}, iss=DID), by_did(), page)
    assert (verified.issuer, verified.claims["family_name"]) == (DID, "Lefèvre")
    verified = judge(credential(signer, {"kid": "k1"}, iss=ISSUER), by_address(), page)
    assert verified.issuer == ISSUER


def refusal(raw, rules, page):
    with pytest.raises(DidkitError) as error:
        judge(raw, rules, page)
    return error.value.code


def test_credentials_that_are_forged():
    page = web({PAGE: document(k1=OLD), METADATA: metadata(k1=OLD)})
    assert refusal(credential(NEW, {"kid": f"{DID}#k1"}), by_did(), page) == "signature_invalid"
    assert refusal(credential(NEW, {"kid": "k1"}, iss=ISSUER), by_address(), page) == "signature_invalid"
    assert refusal(
        credential(OLD, {"kid": f"{DID}#k1"}), Policy(by_did().anchors, algorithms=frozenset({"ES384"})), page
    ) == ("algorithm_refused")


def test_an_issuer_that_came_as_a_disclosure_is_refused():
    occasion = Occasion("nonce", "audience")
    for issuer, kid, rules, expected in (
        (ISSUER, "k1", by_address(), "issuer_unknown"),
        (DID, f"{DID}#k1", by_did(), "claim_must_be_visible"),
    ):
        page = web({METADATA: metadata(k1=OLD), PAGE: document(k1=OLD)})
        body = nation().claims(status=None, iss=issuer)
        raw = sd_jwt.issue(body, OLD, typ="dc+sd-jwt", disclosable=[("iss",)], header={"kid": kid})
        raw = FORMATS["dc+sd-jwt"].present(raw, [("iss",)], nation().holder, occasion, now=NOW)
        assert refusal(raw, rules, page) == expected
        # What a holder may withhold names nobody, and so sends nobody a request.
        assert METADATA not in page.asked


def test_a_small_order_key_in_a_document_verifies_nothing():
    page = document(k1=OLD)
    weak = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}
    page["verificationMethod"][0]["publicKeyJwk"] = weak

    class Forger:
        public_key = PublicKey(named("Ed25519"), bytes(32), OLD.public_key.handle)

        def sign(self, _message):
            return bytes(64)

    raw = credential(Forger(), {"kid": f"{DID}#k1"})
    assert refusal(raw, by_did(), web({PAGE: page})) == "jwk_invalid"


def test_the_chain_of_a_certificate_asks_nobody():
    page = web({})
    raw = credential(nation().signer, {"x5c": x509.build_x5c([nation().leaf])})
    assert judge(raw, nation().policy, page).issuer == x509.subject_name(nation().leaf)
    assert page.asked == []
