"""Ours against the PyPI package `sd-jwt`, in both directions."""

import json
import time

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.json_serialization import parse_json

ISSUER, HOLDER = software.generate(), software.generate()
TYP, NONCE, AUDIENCE = "dc+sd-jwt", "n-0S6_WzA2Mj", "x509_hash:abc"
CLAIMS = {
    "iss": "https://issuer.example.fr",
    "cnf": {"jwk": jwk.build(HOLDER.public_key)},
    "family_name": "Dupont-Œuvré",
    "address": {"locality": "Paris", "country": "FR"},
    "nationalities": ["FR", "DE"],
    "age": {"18": True},
    "sex": 2,
}
HIDDEN = [
    ("family_name",),
    ("address",),
    ("address", "locality"),
    ("address", "country"),
    ("nationalities",),
    ("nationalities", 0),
    ("nationalities", 1),
    ("age", "18"),
    ("sex",),
]


def theirs(signer, *, private):
    value = jwk.build(signer.public_key)
    if private:
        value["d"] = base64url.encode(signer.secret())
    return JWK.from_json(json.dumps(value))


def their_verdict(raw, **options):
    key = theirs(ISSUER, private=False)
    return SDJWTVerifier(raw, lambda _issuer, _header: key, **options).get_verified_payload()


def test_theirs_verifies_what_ours_issued():
    assert their_verdict(sd_jwt.issue(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN)) == CLAIMS


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        ([], {"age": {}}),
        ([("family_name",), ("age", "18")], {"family_name": CLAIMS["family_name"], "age": {"18": True}}),
        ([("address", "country")], {"address": {"country": "FR"}, "age": {}}),
        ([("nationalities", 1)], {"nationalities": ["DE"], "age": {}}),
        ([("nationalities", None), ("sex",)], {"nationalities": ["FR", "DE"], "sex": 2, "age": {}}),
    ],
)
def test_theirs_verifies_what_ours_presents_with_key_binding(paths, shown):
    issued = sd_jwt.parse(sd_jwt.issue(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN))
    presented = sd_jwt.bind(
        sd_jwt.disclose(issued, paths), HOLDER, nonce=NONCE, audience=AUDIENCE, now=int(time.time())
    )
    payload = their_verdict(presented, expected_aud=AUDIENCE, expected_nonce=NONCE)
    assert payload == {"iss": CLAIMS["iss"], "cnf": CLAIMS["cnf"], **shown}
    with pytest.raises(ValueError, match="nonce"):
        their_verdict(presented, expected_aud=AUDIENCE, expected_nonce="other")


THEIR_CLAIMS = {
    "iss": "https://issuer.example.fr",
    SDObj("family_name"): "Dupont-Œuvré",
    SDObj("address"): {SDObj("locality"): "Paris", "country": "FR"},
    "nationalities": [SDObj("FR"), SDObj("DE"), "IT"],
    "nested": [SDObj([SDObj(1), 2])],
}


@pytest.mark.parametrize("decoys", [False, True])
def test_ours_verifies_what_theirs_issued_and_presented(decoys):
    issued = SDJWTIssuer(
        THEIR_CLAIMS,
        theirs(ISSUER, private=True),
        theirs(HOLDER, private=True),
        add_decoy_claims=decoys,
        extra_header_parameters={"typ": TYP},
    ).sd_jwt_issuance
    everything = _verified(issued)
    assert everything["address"] == {"locality": "Paris", "country": "FR"}
    assert everything["nationalities"] == ["FR", "DE", "IT"]
    assert everything["nested"] == [[1, 2]]

    holder = SDJWTHolder(issued)
    wanted = {"family_name": True, "address": {}, "nationalities": [False, True], "nested": [[True]]}
    holder.create_presentation(wanted, NONCE, AUDIENCE, theirs(HOLDER, private=True))
    presented = holder.sd_jwt_presentation
    shown = _verified(presented)
    assert (shown["family_name"], shown["nationalities"], shown["nested"]) == (
        "Dupont-Œuvré",
        ["DE", "IT"],
        [[1, 2]],
    )
    assert "address" not in shown
    parsed, now = sd_jwt.parse(presented), int(time.time())
    holder_key = jwk.parse(shown["cnf"]["jwk"])
    asked = {"audience": AUDIENCE, "now": now, "algorithms": ("ES256",)}
    sd_jwt.verify_key_binding(parsed, holder_key, nonce=NONCE, **asked)
    with pytest.raises(DidkitError) as error:
        sd_jwt.verify_key_binding(parsed, holder_key, nonce="other", **asked)
    assert error.value.code == "key_binding_nonce"


