"""Originals of titles secured with bbs-2023 (specs/profiles/bbs-presentation.md): as a wallet receives them, and shown.

A tree is what the issuer signs, and around it who judges: what an issuer does wrong is properly signed.
"""

from contextlib import contextmanager
from copy import deepcopy

from didkit_fr.credentials.contexts import contexts
from didkit_fr.did import key as did_key
from didkit_fr.encoding import date_time, json
from didkit_fr.flow import offline, run
from didkit_fr.formats import ldp_vc_bbs
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import multikey
from didkit_fr.proofs.data_integrity import bbs_2023, options
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify, verify_issued
from tests.nation import DAY, NOW
from tests.refusals.bbs import SIGNERS, counting
from tests.refusals.receiver import Original, Receiver

DIDS = {name: did_key.build(signer.public_key) for name, signer in SIGNERS.items()}
METHODS = {name: f"{DIDS[name]}#{multikey.build_bbs(signer.public_key)}" for name, signer in SIGNERS.items()}
TYPE = "urn:didkit-fr:vocabulary#NationalIdentity"
TODAY = NOW - NOW % DAY
ASKED = {"nonce": "this occasion", "audience": "x509_hash:shop"}


def _tree():
    method = METHODS["a"]
    stated = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=method, purpose="assertionMethod", created=TODAY
    )
    return {
        "document": {
            "@context": [fields.V2, "urn:didkit-fr:context:national_identity:1"],
            "type": [fields.CREDENTIAL, "NationalIdentity"],
            "issuer": DIDS["a"],
            "validFrom": date_time.build(TODAY),
            "validUntil": date_time.build(TODAY + DAY),
            "credentialSubject": {"family_name": "Lefèvre", "age_over_18": True},
        },
        "options": stated,
        "mandatory": list(ldp_vc_bbs.MANDATORY),
        "selected": ["/credentialSubject/age_over_18"],
        "presented": dict(ASKED),
        "around": {
            "clock": 0,
            "cryptosuites": [bbs_2023.NAME],
            "binding": False,
            "anchor": DIDS["a"],
            "types": [TYPE],
            **ASKED,
        },
    }


def _base(tree):
    return bbs_2023.sign_base(
        tree["document"],
        SIGNERS["a"],
        tree["options"],
        mandatory=tree["mandatory"],
        random=counting(),
        contexts=contexts(),
    )


def _received(tree):
    return json.encode(_base(tree))


def _shown(tree):
    shown = ldp_vc_bbs.derive(_base(tree), tree["selected"], Occasion(**tree["presented"]), random=counting())
    return json.encode({**shown, **tree.get("added", {})})


def _told(around):
    anchor = Anchor("issuer", None, frozenset({"credential"}), frozenset(around["types"]), did=around["anchor"])
    policy = Policy(Anchors((anchor,)), cryptosuites=frozenset(around["cryptosuites"]))
    return {"context": VerificationContext(policy, Memory(), NOW + around["clock"]), "format": "ldp_vc"}


@contextmanager
def _wallet(around, _folder):
    def receive(raw):
        return run(verify_issued(raw.decode("utf-8", "replace"), holder=None, **_told(around)), offline)

    yield Receiver(receive)


@contextmanager
def _verifier(around, _folder):
    def receive(raw):
        asked = {name: around[name] for name in ("nonce", "audience", "binding")}
        return run(verify(raw.decode("utf-8", "replace"), **asked, **_told(around)), offline)

    yield Receiver(receive)


W3C_BBS = {
    "BBS title received": Original(lambda: deepcopy(_tree()), _received, _wallet),
    "BBS title shown": Original(lambda: deepcopy(_tree()), _shown, _verifier),
}
