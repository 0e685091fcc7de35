"""The wallet's flow, against an issuer that is a table of addresses."""

from dataclasses import replace

import pytest

from didkit_fr import flow
from didkit_fr.errors import DidkitError, FetchError
from didkit_fr.flow import Response
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.keys import jwk
from didkit_fr.keys.software import generate
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenResponse
from didkit_fr.protocols.openid4vci.credential import parse_credential_request
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer
from didkit_fr.protocols.openid4vci.wallet import authorize, collect
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from tests.protocols.openid4vci.issuing import (
    ANCHOR,
    CODE,
    DAY,
    ISSUER,
    ISSUER_URL,
    METADATA,
    NOW,
    OFFER,
    PID,
    PIN,
    POLICY,
    SERVER,
    SERVER_URL,
    VCT,
    Issuer,
    attempt,
)

HOW = {"context": VerificationContext(POLICY, Memory(), NOW), "make_signer": generate}


def refused(issuer, **kwargs):
    with pytest.raises(DidkitError) as error:
        attempt(issuer, **kwargs)
    assert PIN not in str(error.value)
    assert CODE not in str(error.value)
    return error.value.code


def changed(message, **members):
    """A message with some members replaced, through its JSON."""
    return type(message).model_validate({**message.to_json(), **members}, by_alias=True, by_name=False)


def configured(**members):
    return changed(METADATA, credential_configurations_supported={"pid": changed(PID, **members).to_json()})


def test_a_title_in_as_many_copies_as_the_issuer_allows():
    issuer = Issuer()
    received = attempt(issuer)
    assert (received.issuer, received.configuration_id, received.format) == (ISSUER, "pid", "dc+sd-jwt")
    assert received.verified.claims["family_name"] == "Curie"
    assert len(received.copies) == 4
    assert len({copy.signer.public_key.octets for copy in received.copies}) == 4
    assert issuer.seen == [ISSUER_URL, SERVER_URL, f"{ISSUER}/token", f"{ISSUER}/nonce", f"{ISSUER}/credential"]
    assert received.copies[0].raw not in repr(received)


@pytest.mark.parametrize(("wanted", "copies"), [(1, 1), (2, 2), (100, 4), (0, 1)])
def test_as_many_as_wanted(wanted, copies):
    assert len(attempt(Issuer(), wanted=wanted).copies) == copies


def test_an_issuer_without_batches():
    assert len(attempt(Issuer(metadata=METADATA.model_copy(update={"batch_credential_issuance": None}))).copies) == 1


def test_copies_in_any_order_and_fewer_than_asked_for():
    issuer = Issuer()
    issuer.arrange = lambda credentials: list(credentials)[:0:-1]
    received = attempt(issuer)
    assert len(received.copies) == 3
    for copy in received.copies:
        bound = dc_sd_jwt.parse(copy.raw).unverified_claims()["cnf"]["jwk"]
        assert jwk.parse(bound) == copy.signer.public_key


def test_a_new_nonce_is_fetched_once():
    issuer = Issuer()
    issuer.nonces_wrong = 1
    assert len(attempt(issuer).copies) == 4
    assert issuer.seen.count(f"{ISSUER}/nonce") == 2
    issuer = Issuer()
    issuer.nonces_wrong = 2
    assert refused(issuer) == "invalid_nonce"
    assert issuer.seen.count(f"{ISSUER}/credential") == 2


@pytest.mark.parametrize(
    ("tx_code", "offer_tx_code", "code"),
    [(None, TxCode(), "tx_code_required"), ("", TxCode(), "tx_code_required"), (PIN, None, "tx_code_unexpected")],
)
def test_the_transaction_code_is_due_exactly_where_the_offer_says_so(tx_code, offer_tx_code, code):
    issuer = Issuer()
    offer = build_offer(issuer=ISSUER, configuration_ids=("pid",), code=CODE, tx_code=offer_tx_code)
    assert refused(issuer, offer=offer, tx_code=tx_code) == code
    assert issuer.seen == []


@pytest.mark.parametrize("grants", [None, {}, {"authorization_code": {}}])
def test_an_offer_without_a_code(grants):
    issuer = Issuer()
    assert refused(issuer, offer=changed(OFFER, grants=grants)) == "grant_unsupported"
    assert issuer.seen == []


def test_metadata_of_someone_else():
    assert (
        refused(Issuer(metadata=changed(METADATA, credential_issuer="https://evil.example")))
        == "metadata_issuer_mismatch"
    )
    assert refused(Issuer(server=changed(SERVER, issuer="https://evil.example"))) == "metadata_issuer_mismatch"


