"""A driving licence as ISO mdoc, asked for, presented and verified: in process, through the exits of both ends."""

import pytest

from didkit_fr.encoding import base64url, cbor, json
from didkit_fr.flow import run
from didkit_fr.keys import software
from didkit_fr.proofs.mdoc import device
from didkit_fr.protocols.openid4vp.dcql import evaluate, parse_query
from didkit_fr.protocols.openid4vp.response import build_response
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.protocols.openid4vp.wallet import build_presentations, fetch_request, hold, select
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.verify import verify_issued
from tests.documents import MDL, MDL_NS, STATUS, VALIDITY, licence, policy
from tests.nation import DAY, NOW, VCT, Web, nation
from tests.refused import refusal

REQUEST_URI, RESPONSE_URI = "https://hire.example/request", "https://hire.example/answer"
QUERY = Query(MDL, [[MDL_NS, "family_name"], [MDL_NS, "driving_privileges"]], format="mso_mdoc")
BIRTH = {"meta": {"doctype_value": MDL}, "claims": [{"path": [MDL_NS, "birth_date"], "intent_to_retain": False}]}


def verifier(**changes):
    arguments = {
        "signer": nation().reader,
        "chain": [nation().reader_leaf],
        "policy": policy(),
        "transactions": MemoryTransactions(),
        "fetcher": nation().web(),
    }
    return Verifier(**(arguments | changes))


def ask(party, query=QUERY, mode="direct_post.jwt"):
    return party.request(query, request_uri=REQUEST_URI, response_uri=RESPONSE_URI, now=NOW, response_mode=mode)


def received(transaction):
    web = Web({REQUEST_URI: transaction.request_object.encode()})
    return run(fetch_request(transaction.link, VerificationContext(policy(), Memory(), NOW)), web)


def answered(request, raw, signer=None):
    choices = select(request.query, [hold("held", "mso_mdoc", raw)])
    return build_presentations(
        request, [(choice, "mso_mdoc", raw, signer or nation().holder) for choice in choices], now=NOW
    )


def posted(request, presentations):
    return build_response(presentations, request.state, encryption=request.encryption)


@pytest.mark.parametrize("mode", ["direct_post.jwt", "direct_post"])
def test_a_licence_is_asked_for_presented_and_verified(mode):
    party = verifier()
    request = received(ask(party, mode=mode))
    (one,) = party.verify(posted(request, answered(request, licence())), now=NOW + 5)["title"]
    assert (one.format, one.type) == ("mso_mdoc", MDL)
    assert one.claims == {
        MDL_NS: {
            "family_name": "Lefèvre",
            "driving_privileges": [{"vehicle_category_code": "B", "issue_date": "2010-06-01"}],
        }
    }
    assert one.holder == nation().holder.public_key
    assert (one.issued_at, one.expires) == (VALIDITY.signed, VALIDITY.valid_until)
    assert one.status == STATUS
    assert one.checks["holder"] == "possession proven"
    assert one.checks["status"] == "valid"


def test_nothing_leaves_that_was_not_asked():
    request = received(ask(verifier()))
    (raw,) = answered(request, licence())["title"]
    elements = device.parse_response(base64url.decode(raw))[0].issuer_signed.unverified_elements()
    assert set(elements[MDL_NS]) == {"family_name", "driving_privileges"}
    assert b"12AB34567" not in base64url.decode(raw)


def test_a_query_names_its_one_type_and_two_names_a_claim():
    assert QUERY.dcql()["credentials"][0]["meta"] == {"doctype_value": MDL}
    assert Query(VCT, [["family_name"]]).dcql()["credentials"][0]["meta"] == {"vct_values": [VCT]}

    def asked(path):
        return parse_query({"credentials": [{"id": "a", "format": "mso_mdoc", **BIRTH, "claims": [{"path": path}]}]})

    assert asked([MDL_NS, "birth_date"])
    for path in ([MDL_NS], [MDL_NS, "driving_privileges", None], [MDL_NS, 0], ["a", "b", "c"], [None, "x"]):
        assert refusal(asked, path) == "message_invalid"


@pytest.mark.parametrize(
    ("meta", "matches"),
    [
        ({"doctype_value": MDL}, True),
        ({"doctype_value": [MDL]}, False),
        ({"doctype_value": "eu.europa.ec.av.1"}, False),
        ({"vct_values": [MDL]}, False),
        ({}, False),
    ],
)
def test_the_document_type_is_one_text(meta, matches):
    query = parse_query({"credentials": [{"id": "a", "format": "mso_mdoc", **BIRTH, "meta": meta}]})
    held = [hold("h", "mso_mdoc", licence())]
    if matches:
        assert [choice.paths for choice in select(query, held)] == [((MDL_NS, "birth_date"),)]
    else:
        assert refusal(select, query, held) == "nothing_matches"


