"""Originals that are signed: presentations, fresh credentials, status lists, request objects, key proofs."""

import zlib
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import VerificationError
from didkit_fr.flow import run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.openid4vci.proof import build_proof, verify_proof
from didkit_fr.protocols.openid4vp.client_id import RequestRules
from didkit_fr.protocols.openid4vp.request import build_link, build_request_object, client_id_of
from didkit_fr.protocols.openid4vp.transaction_data import STATEMENTS
from didkit_fr.protocols.openid4vp.wallet import fetch_request, hold, select
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.status import token
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.verify import verify_issued
from tests.nation import DAY, NOW, STATUS_URI, VCT, Web, nation
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver

ISSUER = "https://issuer.example"
REQUEST_URI = "https://shop.example/request/1"
PATHS = [("age_over_18",), ("nationalities", 0), ("place_of_birth", "country")]
QUERY = Query(VCT, [["age_over_18"], ["nationalities"], ["place_of_birth", "country"]])


def circumstances(**more):
    return {"clock": 0, "anchors": "national", "status": 0, "web": "up", **more}


def _policy(around):
    anchors = {"national": nation().anchors, "none": Anchors(()), "of status lists only": _without_credentials()}
    return Policy(anchors[around["anchors"]])


def _without_credentials():
    return Anchors(
        tuple(
            replace(anchor, roles=anchor.roles - {"credential"}, types=frozenset())
            for anchor in nation().anchors.anchors
        )
    )


@cache
def _status_list(status):
    """A list of two bits an entry, where the credential's has this status."""
    data = bytearray(1024)
    data[7 * 2 >> 3] |= status << (7 * 2 & 7)
    listed = {"bits": 2, "lst": base64url.encode(zlib.compress(data))}
    claims = {"sub": STATUS_URI, "iat": NOW, "exp": NOW + DAY, "ttl": 60, "status_list": listed}
    header = {"x5c": x509.build_x5c([nation().leaf])}
    return jws.sign(claims, nation().signer, typ=token.TYP, header=header).encode()


def web_around(around):
    return Web({STATUS_URI: _status_list(around["status"])} if around["web"] == "up" else {})


# --- a presentation, posted to a relying party


def fixed(length):
    """The verifier's nonces and transactions are the same each time: an original can be made before it is asked."""
    return b"\x07" * length


def _verifier(around, web):
    return Verifier(
        signer=nation().reader,
        chain=[nation().reader_leaf],
        policy=_policy(around),
        transactions=MemoryTransactions(),
        fetcher=web,
        random=fixed,
    )


def _ask(verifier, around):
    return verifier.request(
        json.parse(around["query"]) if "query" in around else QUERY,
        request_uri=REQUEST_URI,
        response_uri="https://shop.example/answer",
        response_mode="direct_post",
        now=NOW,
    )


@cache
def _presented():
    transaction = _ask(_verifier(circumstances(), Web({})), {})
    check = Occasion(transaction.nonce, transaction.client_id)
    raw = FORMATS["dc+sd-jwt"].present(nation().credential(), PATHS, nation().holder, check, now=NOW)
    whole, binding = raw.rsplit("~", 1)
    tree = trees.sd_jwt_tree(whole + "~")
    tree["binding"] = trees.node(binding, key="holder")
    del tree["binding"]["claims"]["sd_hash"]
    return {
        **tree,
        "presentation": "",
        "answers": {"title": ["THE-PRESENTATION"]},
        "state": transaction.id,
        "around": circumstances(answered_before=0),
    }


def presentation_of(tree):
    """The presentation; its key binding is to what is sent, unless the case says which hash it signs."""
    if tree["presentation"]:
        return tree["presentation"]
    issued, binding = trees.sd_jwt(tree), tree["binding"]
    if binding is None or isinstance(binding, str):
        return issued + (binding or "")
    return issued + trees.compact(binding, sd_hash=sd_jwt.digest_of(issued))


def _posted(tree):
    presentation = presentation_of(tree)
    answers = {
        name: [presentation if one == "THE-PRESENTATION" else one for one in values]
        if isinstance(values, list)
        else values
        for name, values in tree["answers"].items()
    }
    form = {"vp_token": json.encode_text(answers)} | ({} if tree["state"] is None else {"state": tree["state"]})
    return build_form(form).encode()


@contextmanager
def _relying_party(around, _folder):
    web = web_around(around)
    verifier = _verifier(around, web)

    def receive(body):
        _ask(verifier, around)
        for _ in range(around["answered_before"]):
            verifier.verify(body, now=NOW)
        return verifier.verify(body, now=NOW + around["clock"])

    yield Receiver(receive, web)


# --- a credential, as a wallet receives it


