"""Ours against the PyPI packages `openvc-core` (DIDs) and `joserfc` (JWK, JWS), in both directions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as peer_jws
from joserfc.jwk import import_key
from openvc.did import did_web as peer_web
from openvc.did.base import DidResolutionError
from openvc.did.did_jwk import DidJwkResolver
from openvc.did.did_key import DidKeyResolver
from openvc.did.did_web import DidWebResolver

from didkit_fr.did import jwk as did_jwk
from didkit_fr.did import key as did_key
from didkit_fr.did import web
from didkit_fr.did.resolve import find_method, resolve
from didkit_fr.did.url import parse_did
from didkit_fr.encoding import base64url
from didkit_fr.encoding import json as our_json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import Response, offline, run
from didkit_fr.keys import jwk, multikey, software
from didkit_fr.proofs.jose import jws

CURVES = ("P-256", "P-384", "P-521", "Ed25519")
SIGNERS = {curve: software.generate(curve) for curve in CURVES}
RELATIONSHIPS = ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation")


@pytest.mark.parametrize("curve", ["P-256", "P-384", "Ed25519"])
@pytest.mark.parametrize(("peer", "ours"), [(DidKeyResolver(), did_key), (DidJwkResolver(), did_jwk)])
def test_dids_that_hold_their_key(peer, ours, curve):
    key = SIGNERS[curve].public_key
    did = ours.build(key)
    theirs, document = peer.resolve(did), run(resolve(did, now=0), offline)
    for purpose in RELATIONSHIPS:
        (url,) = document.relationships[purpose]
        method = theirs.key_for_purpose(url, purpose)
        assert jwk.parse(method.public_key_jwk) == run(find_method(url, purpose, now=0), offline) == key


def page(did):
    methods = [
        {"id": f"{did}#{curve}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk.build(signer.public_key)}
        for curve, signer in SIGNERS.items()
        if curve != "P-521"
    ]
    multi = {"type": "Multikey", "publicKeyMultibase": multikey.build(SIGNERS["P-256"].public_key)}
    methods.append({"id": f"{did}#multi", "controller": did, **multi})
    return {"id": did, "verificationMethod": methods, "assertionMethod": [one["id"] for one in methods]}


@pytest.mark.parametrize("did", ["did:web:a.example", "did:web:a.example%3A8443:u:bob"])
def test_did_web(did):
    asked = []

    def theirs(url):
        asked.append(url)
        return page(did)

    def ours(batch):
        asked.extend(request.url for request in batch)
        return [Response(200, our_json.encode(page(did))) for _ in batch]

    document, other = run(resolve(did, now=0), ours), DidWebResolver(theirs).resolve(did)
    assert asked[0] == asked[1]
    for url in document.methods:
        method = other.key_for_purpose(url, "assertionMethod")
        assert document.public_key(url, "assertionMethod", now=0) == jwk.parse(method.public_key_jwk)


IDS = st.from_regex(r"([a-z0-9._-]|%3A|%2E|%2F){1,9}(:([a-z0-9._-]|%2[EF]){1,5}){0,2}", fullmatch=True)


@given(IDS)
def test_where_did_web_leads_where_both_follow_it(id_):
    # The other implementation refuses less; what both follow leads to the same place.
    did = f"did:web:{id_}"
    try:
        ours = web.url_of(parse_did(did))
    except DidkitError:
        return
    try:
        # "%2E" and "." are one spelling (RFC 3986 section 6.2.2.2); the other implementation writes the second.
        assert peer_web._did_web_url(did) == ours.replace("%2E", ".")
    except DidResolutionError:
        return


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864; what most others still write
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("named", [False, True])
def test_tokens_of_each_curve_both_ways(curve, named):
    signer = SIGNERS[curve]
    public = import_key(jwk.build(signer.public_key))
    algorithm = "Ed25519" if curve == "Ed25519" and named else signer.public_key.algorithm
    token = jws.sign({"a": 1}, signer, typ="test")
    read = peer_jws.deserialize_compact(token, public, algorithms=[signer.public_key.algorithm])
    assert json.loads(read.payload) == {"a": 1}
    private = import_key({**jwk.build(signer.public_key), "d": base64url.encode(signer.secret())})
    theirs = peer_jws.serialize_compact({"alg": algorithm, "typ": "test"}, b'{"b":2}', private, algorithms=[algorithm])
    verified = jws.verify(jws.parse(theirs), signer.public_key, typ="test", algorithms=[algorithm])
    assert verified.claims == {"b": 2}
    assert jwk.thumbprint(signer.public_key) == public.thumbprint()