@pytest.mark.parametrize(
    "metadata",
    [
        METADATA.model_copy(update={"credential_configurations_supported": {}}),
        configured(format="unheard_of"),
        configured(cryptographic_binding_methods_supported=["did:example"]),
        configured(cryptographic_binding_methods_supported=None, proof_types_supported=None),
        configured(proof_types_supported={"attestation": {"proof_signing_alg_values_supported": ["ES256"]}}),
        configured(proof_types_supported={"jwt": {"proof_signing_alg_values_supported": ["RS256", -7]}}),
        configured(
            proof_types_supported={
                "jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
            }
        ),
    ],
)
def test_a_title_that_is_not_supported_costs_no_code(metadata):
    issuer = Issuer(metadata=metadata)
    assert refused(issuer) == "configuration_unsupported"
    assert issuer.seen == [ISSUER_URL]


def test_contradictory_claims_abort():
    assert (
        refused(Issuer(metadata=configured(credential_metadata={"claims": [{"path": ["a"]}] * 2})))
        == "claims_contradictory"
    )


@pytest.mark.parametrize(
    "encryption",
    [
        {
            "credential_request_encryption": {
                "jwks": {"keys": [{"kid": "1"}]},
                "enc_values_supported": ["A128GCM"],
                "encryption_required": True,
            }
        },
        {
            "credential_response_encryption": {
                "alg_values_supported": ["ECDH-ES"],
                "enc_values_supported": ["A128GCM"],
                "encryption_required": True,
            }
        },
    ],
)
def test_encryption_that_is_required(encryption):
    assert refused(Issuer(metadata=changed(METADATA, **encryption))) == "encryption_required"


class TestAuthorizationServers:
    OTHER = "https://as.example"
    OTHER_URL = "https://as.example/.well-known/oauth-authorization-server"

    def issuer(self, servers, **other):
        issuer = Issuer(metadata=changed(METADATA, authorization_servers=servers))
        found = changed(SERVER, issuer=self.OTHER, **other)
        issuer.routes[self.OTHER_URL] = lambda _: Response(200, found.encode())
        return issuer

    def offer(self, server):
        return changed(
            OFFER, grants={PRE_AUTHORIZED: {"pre-authorized_code": CODE, "tx_code": {}, "authorization_server": server}}
        )

    def test_one_that_is_not_the_issuer(self):
        issuer = self.issuer([self.OTHER])
        assert attempt(issuer).verified.type == VCT
        assert SERVER_URL not in issuer.seen

    def test_the_offer_picks_one_of_several(self):
        issuer = self.issuer([ISSUER, self.OTHER])
        attempt(issuer, offer=self.offer(self.OTHER))
        assert self.OTHER_URL in issuer.seen
        assert SERVER_URL not in issuer.seen

    def test_of_several_the_one_that_takes_codes(self):
        issuer = self.issuer([ISSUER, self.OTHER], grant_types_supported=[PRE_AUTHORIZED])
        attempt(issuer)
        assert refused(self.issuer([ISSUER, self.OTHER])) == "grant_unsupported"

    @pytest.mark.parametrize("servers", [None, [ISSUER], [ISSUER, "https://third.example"]])
    def test_the_offer_cannot_send_the_code_elsewhere(self, servers):
        issuer = self.issuer(servers)
        assert refused(issuer, offer=self.offer(self.OTHER)) == "authorization_server_unknown"
        assert issuer.seen == [ISSUER_URL]

    def test_one_without_token_endpoint_or_anonymous_access(self):
        assert refused(Issuer(server=changed(SERVER, token_endpoint=None))) == "grant_unsupported"
        denied = changed(SERVER, **{"pre-authorized_grant_anonymous_access_supported": False})
        issuer = Issuer(server=denied)
        assert refused(issuer) == "invalid_client"
        assert f"{ISSUER}/token" not in issuer.seen


def answering(status, body=b""):
    return lambda _: Response(status, body)