@pytest.mark.parametrize(
    ("element", "values", "matches"),
    [
        ("birth_date", ["1990-05-17"], True),
        ("birth_date", ["1990-05-18"], False),
        ("age_over_18", [True], True),
        ("age_over_18", [1], False),
        ("portrait", [base64url.encode(b"\xff\xd8\xff\xe0 portrait \xff\xd9")], True),
    ],
)
def test_values_are_compared_as_json(element, values, matches):
    claim = {"path": [MDL_NS, element], "values": values}
    query = parse_query({"credentials": [{"id": "a", "format": "mso_mdoc", **BIRTH, "claims": [claim]}]})
    held = [hold("h", "mso_mdoc", licence())]
    assert (refusal(select, query, held) == "nothing_matches") if not matches else select(query, held)


@pytest.mark.guarantee("G33")
def test_an_answer_to_one_request_is_of_no_use_to_another():
    party = verifier()
    first, second = (received(ask(party)) for _ in range(2))
    presentations = answered(first, licence())
    assert refusal(party.verify, posted(second, presentations), now=NOW) == "mdoc_session_mismatch"


def test_an_answer_in_the_clear_is_not_one_that_was_encrypted():
    party = verifier()
    clear, encrypted = received(ask(party, mode="direct_post")), received(ask(party))
    assert encrypted.encryption is not None
    presentations = answered(clear, licence())
    assert refusal(party.verify, posted(encrypted, presentations), now=NOW) == "mdoc_session_mismatch"


@pytest.mark.guarantee("G33")
def test_another_devices_signature_is_refused():
    party = verifier()
    request = received(ask(party))
    presentations = answered(request, licence(), software.generate())
    assert refusal(party.verify, posted(request, presentations), now=NOW) == "mdoc_session_mismatch"


def judged(raw, now=NOW, **changes):
    party = verifier(**changes)
    request = received(ask(party))
    return party.verify(posted(request, answered(request, raw)), now=now)


def test_a_document_is_believed_in_its_time_and_from_its_issuer_only():
    assert refusal(judged, licence(validity=VALIDITY.__class__(NOW, NOW + 90, NOW + DAY))) == "credential_not_yet_valid"
    assert refusal(judged, licence(validity=VALIDITY.__class__(NOW - 9, NOW - 9, NOW - 61))) == "credential_expired"
    assert refusal(judged, licence(), policy=nation().policy) == "issuer_not_for_type"
    assert refusal(judged, licence(), fetcher=nation().web(revoked=[7])) == "status_revoked"
    assert refusal(judged, licence(chain=[nation().reader_leaf], signer=nation().reader)) == "issuer_unknown"
    assert refusal(judged, licence(signer=nation().holder)) == "signature_invalid"
    assert refusal(judged, licence(chain=[nation().root])) == "certificate_self_signed"


def test_a_document_without_certificate_is_from_nobody():
    value = cbor.decode(base64url.decode(licence()))
    value["issuerAuth"][1] = {4: b"did:web:issuer.example#key"}
    assert refusal(judged, base64url.encode(cbor.encode(value))) == "issuer_unknown"


def test_an_issued_document_is_no_presentation():
    party = verifier()
    request = received(ask(party))
    assert refusal(party.verify, posted(request, {"title": [licence()]}), now=NOW) == "key_binding_missing"


def test_a_presentation_is_no_issued_document():
    request = received(ask(verifier()))
    (presented,) = answered(request, licence())["title"]

    def accept(raw):
        return run(
            verify_issued(
                raw, VerificationContext(policy(), Memory(), NOW), format="mso_mdoc", holder=nation().holder.public_key
            ),
            nation().web(),
        )

    assert accept(licence()).checks["holder"] == "bound to this key"
    assert refusal(accept, presented) == "key_binding_unexpected"


def test_a_transaction_remembers_where_its_answer_goes():
    transaction = ask(verifier())
    assert transaction.response_uri == RESPONSE_URI
    assert len(transaction.encryption_thumbprint) == 32
    assert Transaction.decode(transaction.encode()) == transaction
    spoilt = json.parse_object(transaction.encode(), max_bytes=99_999) | {"response_uri": 7}
    assert refusal(Transaction.decode, json.encode(spoilt)) == "transaction_malformed"
    assert ask(verifier(), mode="direct_post").encryption_thumbprint is None


def test_a_path_is_evaluated_on_the_claims_by_namespace():
    claims = hold("h", "mso_mdoc", licence()).claims
    assert evaluate(claims, [MDL_NS, "age_over_18"]) == [True]
    assert evaluate(claims, ["other", "age_over_18"]) == []