def _verified(raw):
    return sd_jwt.verify(sd_jwt.parse(raw), ISSUER.public_key, typ=TYP, algorithms=("ES256",)).claims


def test_both_select_the_same_disclosures():
    issued = sd_jwt.issue(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN)
    holder = SDJWTHolder(issued)
    holder.create_presentation({"address": {"country": True}, "nationalities": [False, True]})
    ours = sd_jwt.disclose(sd_jwt.parse(issued), [("address", "country"), ("nationalities", 1)])
    assert set(ours.split("~")) == set(holder.sd_jwt_presentation.split("~"))


# The package writes and reads the form of a draft: disclosures and key binding beside the payload, where RFC 9901 has
# them in the unprotected header, and ours refuses them.


def moved(raw):
    """The draft's form as RFC 9901's."""
    document = json.loads(raw)
    header = {name: document.pop(name) for name in ("disclosures", "kb_jwt") if name in document}
    return json.dumps({**document, "header": header})


def as_json(compact):
    """The draft's form of what ours issued: ours writes the compact one only."""
    jwt, *disclosures, _ = compact.split("~")
    protected, payload, signature = jwt.split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature, "disclosures": disclosures})


def test_theirs_verifies_decoys_of_ours_in_both_serialisations():
    issued = sd_jwt.issue(CLAIMS, ISSUER, typ=TYP, disclosable=HIDDEN, decoys=4)
    assert their_verdict(issued) == CLAIMS
    assert their_verdict(as_json(issued), serialization_format="json") == CLAIMS


def their_json(*, decoys=False):
    claims = {SDObj("family_name"): "Dupont", "address": {SDObj("locality"): "Paris"}, "list": [SDObj("FR"), "DE"]}
    return SDJWTIssuer(
        claims,
        theirs(ISSUER, private=True),
        holder_key=theirs(HOLDER, private=False),
        extra_header_parameters={"typ": TYP},
        add_decoy_claims=decoys,
        serialization_format="json",
    ).sd_jwt_issuance


@pytest.mark.parametrize("decoys", [False, True])
def test_ours_reads_their_json_once_its_members_are_moved(decoys):
    raw = their_json(decoys=decoys)
    with pytest.raises(DidkitError) as error:
        parse_json(raw)
    assert error.value.code == "sd_jwt_json_malformed"
    issued = parse_json(moved(raw))
    verified = sd_jwt.verify(issued, ISSUER.public_key, typ=TYP, algorithms=("ES256",)).claims
    whole = {"family_name": "Dupont", "address": {"locality": "Paris"}, "list": ["FR", "DE"]}
    assert {name: verified[name] for name in whole} == whole

    holder = SDJWTHolder(raw, serialization_format="json")
    # Its key binding hashes another text than RFC 9901's here: those of the official vectors are verified instead.
    holder.create_presentation({"family_name": True})
    shown = parse_json(moved(holder.sd_jwt_presentation))
    verified = sd_jwt.verify(shown, ISSUER.public_key, typ=TYP, algorithms=("ES256",)).claims
    assert {name: verified[name] for name in whole} == {"family_name": "Dupont", "address": {}, "list": ["DE"]}
