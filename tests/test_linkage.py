"""The check itself, and what it says of BBS presentations and of one-time copies."""

from functools import cache

import pytest

from didkit_fr.encoding import base64url, cbor, json
from didkit_fr.formats import FORMATS, dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys import bbs, jwk, software, x509
from didkit_fr.proofs.data_integrity import bbs_2023, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from tests.linkage import differences, shared
from tests.nation import DAY, NOW, disclosable_of, nation

# --- the check


@pytest.mark.parametrize(
    "hide",
    [
        lambda secret: {"a": secret},
        lambda secret: {secret: 1},
        lambda secret: ["x", [secret]],
        lambda secret: f"before {secret} after",
        lambda secret: json.encode_text({"in": [secret]}),
        lambda secret: base64url.encode(json.encode({"in": secret})),
        lambda secret: base64url.encode(b"odd" + secret.encode() + b"1234"),
        lambda secret: base64url.encode(b"shift" + secret.encode() + b"1234"),
        lambda secret: cbor.encode({1: [secret.encode()]}),
        lambda secret: base64url.encode(cbor.encode([cbor.Tag(24, cbor.encode([secret]))])),
        lambda secret: ".".join(map(base64url.encode, (b'{"alg":"none"}', json.encode([secret]), b"signature"))),
        lambda secret: "~".join(["a", base64url.encode(json.encode(["salt", "name", secret])), ""]),
        lambda secret: "u" + base64url.encode(b"\xd9\x5d\x03" + cbor.encode([b"", {}, [], [], secret.encode()])),
    ],
)
def test_a_shared_string_is_found_in_every_layer(hide):
    assert [found.value for found in shared(hide("tracking7"), {"t": "tracking7"}, allowed=[])] == [b"tracking7"]
    assert not [one for one in shared(hide("tracking7"), hide("somebody"), allowed=[]) if b"tracking" in one.value]
    assert not shared(hide("tracking7"), {"t": "tracking7"}, allowed=["a tracking7 that all have"])


def test_seven_bytes_are_not_enough_and_numbers_count():
    assert not shared(["1234567"], ["1234567"], allowed=[])
    assert shared({"iat": 1790000001}, {"iat": 1790000001}, allowed=[])


def test_differences_are_named_by_where_they_are():
    one = {"a": 1, "b": json.encode_text({"c": [1, 2]})}
    assert differences(one, one) == set()
    assert differences(one, {"a": 1, "b": json.encode_text({"c": [1, 3]})}) == {"/b/json/c/1"}


# --- BBS: two presentations by one citizen and one by another

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/citizenship/v4rc1"]
TYPE = ["VerifiableCredential", "EmploymentAuthorizationDocumentCredential"]
METHOD = "https://issuer.example/keys#bbs"
DAY_ISSUED, DAY_ENDED = "2026-09-21T00:00:00Z", "2026-09-22T00:00:00Z"
MANDATORY = ["/issuer", "/validFrom", "/validUntil"]
REVEALED = ["/credentialSubject/birthCountry"]
# What everybody with this title shows: its form, its issuer, its day, and what was asked for.
EVERYBODYS = [
    *CONTEXT,
    *TYPE,
    METHOD,
    DAY_ISSUED,
    DAY_ENDED,
    "DataIntegrityProof bbs-2023 assertionMethod",
    "@context issuer validFrom validUntil credentialSubject type birthCountry employmentAuthorizationDocument",
    "proof cryptosuite created verificationMethod proofPurpose proofValue",
    "Person EmployablePerson",
    "France",
]


@cache
def signer():
    return bbs.generate()


def credential(name, number, *, alike=False, **more):
    document = {
        "@context": CONTEXT,
        "type": TYPE,
        "issuer": "https://issuer.example",
        "validFrom": DAY_ISSUED,
        "validUntil": DAY_ENDED,
        "credentialSubject": {
            "type": ["Person", "EmployablePerson"],
            "givenName": name,
            "birthCountry": "France",
            "employmentAuthorizationDocument": {"type": "EmploymentAuthorizationDocument", "identifier": number},
        },
        **more,
    }
    stated = options.build_options(
        cryptosuite=bbs_2023.NAME, verification_method=METHOD, purpose="assertionMethod", created=NOW - NOW % DAY
    )
    return bbs_2023.sign_base(
        document, signer(), stated, mandatory=[*MANDATORY, *(f"/{added}" for added in more)], alike=alike
    )


def presented(base, occasion):
    derived = bbs_2023.derive(base, REVEALED, presentation_header=occasion)
    suites = {**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=occasion)}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    keys = {METHOD: signer().public_key}
    proof.verify(proof.parse(derived), keys, cryptosuites=[bbs_2023.NAME], suites=suites, **checks)
    return derived


PROOF = "/proof/proofValue"