@cache
def _issued():
    return {
        **trees.sd_jwt_tree(nation().credential()),
        "binding": "",
        "credential": "",
        "around": circumstances(format="dc+sd-jwt"),
    }


def _delivered(tree):
    return (tree["credential"] or trees.sd_jwt(tree) + tree["binding"]).encode()


@contextmanager
def _wallet(around, _folder):
    web, memory, policy = web_around(around), Memory(), _policy(around)

    def receive(raw):
        flow = verify_issued(
            raw.decode("latin-1"),
            VerificationContext(policy, memory, NOW + around["clock"]),
            format=around["format"],
            holder=nation().holder.public_key,
        )
        return run(flow, web)

    yield Receiver(receive, web)


# --- a status list, as a relying party fetches it


@cache
def _listed():
    return {"list": trees.node(nation().status_list(), key="signer", chain="leaf"), "around": circumstances()}


@contextmanager
def _reader_of_lists(around, _folder):
    web, memory, policy = Web({}), Memory(), _policy(around)

    def receive(raw):
        if around["web"] == "up":
            web.pages[STATUS_URI] = raw
        flow = load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW + around["clock"]))
        listed = run(flow, web)
        if listed.lookup(7):
            raise VerificationError("status_revoked")

    yield Receiver(receive, web)


# --- a presentation request, as a wallet fetches it


@cache
def _requested():
    raw = build_request_object(
        QUERY.dcql(),
        nation().reader,
        chain=[nation().reader_leaf],
        response_uri="https://shop.example/answer",
        nonce="nonce-of-the-shop",
        state="state-of-the-shop",
        now=NOW,
    )
    asked = {"client": "reader", "prefix": "", "prefixes": ["x509_hash"], "method": "get", "signs": False}
    return {"request": trees.node(raw, key="reader", chain="reader"), "around": circumstances(**asked)}


def _requested_by_post():
    """The wallet's nonce is the same each time, so that an original can be made before it is posted."""
    tree = deepcopy(_requested())
    tree["request"]["claims"]["wallet_nonce"] = base64url.encode(fixed(16))
    tree["around"]["method"] = "post"
    return tree


def _requested_by_name():
    """Of a relying party known by a DNS name of its certificate."""
    tree = deepcopy(_requested())
    tree["around"] |= {"prefix": "x509_san_dns:shop.example", "prefixes": ["x509_san_dns"]}
    tree["request"] |= {"key": "shop", "chain": "shop"}
    tree["request"]["claims"]["client_id"] = "x509_san_dns:shop.example"
    return tree


@contextmanager
def _asked_wallet(around, _folder):
    web, policy, memory = Web({}), _policy(around), Memory()
    client_id = around["prefix"] or client_id_of(people.chain(around["client"])[0])
    link = build_link(client_id, REQUEST_URI, method=around["method"])
    rules = RequestRules(prefixes=frozenset(around["prefixes"]), transaction_data=STATEMENTS if around["signs"] else {})

    def receive(raw):
        web.pages[REQUEST_URI] = raw
        asked = fetch_request(
            link, VerificationContext(policy, memory, NOW + around["clock"]), rules=rules, random=fixed
        )
        request = run(asked, web)
        return select(request.query, [hold("held", "dc+sd-jwt", nation().credential())])

    yield Receiver(receive, web)


# --- the proof of possession of a key


@cache
def _proven():
    raw = build_proof(nation().holder, audience=ISSUER, nonce="nonce-of-the-issuer", now=NOW)
    return {"proof": trees.node(raw, key="holder"), "around": {"clock": 0}}


@contextmanager
def _issuer_of_proofs(around, _folder):
    def receive(raw):
        return verify_proof(raw.decode("latin-1"), audience=ISSUER, now=NOW + around["clock"], algorithms={"ES256"})

    yield Receiver(receive)


SIGNED = {
    "presentation": Original(lambda: deepcopy(_presented()), _posted, _relying_party),
    "issued credential": Original(lambda: deepcopy(_issued()), _delivered, _wallet),
    "status list": Original(
        lambda: deepcopy(_listed()), lambda tree: trees.compact(tree["list"]).encode(), _reader_of_lists
    ),
    "request object": Original(
        lambda: deepcopy(_requested()), lambda tree: trees.compact(tree["request"]).encode(), _asked_wallet
    ),
    "posted request object": Original(
        _requested_by_post, lambda tree: trees.compact(tree["request"]).encode(), _asked_wallet
    ),
    "named request object": Original(
        _requested_by_name, lambda tree: trees.compact(tree["request"]).encode(), _asked_wallet
    ),
    "key proof": Original(
        lambda: deepcopy(_proven()), lambda tree: trees.compact(tree["proof"]).encode(), _issuer_of_proofs
    ),
}