@pytest.mark.parametrize(
    ("routes", "code"),
    [
        ({"token": answering(400, b'{"error":"invalid_grant"}')}, "invalid_grant"),
        ({"token": answering(503)}, "fetch_status"),
        ({"token": answering(200, b'{"access_token":"t","token_type":"DPoP"}')}, "token_type_unsupported"),
        ({"nonce": answering(500)}, "fetch_status"),
        ({"nonce": answering(200, b"{}")}, "message_invalid"),
        ({"credential": answering(400, b'{"error":"credential_request_denied"}')}, "credential_request_denied"),
        ({"credential": answering(401)}, "invalid_token"),
        ({"credential": answering(503)}, "fetch_status"),
        ({"credential": answering(202, b'{"transaction_id":"t","interval":5}')}, "deferred_unsupported"),
        ({"credential": answering(200, b'{"credentials":[{"credential":{}}]}')}, "message_invalid"),
        ({"credential": answering(200, b'{"credentials":[{"credential":"x"}]}')}, "sd_jwt_malformed"),
    ],
)
def test_what_the_issuer_answers(routes, code):
    assert refused(Issuer(**routes)) == code


def test_the_same_token_collects_again_after_a_failure():
    issuer = Issuer()
    authorized = flow.run(authorize(OFFER, tx_code=PIN), issuer.fetch)
    assert "tok" not in repr(authorized).replace("token", "")
    working = issuer.routes[f"{ISSUER}/credential"]
    issuer.routes[f"{ISSUER}/credential"] = answering(503)
    with pytest.raises(FetchError):
        flow.run(collect(authorized, "pid", **HOW), issuer.fetch)
    issuer.routes[f"{ISSUER}/credential"] = working
    again = flow.run(collect(authorized, "pid", **HOW), issuer.fetch)
    assert len(again.copies) == 4
    assert issuer.seen.count(f"{ISSUER}/token") == 1


@pytest.mark.parametrize("url", [ISSUER_URL, SERVER_URL])
def test_metadata_that_cannot_be_had(url):
    issuer = Issuer()
    issuer.routes[url] = answering(404)
    assert refused(issuer) == "fetch_status"
    del issuer.routes[url]
    assert refused(issuer) == "fetch_failed"


def test_datasets_that_the_token_names():
    details = [{"type": "openid_credential", "credential_configuration_id": "pid", "credential_identifiers": ["d-1"]}]
    token = changed(TokenResponse(access_token="tok", token_type="Bearer"), authorization_details=details)
    asked = []

    def credential(request):
        asked.append(parse_credential_request(request.body))
        return Response(400, b'{"error":"unknown_credential_identifier"}')

    assert refused(Issuer(issued=token, credential=credential)) == "unknown_credential_identifier"
    assert (asked[0].credential_identifier, asked[0].credential_configuration_id) == ("d-1", None)


def differing(number, claims, **members):
    return {**claims, **members} if number == 2 else claims


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"family_name": "Skłodowska"}, "batch_not_uniform"),
        ({"given_name": "Marie"}, "batch_not_uniform"),
        ({"exp": NOW + DAY + 1}, "batch_not_uniform"),
        ({"iat": NOW - 61}, "batch_not_uniform"),
        ({"vct": "urn:other"}, "credential_not_requested"),
        ({"exp": NOW - DAY}, "credential_expired"),
        ({"cnf": {"jwk": jwk.build(generate().public_key)}}, "holder_mismatch"),
        ({"cnf": {}}, "key_unsupported"),
        ({"cnf": []}, "key_unsupported"),
        ({"cnf": None}, "holder_missing"),
    ],
)
def test_one_copy_that_differs_spoils_the_batch(members, code):
    issuer = Issuer()
    issuer.change_claims = lambda number, claims: differing(number, claims, **members)
    assert refused(issuer) == code


def test_another_title_than_asked_for():
    issuer = Issuer()
    issuer.change_claims = lambda _, claims: {**claims, "vct": "urn:other"}
    assert refused(issuer) == "credential_not_requested"


def test_a_key_twice_or_a_copy_too_many():
    issuer = Issuer()
    issuer.arrange = lambda credentials: [first := next(credentials), first]
    assert refused(issuer) == "holder_mismatch"
    issuer.arrange = lambda credentials: [*(all_ := list(credentials)), all_[0]]
    assert refused(issuer) == "message_invalid"


def test_an_issuer_that_is_not_trusted():
    unknown_party = replace(ANCHOR, types=frozenset({"urn:other"}))
    assert refused(Issuer(), policy=Policy(Anchors((unknown_party,)))) == "issuer_not_for_type"
    assert refused(Issuer(), policy=Policy(Anchors(()))) == "issuer_unknown"


def test_a_signature_that_was_changed():
    issuer = Issuer()

    def spoil(credentials):
        first, *rest = credentials
        head, _, tail = first.partition("~")
        return [f"{head[:-6]}AAAAA{head[-1]}~{tail}", *rest]

    issuer.arrange = spoil
    assert refused(issuer) == "signature_invalid"
