"""Bitstring Status Lists of one issuer, secured in each way, and who asks them."""

from didkit_fr.encoding import json
from didkit_fr.flow import Response, run
from didkit_fr.formats.w3c import vc_cose, vc_sd_jwt
from didkit_fr.keys import multikey, software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jws
from didkit_fr.status import bitstring
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import check_status
from tests.nation import DAY, NOW, Web

SIGNER, UNKNOWN = software.generate(), software.generate()
URL = "https://issuer.example/status/1"


def did(signer):
    return f"did:key:{multikey.build(signer.public_key)}"


def method(signer):
    return f"{did(signer)}#{multikey.build(signer.public_key)}"


POLICY = Policy(Anchors((Anchor("issuer", None, frozenset({"status"}), frozenset(), did=did(SIGNER)),)))


def listed(purpose="revocation", *, issuer=SIGNER, bits=1, ttl=None, **values):
    statuses = {int(name[1:]): value for name, value in values.items()}
    times = (NOW - DAY, NOW + DAY)
    return bitstring.build_list(URL, purpose, did(issuer), [], 1, times, bits=bits, others=statuses, ttl=ttl)


def as_jwt(document, signer=SIGNER, **claims):
    header = {"kid": method(signer)}
    return jws.sign({**document, **claims}, signer, typ="vc+jwt", header=header).encode()


def as_integrity(document, signer=SIGNER, created=NOW):
    suite = "ecdsa-rdfc-2019" if signer.public_key.algorithm != "EdDSA" else "eddsa-rdfc-2022"
    how = {"cryptosuite": suite, "verification_method": method(signer), "created": created}
    return json.encode(proof.sign(document, signer, **how))


def entry(purpose="revocation", index=7, **more):
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": URL,
        **more,
    }


def asked(raw, *entries, memory=None, web=None, now=NOW, policy=POLICY):
    kept = Memory() if memory is None else memory
    flow = check_status(
        {"credentialStatus": list(entries)}, VerificationContext(policy, kept, now), issuers=policy.anchors.anchors
    )
    return run(flow, web or Web({URL: raw}))


def served(raw, media_type):
    return lambda batch: [Response(200, raw, {"content-type": f"{media_type}; charset=utf-8"}) for _ in batch]


def as_sd_jwt(document, signer=SIGNER):
    how = {"verification_method": method(signer), "disclosable": [], "terms": None}
    return vc_sd_jwt.sign(document, signer, kind="vc", **how).encode()


def as_cose(document, signer=SIGNER):
    return vc_cose.sign(document, signer, kind="vc", verification_method=method(signer), terms=None)
