"""Originals of a relying party that encrypts, waits for a browser, has a statement signed; and of a type's rules."""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache

from didkit_fr.credentials import types
from didkit_fr.encoding import base64url, json
from didkit_fr.flow import run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.proofs.jose import jwe
from didkit_fr.protocols.oauth.form import build_form, parse_form
from didkit_fr.protocols.openid4vp.client_id import RequestRules
from didkit_fr.protocols.openid4vp.link import build_unsigned_link
from didkit_fr.protocols.openid4vp.request import build_claims
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENT
from didkit_fr.protocols.openid4vp.wallet import fetch_request
from didkit_fr.relying_party import MemoryTransactions, Query, SameDevice, Verifier
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from tests.nation import NOW, Web, nation
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver
from tests.refusals.signed import circumstances, fixed, presentation_of, web_around

CARD, PARENT = "https://types.example/card", "https://types.example/any-card"
SESSION = "the cookie of this browser"
ENTRY = {"type": STATEMENT, "credential_ids": ["title"], "statement": "I rent this boat."}
ANSWER_TO = "https://shop.example/answer"


def _anchors(*names):
    """Of two states that issue cards."""
    both = {"France": nation(), "Freedonia": people.unknown_party()}
    return Anchors(
        tuple(
            replace(anchor, name=name, types=anchor.types | {CARD})
            for name in names
            for anchor in both[name].anchors.anchors
            if "credential" in anchor.roles
        )
    )


# --- one question and its answer


def _circumstances(**more):
    return circumstances(mode="direct_post", issuers=[], device="another", signs=False, **more)


def _verifier(web):
    return Verifier(
        signer=nation().reader,
        chain=[nation().reader_leaf],
        policy=Policy(_anchors("France", "Freedonia")),
        transactions=MemoryTransactions(),
        fetcher=web,
        random=fixed,
    )


def _ask(verifier, around):
    return verifier.request(
        Query(CARD, [["age_over_18"]]),
        request_uri="https://shop.example/request/1",
        response_uri=ANSWER_TO,
        response_mode=around["mode"],
        same_device=SameDevice("https://shop.example/back", SESSION) if around["device"] == "same" else None,
        issuers=_anchors(*around["issuers"]) if around["issuers"] else None,
        transaction_data=[ENTRY] if around["signs"] else (),
        now=NOW,
    )


@cache
def _transaction(mode):
    return _ask(_verifier(Web({})), _circumstances() | {"mode": mode, "signs": mode == "direct_post"})


@cache
def _presentation(*, signs):
    opened = _transaction("direct_post")
    entries = tuple(opened.transaction_data) if signs else ()
    check = Occasion(opened.nonce, opened.client_id, transaction_data=entries)
    return FORMATS["dc+sd-jwt"].present(
        nation().credential(vct=CARD), [("age_over_18",)], nation().holder, check, now=NOW
    )


@contextmanager
def _relying_party(around, _folder):
    web = web_around(around)
    verifier = _verifier(web)

    def receive(body):
        _ask(verifier, around)
        return verifier.verify(body, now=NOW + around["clock"])["title"]

    yield Receiver(receive, web)


# --- an encrypted response: `altered` is a part of the JWE with a bit that was not so, `header` what its header says


def _sealed():
    state = _transaction("direct_post.jwt").id
    return {
        "content": {"vp_token": {"title": ["THE-PRESENTATION"]}, "state": state},
        "key": "of the request",
        "kid": state,
        "header": {},
        "altered": [],
        "clear": False,
        "around": _circumstances() | {"mode": "direct_post.jwt"},
    }


def _sealed_form(tree):
    raw = trees.text_of(tree["content"]).replace(b"THE-PRESENTATION", _presentation(signs=False).encode())
    if tree["clear"]:
        content = json.parse_object(raw)
        return build_form({"vp_token": json.encode_text(content["vp_token"]), "state": content["state"]}).encode()
    own = _transaction("direct_post.jwt").key.public_key
    key = own if tree["key"] == "of the request" else people.key(tree["key"]).public_key
    header, *parts = jwe.encrypt(raw, key, enc="A256GCM", kid=tree["kid"]).split(".")
    if tree["header"]:
        header = base64url.encode(json.encode(json.parse_object(base64url.decode(header)) | tree["header"]))
    for at in tree["altered"]:
        data = base64url.decode(parts[at])
        parts[at] = base64url.encode(bytes([data[0] ^ 1]) + data[1:])
    return build_form({"response": ".".join([header, *parts])}).encode()


