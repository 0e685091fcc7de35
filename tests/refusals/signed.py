"""Twins that are signed: presentations, fresh credentials, status lists, request objects, key proofs."""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache

from didkit_fr.encoding import json
from didkit_fr.errors import VerificationError
from didkit_fr.flow import run
from didkit_fr.formats import FORMATS
from didkit_fr.formats.credential import PossessionCheck
from didkit_fr.protocols.openid4vci.proof import build_proof, verify_proof
from didkit_fr.protocols.openid4vp.request import build_link, build_request_object, client_id_of
from didkit_fr.protocols.openid4vp.response import build_response
from didkit_fr.protocols.openid4vp.wallet import fetch_request
from didkit_fr.proofs import sd_jwt_payload
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status import load_status_list
from didkit_fr.verification.verify import verify_issued
from tests.nation import NOW, STATUS_URI, VCT, Web, nation
from tests.refusals import people, trees
from tests.refusals.court import Court, Twin

ISSUER = "https://issuer.example"
REQUEST_URI = "https://shop.example/request/1"
PATHS = [("age_over_18",), ("nationalities", 0), ("place_of_birth", "country")]
QUERY = Query(VCT, [["age_over_18"], ["nationalities"], ["place_of_birth", "country"]])


def _around(**more):
    return {"clock": 0, "anchors": "national", "revoked": [], "web": "up", **more}


def _policy(around):
    anchors = {"national": nation().anchors, "none": Anchors(()), "of status lists only": _without_credentials()}
    return Policy(anchors[around["anchors"]])


def _without_credentials():
    return Anchors(
        tuple(replace(anchor, roles=anchor.roles - {"credential"}, types=frozenset()) for anchor in nation().anchors.anchors)
    )


@cache
def _status_list(*revoked):
    return nation().status_list(revoked).encode()


def _web(around):
    return Web({STATUS_URI: _status_list(*around["revoked"])} if around["web"] == "up" else {})


# --- a presentation, posted to a relying party


def _fixed(length):
    """The verifier's nonces and transactions are the same each time, so that a twin can be made before it is asked."""
    return b"\x07" * length


def _verifier(around, web):
    return Verifier(
        signer=nation().reader,
        chain=[nation().reader_leaf],
        policy=_policy(around),
        transactions=MemoryTransactions(),
        fetcher=web,
        random=_fixed,
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
    transaction = _ask(_verifier(_around(), Web({})), {})
    check = PossessionCheck(transaction.nonce, transaction.client_id, NOW, 0, 0, ())
    raw = FORMATS["dc+sd-jwt"].present(nation().credential(), PATHS, nation().holder, check)
    whole, binding = raw.rsplit("~", 1)
    tree = trees.sd_jwt_tree(whole + "~")
    tree["binding"] = trees.node(binding, key="holder")
    del tree["binding"]["claims"]["sd_hash"]
    return {
        **tree,
        "presentation": "",
        "answers": {"title": ["THE-PRESENTATION"]},
        "state": transaction.id,
        "around": _around(answered_before=0),
    }


def _presentation(tree):
    """The presentation; its key binding is to what is sent, unless the case says which hash it signs."""
    if tree["presentation"]:
        return tree["presentation"]
    issued = trees.sd_jwt(tree)
    if tree["binding"] is None:
        return issued
    return issued + trees.compact(tree["binding"], sd_hash=sd_jwt_payload.digest_of(issued))


def _posted(tree):
    presentation = _presentation(tree)
    answers = {
        name: [presentation if one == "THE-PRESENTATION" else one for one in values] if isinstance(values, list) else values
        for name, values in tree["answers"].items()
    }
    return build_response(answers, tree["state"])


@contextmanager
def _relying_party(around, _folder):
    web = _web(around)
    verifier = _verifier(around, web)

    def hear(body):
        _ask(verifier, around)
        for _ in range(around["answered_before"]):
            verifier.verify(body, now=NOW)
        return verifier.verify(body, now=NOW + around["clock"])

    yield Court(hear, web)


# --- a credential, as a wallet receives it


@cache
def _issued():
    return {**trees.sd_jwt_tree(nation().credential()), "credential": "", "around": _around(format="dc+sd-jwt")}


@contextmanager
def _wallet(around, _folder):
    web, memory, policy = _web(around), Memory(), _policy(around)

    def hear(raw):
        flow = verify_issued(
            raw.decode("latin-1"),
            format=around["format"],
            policy=policy,
            memory=memory,
            now=NOW + around["clock"],
            holder=nation().holder.public_key,
        )
        return run(flow, web)

    yield Court(hear, web)


# --- a status list, as a relying party fetches it


@cache
def _listed():
    return {"list": trees.node(nation().status_list(), key="signer", chain="leaf"), "around": _around()}


@contextmanager
def _reader_of_lists(around, _folder):
    web, memory, policy = Web({}), Memory(), _policy(around)

    def hear(raw):
        if around["web"] == "up":
            web.pages[STATUS_URI] = raw
        flow = load_status_list(STATUS_URI, policy=policy, memory=memory, now=NOW + around["clock"])
        listed = run(flow, web)
        if listed.lookup(7):
            raise VerificationError("status_revoked")

    yield Court(hear, web)


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
    return {"request": trees.node(raw, key="reader", chain="reader"), "around": _around(client="reader", prefix="")}


@contextmanager
def _asked_wallet(around, _folder):
    web, policy, memory = Web({}), _policy(around), Memory()
    client_id = around["prefix"] or client_id_of(people.chain(around["client"])[0])

    def hear(raw):
        web.pages[REQUEST_URI] = raw
        link = build_link(client_id, REQUEST_URI)
        return run(fetch_request(link, policy=policy, memory=memory, now=NOW + around["clock"]), web)

    yield Court(hear, web)


# --- the proof of possession of a key


@cache
def _proven():
    raw = build_proof(nation().holder, audience=ISSUER, nonce="nonce-of-the-issuer", now=NOW)
    return {"proof": trees.node(raw, key="holder"), "around": {"clock": 0}}


@contextmanager
def _issuer_of_proofs(around, _folder):
    def hear(raw):
        return verify_proof(
            raw.decode("latin-1"), audience=ISSUER, now=NOW + around["clock"], algorithms={"ES256"}
        )

    yield Court(hear)


SIGNED = {
    "presentation": Twin(lambda: deepcopy(_presented()), _posted, _relying_party),
    "issued credential": Twin(
        lambda: deepcopy(_issued()), lambda tree: (tree["credential"] or trees.sd_jwt(tree)).encode(), _wallet
    ),
    "status list": Twin(
        lambda: deepcopy(_listed()), lambda tree: trees.compact(tree["list"]).encode(), _reader_of_lists
    ),
    "request object": Twin(
        lambda: deepcopy(_requested()), lambda tree: trees.compact(tree["request"]).encode(), _asked_wallet
    ),
    "key proof": Twin(
        lambda: deepcopy(_proven()), lambda tree: trees.compact(tree["proof"]).encode(), _issuer_of_proofs
    ),
}
