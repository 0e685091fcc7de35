"""Originals that are read, not believed: messages of the protocols, and files."""

from contextlib import contextmanager
from copy import deepcopy
from functools import partial

from didkit_fr import specs
from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url, json
from didkit_fr.flow import Response, run
from didkit_fr.keys import jwk
from didkit_fr.proofs.sd_jwt import json_serialization, sd_jwt
from didkit_fr.protocols.oauth import metadata as server_metadata
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.oauth.token import parse_token_response
from didkit_fr.protocols.openid4vci import metadata as issuer_metadata
from didkit_fr.protocols.openid4vci.credential import parse_credential_request, parse_credential_response
from didkit_fr.protocols.openid4vci.issuer import ProofRules, check_proofs, check_request
from didkit_fr.protocols.openid4vci.metadata import BatchIssuance, IssuerMetadata, build_configuration
from didkit_fr.protocols.openid4vci.nonce import C_NONCE, issue_nonce, parse_nonce_response
from didkit_fr.protocols.openid4vci.offer import TxCode, build_offer, parse_offer_uri
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.protocols.openid4vp.request import build_link, parse_link
from didkit_fr.protocols.openid4vp.response import parse_answer, parse_response
from didkit_fr.protocols.openid4vp.verifier import Transaction
from didkit_fr.relying_party import Query
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.type_metadata import load_rules
from issuer_service.register import citizens
from issuer_service.titles import config
from tests.nation import NOW, VCT, Web, nation
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver, parser
from tests.refusals.signed import ISSUER

NONCE_KEY = b"the issuer's nonce key, 32 bytes"
PID = build_configuration(
    vct=VCT, scope="pid", credential_metadata={"claims": [{"path": ["given_name"]}, {"path": ["nationalities", None]}]}
)
TYPE, PARENT_TYPE = "https://types.example/card", "https://types.example/document"
METADATA = IssuerMetadata(
    credential_issuer=ISSUER,
    credential_endpoint=f"{ISSUER}/credential",
    nonce_endpoint=f"{ISSUER}/nonce",
    batch_credential_issuance=BatchIssuance(batch_size=2),
    credential_configurations_supported={"pid": PID},
)


SETTINGS = """\
issuer = "https://issuer.example/fr"
register_url = "https://register.example"
register_secret_file = "/somewhere/secret"
tls_certificate = "tls.pem"
tls_key = "tls.key"
"""


# --- to the issuer: a credential request, judged without HTTP


def _asked():
    nonce = {"purpose": C_NONCE, "age": 0, "key": NONCE_KEY.decode()}
    proofs = [trees.node(build_proof(people.key(name), audience=ISSUER, nonce="", now=NOW), key=name) for name in "ab"]
    for proof in proofs:
        del proof["claims"]["nonce"]
    request = {"credential_configuration_id": "pid", "proofs": {"jwt": ["PROOF-0", "PROOF-1"]}}
    return {"request": request, "nonces": [nonce, {}], "proofs": proofs, "around": {"clock": 0}}


def _asking(tree):
    """Both proofs carry the first nonce; the second one's is its own where the case gives it one."""
    made = []
    for proof, nonce in zip(tree["proofs"], tree["nonces"], strict=True):
        terms = tree["nonces"][0] | nonce
        value = issue_nonce(
            terms["key"].encode(), purpose=terms["purpose"], now=NOW - terms["age"], random=lambda n: b"\x05" * n
        )
        made.append(trees.compact(proof, nonce=value))
    return json.encode(_filled(tree["request"], {f"PROOF-{at}": text for at, text in enumerate(made)}))