# --- a signed statement: a presentation whose key binding signs what the relying party asked to be signed


@cache
def _stated():
    whole, binding = _presentation(signs=True).rsplit("~", 1)
    tree = trees.sd_jwt_tree(whole + "~")
    tree["binding"] = trees.node(binding, key="holder")
    del tree["binding"]["claims"]["sd_hash"]
    return {**tree, "presentation": "", "around": _circumstances() | {"signs": True}}


def _stated_form(tree):
    token = json.encode_text({"title": [presentation_of(tree)]})
    return build_form({"vp_token": token, "state": _transaction("direct_post").id}).encode()


# --- the browser that comes back with a response code


def _brought(tree):
    return build_form(
        {name: value if isinstance(value, str) else json.encode_text(value) for name, value in tree["document"].items()}
    ).encode()


def _returned():
    code = {"code": base64url.encode(fixed(32)), "session": SESSION}
    return {"document": code, "around": _circumstances(read="late", completed_before=0) | {"device": "same"}}


@contextmanager
def _browser(around, _folder):
    web = web_around(around)
    verifier = _verifier(web)
    token = json.encode_text({"title": [_presentation(signs=False)]})
    body = build_form({"vp_token": token, "state": _transaction("direct_post").id}).encode()

    def receive(raw):
        brought = parse_form(raw, max_chars=4096)
        _ask(verifier, around)
        answer = verifier.verify(body, now=NOW)
        if around["read"] == "early":
            return answer["title"]
        for _ in range(around["completed_before"]):
            verifier.complete(_returned()["document"]["code"], session=SESSION, now=NOW)
        code, session = brought.get("code", ""), brought.get("session", "")
        return verifier.complete(code, session=session, now=NOW + around["clock"])["title"]

    yield Receiver(receive, web)


# --- a request that nobody signed


def _unsigned():
    asked = build_claims(
        Query(CARD, [["age_over_18"]]).dcql(),
        client_id=f"redirect_uri:{ANSWER_TO}",
        response_uri=ANSWER_TO,
        nonce="nonce-of-the-shop",
        state="state-of-the-shop",
        algorithms=["ES256"],
    )
    return {"document": asked, "around": circumstances(prefixes=["redirect_uri"])}


@contextmanager
def _careless_wallet(around, _folder):
    web, policy = Web({}), Policy(_anchors("France"))
    rules = RequestRules(prefixes=frozenset(around["prefixes"]))

    def receive(raw):
        return run(
            fetch_request(
                raw.decode("utf-8", "surrogateescape"), VerificationContext(policy, Memory(), NOW), rules=rules
            ),
            web,
        )

    yield Receiver(receive, web)


# --- the rules of a type, fetched for a credential that a wallet receives


def _rules():
    own = {"vct": CARD, "extends": PARENT, "claims": [{"path": ["given_name"], "sd": "always"}]}
    inherited = {"vct": PARENT, "claims": [{"path": ["family_name"], "sd": "always", "mandatory": True}]}
    around = circumstances(parent=inherited, types="fetched", pinned=False, issuer="signer", without="")
    return {"document": own, "around": around}


@contextmanager
def _reader_of_types(around, _folder):
    web, policy = Web({}), Policy(_anchors("France"), types=around["types"])
    changes = {"vct#integrity": types.integrity_of(json.encode(_rules()["document"]))} if around["pinned"] else {}
    if around["without"]:
        changes[around["without"]] = None
    state = nation() if around["issuer"] == "signer" else people.unknown_party()
    chain = [state.leaf]
    raw = nation().credential(signer=state.signer, chain=chain, vct=CARD, status=None, **changes)

    def receive(document):
        web.pages |= {CARD: document, PARENT: json.encode(around["parent"])}
        holder = nation().holder.public_key
        checked = verify_issued(raw, VerificationContext(policy, Memory(), NOW), format="dc+sd-jwt", holder=holder)
        return run(checked, web)

    yield Receiver(receive, web)


def _document(tree):
    return trees.text_of(tree["document"])


ANSWERS = {
    "encrypted response": Original(_sealed, _sealed_form, _relying_party),
    "signed statement": Original(lambda: deepcopy(_stated()), _stated_form, _relying_party),
    "response code": Original(_returned, _brought, _browser),
    "unsigned request": Original(
        _unsigned, lambda tree: build_unsigned_link(tree["document"]).encode(), _careless_wallet
    ),
    "rules of a type": Original(_rules, _document, _reader_of_types),
}