@pytest.mark.guarantee("G30")
def test_two_bbs_presentations_share_nothing_of_one_person():
    first, second = credential("Éloïse", "X4RTBPFW4"), credential("Bérénice", "M7QKD2ZL9")
    one, same = (presented(first, occasion) for occasion in (b"shop, first nonce", b"bank, other nonce"))
    other = presented(second, b"bank, third nonce")
    assert not shared(one, same, allowed=EVERYBODYS)
    assert not shared(one, other, allowed=EVERYBODYS)
    assert differences(one, same) == {f"{PROOF}/bbsProof", f"{PROOF}/presentationHeader"}
    shuffled = {f"{PROOF}/labelMap", f"{PROOF}/mandatoryIndexes", f"{PROOF}/selectiveIndexes"}
    assert differences(one, other) - shuffled == {f"{PROOF}/bbsProof", f"{PROOF}/presentationHeader"}


@pytest.mark.guarantee("G30")
def test_with_labels_in_order_not_even_the_shuffle_tells_citizens_apart():
    people = [credential(f"Name {at}", f"NUMBER{at}", alike=True) for at in range(4)]
    assert len({base["proof"]["proofValue"][:300] for base in people}) == 4
    shows = [presented(base, f"occasion {at}".encode()) for at, base in enumerate(people)]
    for other in shows[1:]:
        assert differences(shows[0], other) == {f"{PROOF}/bbsProof", f"{PROOF}/presentationHeader"}


@pytest.mark.guarantee("G30")
@pytest.mark.parametrize(
    "planted",
    [
        {"id": "urn:uuid:36245ee9-9074-4b05-a777-febff2e69757"},
        {"credentialStatus": {"id": "https://issuer.example/status/7#94567", "type": "BitstringStatusListEntry"}},
    ],
)
def test_a_planted_identifier_is_found(planted):
    base = credential("Éloïse", "X4RTBPFW4", **planted)
    one, same = (presented(base, occasion) for occasion in (b"shop, first nonce", b"bank, other nonce"))
    found = b" ".join(one.value for one in shared(one, same, allowed=EVERYBODYS))
    assert (planted.get("id") or planted["credentialStatus"]["id"]).encode() in found


def test_an_occasion_used_twice_is_found():
    base = credential("Éloïse", "X4RTBPFW4")
    one, same = presented(base, b"the same nonce"), presented(base, b"the same nonce")
    assert [found.here for found in shared(one, same, allowed=EVERYBODYS)] == [f"{PROOF}/presentationHeader"]


# --- one-time copies of an SD-JWT VC

PATHS = [("age_over_18",)]
NAMES = (
    "vct iat exp _sd _sd_alg sha-256 cnf jwk kty crv status status_list idx uri nonce aud sd_hash age_over_18 dc+sd-jwt"
)


def copy(*, status, salts=None):
    """A copy as the issuer makes them: its own holder key, salts and status entry."""
    holder, state = software.generate(), nation()
    claims = {**state.claims(), "cnf": {"jwk": jwk.build(holder.public_key)}, "status": {"status_list": status}}
    paths = disclosable_of(claims)
    random = {"random": salts} if salts else {}
    return dc_sd_jwt.sign(claims, state.signer, chain=[state.leaf], disclosable=paths, **random), holder


def shown(copied, audience):
    raw, holder = copied
    check = Occasion(f"nonce {audience}", f"x509_hash:{audience}")
    return FORMATS["dc+sd-jwt"].present(raw, PATHS, holder, check, now=NOW)


def everybodys():
    """What each copy of the title shows, whosever it is."""
    claims = nation().claims()
    dates = [str(claims["iat"]), str(claims["exp"]), str(NOW)]
    return [NAMES, "dc+sd-jwt", claims["vct"], "x509_hash:", *dates, *x509.build_x5c([nation().leaf])]


def entry(number, at):
    return {"uri": f"https://lists.example/{number}", "idx": at}


LISTS = [*everybodys(), "https://lists.example/"]


@pytest.mark.guarantee("G6")
def test_two_copies_share_nothing_of_one_person():
    one, other = (shown(copy(status=entry(*where)), party) for where, party in (((3, 71), "shop"), ((88, 4), "bank")))
    assert not shared(one, other, allowed=LISTS)


def test_a_status_entry_shared_on_purpose_is_found():
    one, other = (shown(copy(status=entry(1234567, 99)), party) for party in ("shop", "bank"))
    assert [found.value for found in shared(one, other, allowed=LISTS)] == [b"https://lists.example/1234567"]


def test_a_salt_shared_on_purpose_is_found():
    one, other = (
        shown(copy(status=entry(at, at), salts=lambda length: b"\x17" * length), party)
        for at, party in ((3, "shop"), (88, "bank"))
    )
    found = [leaf.here for leaf in shared(one, other, allowed=LISTS)]
    assert any(where.endswith("/~1/base64url/json/0") for where in found)
    assert any("_sd" in where for where in found)


def test_a_copy_shown_twice_is_found():
    copied = copy(status=entry(3, 71))
    found = {one.here.rpartition("/")[2] for one in shared(shown(copied, "shop"), shown(copied, "bank"), allowed=LISTS)}
    assert {"signature", "x", "y"} <= found
