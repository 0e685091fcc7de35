"""Documents as trees that a case can edit, and back to what goes over the wire.

A signed document is a node: `header`, `claims`, the name of the `key` that signs, the name of the `chain` that becomes
its `x5c`, and how its `signature` comes about: "made" over what is sent, "kept" from before the edit, "none", or
"flipped". So an edit is signed again by default: it is the edit that gets refused, not a broken signature.
"""

from copy import deepcopy

from didkit_fr.encoding import base64url, json
from didkit_fr.keys import x509
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt.hashes import digest_of
from tests.refusals import people


def node(compact, *, key, chain=None):
    """The node of a compact JWS that `key` signed."""
    parsed = jws.parse(compact)
    header = dict(parsed.unverified_header)
    if chain is not None:
        header.pop("x5c")
    was = {"header": header, "claims": parsed.unverified_claims()}
    return {**was, "key": key, "chain": chain, "signature": "made", "was": deepcopy(was)}


def compact(jwt, **computed):
    """The compact JWS of a node; `computed` are claims that follow from other parts, unless the node has its own."""
    body = _signing_input(jwt, jwt, computed)
    how = jwt["signature"]
    signed = _signing_input(jwt["was"], jwt, {}) if how == "kept" else body
    signature = b"" if how == "none" else people.key(jwt["key"]).sign(signed)
    if how == "flipped":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    if how == "short":
        signature = signature[:-1]
    return jws.attach(body, signature)


def text_of(value, twice=None):
    """JSON of a value, text as it stands; `twice` are members that come a second time."""
    text = value.encode() if isinstance(value, str) else json.encode(value)
    return text if twice is None else text[:-1] + b"," + json.encode(twice)[1:]


def _signing_input(content, jwt, computed):
    header, claims = content["header"], content["claims"]
    if isinstance(header, dict) and jwt["chain"] is not None and "x5c" not in header:
        header = {**header, "x5c": x509.build_x5c(people.chain(jwt["chain"]))}
    if isinstance(claims, dict):
        claims = {**computed, **claims}
    parts = text_of(header, jwt.get("header_twice")), text_of(claims, jwt.get("claims_twice"))
    return b".".join(map(base64url.encode_ascii, parts))


def sd_jwt_tree(raw, *, key="signer", chain="leaf"):
    """The issuer's node and the disclosures of an SD-JWT, each disclosure as its array."""
    issuer, *disclosures, _ = raw.split("~")
    return {
        "issuer": node(issuer, key=key, chain=chain),
        "disclosures": [json.parse(base64url.decode(text)) for text in disclosures],
    }


def disclosure(content):
    """A disclosure as text; one that is text already stays as it is."""
    return content if isinstance(content, str) else base64url.encode(json.encode(content))


def sd_jwt(tree):
    """The SD-JWT of `sd_jwt_tree`, without key binding."""
    return "~".join([compact(tree["issuer"]), *map(disclosure, tree["disclosures"]), ""])


def digest(content):
    """The digest by which a payload refers to a disclosure."""
    return digest_of(disclosure(content))
