"""A script that checks nothing: what the primitives of a verification cost by themselves, with no library around them.

It splits, decodes, parses, hashes and verifies two signatures, on the quickest primitives that are known here, and
believes all the rest: no limits, no duplicate keys, no types, no times, no algorithms, nothing misplaced or repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from orjson import loads
from pybase64 import b64decode, b64encode

from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from tests.bench.measure import Case, Work
from tests.bench.proofs import AUDIENCE, NONCE, THREE, V, issued, verified
from tests.nation import NOW, nation

__all__ = ["ROWS"]

P256, OF_DIGEST = ec.SECP256R1(), ec.ECDSA(Prehashed(hashes.SHA256()))
PADDING = ("", "", "==", "=")


def decode(text: str) -> bytes:
    return b64decode(text + PADDING[len(text) & 3], b"-_", validate=True)


def digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest(), b"-_").rstrip(b"=").decode()


def check(key: ec.EllipticCurvePublicKey, signing_input: str, signature: str) -> None:
    raw = decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(der, sha256(signing_input.encode()).digest(), OF_DIGEST)


def bare(raw: str, issuer: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    signed, *parts, binding = raw.split("~")
    header, payload, signature = signed.split(".")
    loads(decode(header))
    claims: dict[str, Any] = loads(decode(payload))
    check(issuer, signed[: -1 - len(signature)], signature)
    disclosed = {digest(part): loads(decode(part)) for part in parts}
    for one in claims.pop("_sd"):
        if one in disclosed:
            _, name, claims[name] = disclosed[one]
    jwk = claims["cnf"]["jwk"]
    holder = ec.EllipticCurvePublicKey.from_encoded_point(P256, b"\x04" + decode(jwk["x"]) + decode(jwk["y"]))
    header, payload, signature = binding.split(".")
    loads(decode(header))
    bound = loads(decode(payload))
    check(holder, binding[: -1 - len(signature)], signature)
    assert (bound["nonce"], bound["aud"]) == (NONCE, AUDIENCE)
    assert bound["sd_hash"] == digest(raw[: -len(binding)])
    return claims


@contextmanager
def verify_3_kb() -> Iterator[Case]:
    raw = dc_sd_jwt.present(issued(), THREE, nation().holder, Occasion(NONCE, AUDIENCE), now=NOW)
    issuer = nation().signer.public_key.handle
    assert isinstance(issuer, ec.EllipticCurvePublicKey)
    assert bare(raw, issuer) == {**verified(raw).claims, "_sd_alg": "sha-256"}
    yield Case("V", Work(lambda: bare(raw, issuer)), V)


ROWS = {"bare_sd_jwt_verify_3_kb": verify_3_kb}
