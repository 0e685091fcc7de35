"""Originals about DIDs and published keys: the names, the documents they lead to, and what signs in their name."""

from contextlib import contextmanager
from copy import deepcopy
from functools import cache, partial

from didkit_fr.did import key as did_key
from didkit_fr.did.resolve import find_method, resolve
from didkit_fr.encoding import base64url, json
from didkit_fr.flow import Response, run
from didkit_fr.keys import jwk
from didkit_fr.protocols.openid4vp.client_id import RequestRules
from didkit_fr.protocols.openid4vp.request import build_link
from didkit_fr.protocols.openid4vp.wallet import fetch_request
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.issuer_keys import build_metadata
from didkit_fr.verification.verify import verify_issued
from tests.nation import NOW, STATUS_URI, VCT, Web, nation
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver, parser
from tests.refusals.signed import SIGNED

DID = "did:web:issuer.example"
PAGE = "https://issuer.example/.well-known/did.json"
ISSUER = "https://issuer.example/tenant"
METADATA = "https://issuer.example/.well-known/jwt-vc-issuer/tenant"
SHOP = "did:web:shop.example"
SHOP_PAGE = "https://shop.example/.well-known/did.json"
REQUEST_URI = "https://shop.example/request/1"


def _document(did, signer, purpose):
    url = f"{did}#key-1"
    method = {"id": url, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk.build(signer.public_key)}
    return {"id": did, "verificationMethod": [method], purpose: [url]}


# --- a name alone: its document is made of it, or is at an address that it gives


@contextmanager
def _resolver(_around, _folder):
    web = Web({PAGE: json.encode(_document(DID, nation().signer, "assertionMethod"))})
    yield Receiver(lambda raw: run(resolve(raw.decode("latin-1"), now=0), web), web)


def _named(text):
    return Original(lambda: {"document": text(), "around": {}}, lambda tree: tree["document"].encode(), _resolver)


def _jwk_did(document):
    return f"did:jwk:{base64url.encode(trees.text_of(document))}".encode()


# --- the document that a name leads to


def _document_tree():
    around = {"url": f"{DID}#key-1", "purpose": "assertionMethod", "status": 200, "clock": 0}
    return {"document": _document(DID, nation().signer, "assertionMethod"), "around": around}


@contextmanager
def _key_finder(around, _folder):
    web = Web({})

    def receive(raw):
        web.pages[PAGE] = Response(around["status"], raw)
        return run(find_method(around["url"], around["purpose"], now=NOW + around["clock"]), web)

    yield Receiver(receive, web)


# --- a title that is signed in the name of a DID, or of an issuer's address


@cache
def _issued(name):
    tree = trees.sd_jwt_tree(nation().credential(), chain=None)
    tree["issuer"]["claims"]["iss"] = name
    tree["issuer"]["header"] = {"alg": "ES256", "typ": "dc+sd-jwt"}
    return tree


def _issued_by_did():
    tree = deepcopy(_issued(DID))
    tree["issuer"]["header"]["kid"] = f"{DID}#key-1"
    page = _document(DID, nation().signer, "assertionMethod")
    return {**tree, "around": {"believes": {"did": DID}, "at": PAGE, "page": page, "signers": ["France"]}}


def _issued_by_address():
    tree = deepcopy(_issued(ISSUER))
    tree["issuer"]["header"]["kid"] = "key-1"
    page = build_metadata(ISSUER, jwk.build_set({"key-1": nation().signer.public_key}))
    return {**tree, "around": {"believes": {"issuer": ISSUER}, "at": METADATA, "page": page, "signers": ["France"]}}


@contextmanager
def _wallet(around, _folder):
    web = Web({around["at"]: trees.text_of(around["page"]), STATUS_URI: nation().status_list().encode()})
    described = Anchor("Issuer", None, frozenset({"credential"}), frozenset({VCT}), **around["believes"])
    # The root signs the status lists also of an issuer that it does not certify: the policy has to say so.
    policy = Policy(Anchors((*nation().anchors.anchors, described)), status_signers=frozenset(around["signers"]))
    holder = nation().holder.public_key

    def receive(raw):
        text, memory = raw.decode("latin-1"), Memory()
        return run(
            verify_issued(text, VerificationContext(policy, memory, NOW), format="dc+sd-jwt", holder=holder), web
        )

    yield Receiver(receive, web)


# --- a request that is signed in the name of a DID


def _asked_by_did():
    tree = SIGNED["request object"].tree()
    tree["request"]["header"] = {"alg": "ES256", "typ": "oauth-authz-req+jwt", "kid": f"{SHOP}#key-1"}
    tree["request"] |= {"key": "shop", "chain": None}
    tree["request"]["claims"]["client_id"] = f"decentralized_identifier:{SHOP}"
    around = {"believes": SHOP, "asks": SHOP, "page": _document(SHOP, people.key("shop"), "authentication")}
    return {"request": tree["request"], "around": {**around, "resolver": True}}


@contextmanager
def _asked_wallet(around, _folder):
    web = Web({SHOP_PAGE: trees.text_of(around["page"])})
    policy = Policy(Anchors((Anchor("Shop", None, frozenset({"request"}), frozenset(), did=around["believes"]),)))
    find_key = partial(find_method, now=NOW) if around["resolver"] else None
    rules = RequestRules(prefixes=frozenset({"decentralized_identifier"}), find_key=find_key)
    link = build_link(f"decentralized_identifier:{around['asks']}", REQUEST_URI)

    def receive(raw):
        web.pages[REQUEST_URI] = raw
        return run(fetch_request(link, VerificationContext(policy, Memory(), NOW), rules=rules), web)

    yield Receiver(receive, web)


DIDS = {
    "DID": _named(lambda: DID),
    "DID of a key": _named(lambda: did_key.build(nation().holder.public_key)),
    "DID of a JWK": parser(
        lambda: jwk.build(nation().holder.public_key),
        lambda raw: run(resolve(raw.decode("latin-1"), now=0), Web({})),
        _jwk_did,
    ),
    "DID document": Original(_document_tree, lambda tree: trees.text_of(tree["document"]), _key_finder),
    "title of a DID": Original(_issued_by_did, lambda tree: trees.sd_jwt(tree).encode(), _wallet),
    "title of an address": Original(_issued_by_address, lambda tree: trees.sd_jwt(tree).encode(), _wallet),
    "request of a DID": Original(_asked_by_did, lambda tree: trees.compact(tree["request"]).encode(), _asked_wallet),
}
