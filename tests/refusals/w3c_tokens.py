"""The reference document of a W3C credential of data model 1.1 as JWT, presented: both tokens, and each status."""

from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.flow import run
from didkit_fr.formats import jwt_vc_json
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.proofs.jose import jws
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify
from tests.nation import NOW, STATUS_URI, Web, nation
from tests.refusals import people, trees
from tests.refusals.receiver import Original, Receiver

NONCE, SHOP, CREDENTIAL = "nonce", "x509_hash:shop", "THE-CREDENTIAL"


@cache
def _presented():
    issuer, holder = people.key("signer"), people.key("a")
    did = fields.did_of(issuer.public_key)
    document = {
        "@context": [fields.V1],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": fields.did_of(holder.public_key)},
    }
    claims = {"iss": did, "vc": document, "status": {"status_list": {"idx": 7, "uri": STATUS_URI}}}
    raw = jws.sign(claims, issuer, typ="JWT", header={"kid": fields.method_of(issuer.public_key)})
    check = Occasion(NONCE, SHOP)
    shown = trees.node(jwt_vc_json.present(raw, [], holder, check, now=NOW), key="a")
    shown["claims"]["vp"]["verifiableCredential"] = [CREDENTIAL]
    return {"credential": trees.node(raw, key="signer"), "presentation": shown, "around": {}}


def _encoded(tree):
    inner, shown = trees.compact(tree["credential"]), deepcopy(tree["presentation"])
    listed = shown["claims"]["vp"]["verifiableCredential"]
    shown["claims"]["vp"]["verifiableCredential"] = [inner if one == CREDENTIAL else one for one in listed]
    return trees.compact(shown).encode()


@contextmanager
def _relying_party(_around, _folder):
    roles, types = frozenset({"credential"}), frozenset({fields.CREDENTIAL_IRI})
    lists = Anchor("lists", nation().root, frozenset({"status"}), frozenset())
    issuer = Anchor("issuer", None, roles, types, did=fields.did_of(people.key("signer").public_key))
    policy = Policy(Anchors((issuer, lists)), status_signers=frozenset({"lists"}))
    web = Web({STATUS_URI: nation().status_list().encode()})

    def receive(raw):
        flow = verify(
            raw.decode("utf-8", "surrogateescape"),
            VerificationContext(policy, Memory(), NOW),
            format="jwt_vc_json",
            nonce=NONCE,
            audience=SHOP,
        )
        return run(flow, web)

    yield Receiver(receive)


W3C_TOKENS = {"W3C token of 1.1": Original(lambda: deepcopy(_presented()), _encoded, _relying_party)}