def _filled(value, names):
    if isinstance(value, dict):
        return {name: _filled(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


@contextmanager
def _issuer(around, _folder):
    def receive(raw):
        request = parse_credential_request(raw)
        found = check_request(request, METADATA)
        return check_proofs(
            request, found.configuration, ProofRules(ISSUER, 2, NONCE_KEY, 300), now=NOW + around["clock"]
        )

    yield Receiver(receive)


# --- what is parsed only


def _offer():
    offer = build_offer(issuer=ISSUER, configuration_ids=("pid",), code="c0de", tx_code=TxCode(length=6))
    return {"scheme": "openid-credential-offer", "parameters": {"credential_offer": offer.to_json()}}


def _offered(document):
    values = {
        name: value if isinstance(value, str) else json.encode(value).decode()
        for name, value in document["parameters"].items()
    }
    return f"{document['scheme']}://?{build_form(values)}".encode()


def _form(document):
    return build_form(
        {name: value if isinstance(value, str) else json.encode(value).decode() for name, value in document.items()}
    ).encode()


def _text(parse):
    return lambda raw: parse(raw.decode("utf-8", "surrogateescape"))


def _answered(parse, status=200):
    return lambda raw: parse(Response(status, raw))


def _citizens():
    record = {
        "document_number": "ALICE0001",
        "family_name": "Lefèvre",
        "given_name": "Éloïse",
        "birth_date": "1990-05-17",
        "birth_place_code": "2A004",
        "nationality": ["FR"],
        "sex": 2,
    }
    return {"citizens": [record]}


def _register_answer():
    return {
        "family_name": "Lefèvre",
        "given_name": "Éloïse",
        "birth_date": "1990-05-17",
        "birth_country": "FR",
        "nationality": ["FR", "BE"],
        "issuing_authority": "Ministère",
        "issuing_country": "FR",
    }


def _transaction():
    query = Query(VCT, [["age_over_18"]]).dcql()
    return json.parse(Transaction("id", "x509_hash:a", "nonce", query, "openid4vp://?x=y", "a.b.c", NOW).encode())


def _type_metadata():
    claims = [{"path": ["name"], "sd": "always", "mandatory": True}]
    return {"vct": TYPE, "extends": PARENT_TYPE, "claims": claims}


def _types(raw):
    """A type that is fetched, with the one that it extends."""
    parent = {"vct": PARENT_TYPE, "claims": [{"path": ["name"], "sd": "always", "mandatory": True}]}
    policy = Policy(nation().anchors, types="fetched")
    web = Web({TYPE: raw, PARENT_TYPE: json.encode(parent)})
    return run(load_rules(TYPE, None, VerificationContext(policy, Memory(), NOW)), web)


def _same(value):
    return lambda: deepcopy(value)


def _json(tree, parse):
    return parser(tree, parse, trees.text_of)


def _sd_jwt_json():
    """The general form with two signatures: of the first are the disclosures and the key binding."""
    signer, holder = nation().signer, nation().holder
    raw = sd_jwt.issue({"a": 1, "b": 2}, signer, typ="example+sd-jwt", disclosable=[("a",), ("b",)])
    bound = sd_jwt.bind(raw, holder, nonce="nonce", audience="audience", now=NOW)
    jwt, *disclosures, kb_jwt = bound.split("~")
    protected, payload, signature = jwt.split(".")
    first = {"header": {"kid": "1", "disclosures": disclosures, "kb_jwt": kb_jwt}}
    second = {"header": {"kid": "2"}, "protected": protected, "signature": signature}
    return {"payload": payload, "signatures": [{**first, "protected": protected, "signature": signature}, second]}


MESSAGES = {
    "SD-JWT as JSON": _json(_sd_jwt_json, json_serialization.parse_json),
    "credential request": Original(_asked, _asking, _issuer),
    "offer link": parser(_offer, _text(parse_offer_uri), _offered),
    "issuer metadata": _json(METADATA.to_json, lambda raw: issuer_metadata.parse_metadata(raw, issuer=ISSUER)),
    "described claims": _json(
        PID.credential_metadata.to_json,
        lambda raw: build_configuration(vct=VCT, scope="pid", credential_metadata=json.parse_object(raw)),
    ),
    "server metadata": _json(
        lambda: {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"},
        lambda raw: server_metadata.parse_metadata(raw, issuer=ISSUER),
    ),
    "token response": _json(
        lambda: {"access_token": "abc", "token_type": "Bearer", "expires_in": 300}, _answered(parse_token_response)
    ),
    "credential response": _json(
        lambda: {"credentials": [{"credential": "a.b.c~"}]}, _answered(partial(parse_credential_response, copies=1))
    ),
    "nonce response": _json(lambda: {"c_nonce": "n0nce"}, _answered(parse_nonce_response)),
    "response form": parser(lambda: {"vp_token": {"title": ["a.b.c~d.e.f"]}, "state": "state"}, parse_response, _form),
    "answer to the wallet": _json(lambda: {"redirect_uri": "https://shop.example/thanks"}, parse_answer),
    "request link": parser(
        lambda: {"client_id": "x509_hash:a", "request_uri": "https://shop.example/1"},
        _text(parse_link),
        lambda document: build_link(**document).encode(),
    ),
    "stored transaction": _json(_transaction, Transaction.decode),
    "anchors file": _json(lambda: json.parse(nation().anchors.encode()), Anchors.parse),
    "JWK": _json(lambda: jwk.build(nation().holder.public_key), lambda raw: jwk.parse(json.parse(raw))),
    "JSON": _json(_same({"a": [1, 2.5, "é", None, {"b": True}]}), json.parse),
    "JSON as text": parser(_same('{"a":"é"}'), _text(json.parse), str.encode),
    "base64url": parser(_same("AQIDBA"), _text(base64url.decode), str.encode),
    "title table": parser(lambda: specs.read("credentials/pid/title.toml").decode(), titles.parse, str.encode),
    "type metadata": _json(_type_metadata, _types),
    "register answer": _json(
        _register_answer, lambda raw: titles.build_claims(titles.load("pid"), json.parse_object(raw))
    ),
    "settings": parser(lambda: SETTINGS, config.parse, str.encode),
    "citizens file": _json(_citizens, citizens.load),
}
