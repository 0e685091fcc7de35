import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from os import urandom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.sd_jwt import Disclosure
from tests.refused import refusal

NOW = 1_800_000_000
ISSUER, HOLDER, UNKNOWN = software.generate(), software.generate(), software.generate()
TYP = "dc+sd-jwt"
NONCE, AUDIENCE = "n-0S6_WzA2Mj", "x509_hash:abc"
ES256 = ("ES256",)

CLAIMS = {
    "iss": "https://issuer.example.fr",
    "cnf": {"jwk": jwk.build(HOLDER.public_key)},
    "family_name": "Dupont",
    "address": {"locality": "Paris", "country": "FR"},
    "nationalities": ["FR", "DE", "IT"],
    "degrees": [{"type": "master", "year": 2001}, {"year": 2005}, {"type": "doctor"}],
    "place_of_birth": {"locality": "Lyon", "country": "FR"},
}
HIDDEN = [
    ("family_name",),
    ("address",),
    ("address", "locality"),
    ("address", "country"),
    ("nationalities",),
    ("nationalities", 0),
    ("nationalities", 1),
    ("nationalities", 2),
    ("degrees", 0),
    ("degrees", 0, "type"),
    ("degrees", 1),
    ("degrees", 2),
    ("degrees", 2, "type"),
    ("place_of_birth", "locality"),
]


def base64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(text):
    return base64(sha256(text.encode()).digest())


def disclosure(*content):
    return base64(json.dumps(content).encode())


def assemble(payload, *disclosures, last="", typ=TYP, signer=ISSUER):
    """An SD-JWT with any payload and any disclosures, well signed."""
    return "~".join((jws.sign(payload, signer, typ=typ), *disclosures, last))


def verify(raw, key=ISSUER.public_key):
    return sd_jwt.verify(sd_jwt.parse(raw), key, typ=TYP, algorithms=ES256)


def issue(claims=None, hidden=HIDDEN, **options):
    return sd_jwt.issue(claims or CLAIMS, ISSUER, typ=TYP, disclosable=hidden, **options)


ISSUED = issue()


def show(*paths):
    return sd_jwt.disclose(sd_jwt.parse(ISSUED), paths)


# Issuing


def test_all_disclosed_gives_the_claims_back_and_says_what_came_from_disclosures():
    verified = verify(ISSUED)
    assert verified.claims == CLAIMS
    assert set(verified.disclosed) == set(HIDDEN)
    assert verified.header == {"alg": "ES256", "typ": TYP}


def test_nothing_disclosable_makes_a_plain_jwt_without_sd_alg():
    raw = issue(hidden=[])
    assert raw.count("~") == 1
    assert sd_jwt.parse(raw).jws.unverified_claims() == CLAIMS


def spoil(value):
    for child in list(value.values() if isinstance(value, dict) else value):
        if isinstance(child, (dict, list)):
            spoil(child)
    value.clear()


def test_what_was_given_out_before_verification_cannot_change_what_is_verified():
    parsed = sd_jwt.parse(ISSUED)
    outline = parsed.outline()
    spoil(parsed.jws.unverified_claims())
    spoil(sd_jwt.unverified_claims(parsed))
    for _ in range(2):
        verified = sd_jwt.verify(parsed, ISSUER.public_key, typ=TYP, algorithms=("ES256",))
        assert verified.claims == CLAIMS
        spoil(verified.claims)
    assert parsed.outline() == outline


def test_what_is_disclosable_is_not_in_the_signed_payload():
    payload = sd_jwt.parse(ISSUED).jws.unverified_claims()
    assert payload["_sd_alg"] == "sha-256"
    assert payload.keys() == {"iss", "cnf", "degrees", "place_of_birth", "_sd", "_sd_alg"}
    assert [set(element) for element in payload["degrees"]] == [{"..."}] * 3
    assert payload["place_of_birth"].keys() == {"country", "_sd"}
    assert payload["_sd"] == sorted(payload["_sd"])
    assert len(payload["_sd"]) == 3


def test_issuing_leaves_the_claims_as_they_were():
    before = json.dumps(CLAIMS)
    issue()
    assert json.dumps(CLAIMS) == before


def test_the_header_gets_what_is_added():
    assert verify(issue(header={"x5c": ["AA=="]})).header["x5c"] == ["AA=="]


def test_salts_are_one_draw_and_all_different_and_of_128_bits_at_least():
    draws = []

    def random(length):
        draws.append(length)
        return bytes(at % 251 for at in range(length))

    raw = issue(random=random)
    assert draws == [18 * len(HIDDEN)]
    salts = {json.loads(_decoded(part))[0] for part in raw.split("~")[1:-1]}
    assert len(salts) == len(HIDDEN)
    assert {len(salt) for salt in salts} == {24}


def _levels(value):
    """The digests of every object that has some, in the payload and in what was disclosed."""
    if isinstance(value, dict):
        if "_sd" in value:
            yield value["_sd"]
        for child in value.values():
            yield from _levels(child)
    elif isinstance(value, list):
        for child in value:
            yield from _levels(child)


def test_decoys_stand_among_the_digests_of_each_object_that_hides_a_claim():
    draws = []

    def random(length):
        draws.append(length)
        return urandom(length)

    raw, plain = issue(decoys=5, random=random), issue()
    parts, levels = {}, {}
    for name, text in (("decoys", raw), ("plain", plain)):
        parsed = sd_jwt.parse(text)
        parts[name] = [json.loads(_decoded(part)) for part in text.split("~")[1:-1]]
        levels[name] = list(_levels([parsed.jws.unverified_claims(), *parts[name]]))
    objects = len(levels["plain"])
    assert [len(level) for level in levels["decoys"]] == [len(level) + 5 for level in levels["plain"]]
    assert draws == [18 * (len(HIDDEN) + 5 * objects)]
    assert all(level == sorted(level) for level in levels["decoys"])
    every = [digest for level in levels["decoys"] for digest in level]
    assert len(set(every)) == len(every)
    assert {len(digest) for digest in every} == {43}
    verified = sd_jwt.verify(sd_jwt.parse(raw), ISSUER.public_key, typ=TYP, algorithms=("ES256",))
    assert verified.claims == CLAIMS


def test_decoys_without_a_hidden_claim_are_none():
    raw = sd_jwt.issue({"a": 1}, ISSUER, typ=TYP, disclosable=(), decoys=5)
    assert sd_jwt.parse(raw).jws.unverified_claims() == {"a": 1}


@pytest.mark.parametrize("decoys", [-1, 65])
def test_decoys_are_bounded(decoys):
    with pytest.raises(ParseError) as error:
        issue(decoys=decoys)
    assert error.value.code == "input_too_large"


@pytest.mark.parametrize("name", sorted(sd_jwt.HASHES))
def test_another_hash_is_read_where_it_is_allowed(name):
    disclosures = [digest_input(["salt", "a", 1]), digest_input(["salt", 2])]
    digests = [sd_jwt.digest_of(text, name) for text in disclosures]
    claims = {"_sd": digests[:1], "_sd_alg": name, "b": [{"...": digests[1]}]}
    presented = "~".join([jws.sign(claims, ISSUER, typ=TYP), *disclosures, ""])
    raw = sd_jwt.bind(presented, HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW, hash_name=name)
    if name != "sha-256":
        with pytest.raises(VerificationError) as error:
            sd_jwt.parse(raw)
        assert error.value.code == "sd_jwt_hash_algorithm"
    parsed = sd_jwt.parse(raw, hashes={name})
    assert sd_jwt.verify(parsed, ISSUER.public_key, typ=TYP, algorithms=("ES256",)).claims == {"a": 1, "b": [2]}
    asked = {"nonce": NONCE, "audience": AUDIENCE, "now": NOW, "algorithms": ("ES256",)}
    sd_jwt.verify_key_binding(parsed, HOLDER.public_key, **asked)
    other = sd_jwt.bind(
        presented,
        HOLDER,
        nonce=NONCE,
        audience=AUDIENCE,
        now=NOW,
        hash_name="sha-384" if name != "sha-384" else "sha-256",
    )
    with pytest.raises(VerificationError) as error:
        sd_jwt.verify_key_binding(sd_jwt.parse(other, hashes={name}), HOLDER.public_key, **asked)
    assert error.value.code == "key_binding_hash"


def digest_input(content):
    return base64url.encode(json.dumps(content).encode())


def _decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_two_copies_share_nothing_that_links_them():
    first, second = sd_jwt.parse(issue()), sd_jwt.parse(issue())
    assert not {d.digest for d in first.disclosures} & {d.digest for d in second.disclosures}


@pytest.mark.parametrize(
    "path", [("absent",), (), ("nationalities", 3), ("nationalities", None), ("address", "x"), ("family_name", "x")]
)
def test_an_unknown_path_is_refused(path):
    assert refusal(lambda: issue(hidden=[path])) == "sd_jwt_path_unknown"
    assert refusal(lambda: issue(hidden=[("family_name",), path])) == "sd_jwt_path_unknown"


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
@pytest.mark.parametrize("wrap", [lambda c: c, lambda c: {"a": c}, lambda c: {"a": [1, [c]]}])
def test_reserved_names_are_not_issued(name, wrap):
    assert refusal(lambda: issue(wrap({name: 1}), [])) == "sd_jwt_claim_name"


# Selecting


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], {"degrees": [], "place_of_birth": {"country": "FR"}}),
        ([("family_name",)], {"family_name": "Dupont", "degrees": [], "place_of_birth": {"country": "FR"}}),
        (
            [("address", "country")],
            {"address": {"country": "FR"}, "degrees": [], "place_of_birth": {"country": "FR"}},
        ),
        ([("address",)], {"address": CLAIMS["address"], "degrees": [], "place_of_birth": {"country": "FR"}}),
        ([("nationalities", 1)], {"nationalities": ["DE"], "degrees": [], "place_of_birth": {"country": "FR"}}),
        (
            [("nationalities", None)],
            {"nationalities": ["FR", "DE", "IT"], "degrees": [], "place_of_birth": {"country": "FR"}},
        ),
        ([("degrees", None, "type")], {"degrees": [CLAIMS["degrees"][0], {"type": "doctor"}]}),
        ([("degrees", 1, "year")], {"degrees": [{"year": 2005}]}),
        ([("degrees", 0, "year")], {"degrees": [{"year": 2001}]}),
        ([("place_of_birth",)], {"degrees": [], "place_of_birth": CLAIMS["place_of_birth"]}),
        ([("place_of_birth", "country")], {"degrees": [], "place_of_birth": {"country": "FR"}}),
        ([("iss",), ("cnf", "jwk", "x")], {"degrees": [], "place_of_birth": {"country": "FR"}}),
    ],
)
def test_a_selection_shows_the_way_to_it_and_what_is_below_and_no_sibling(paths, expected):
    shown = {name: value for name, value in verify(show(*paths)).claims.items() if name not in {"iss", "cnf"}}
    assert shown == {"place_of_birth": {"country": "FR"}, **expected}


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("absent",),
        ("family_name", 0),
        ("family_name", None),
        ("address", 0),
        ("address", None),
        ("nationalities", 3),
        ("nationalities", -1),
        ("nationalities", "0"),
        ("degrees", None, "absent"),
    ],
)
def test_selecting_what_is_not_there_is_refused(path):
    assert refusal(lambda: show(("family_name",), path)) == "sd_jwt_path_unknown"


def test_what_was_shown_once_can_be_narrowed_but_not_widened():
    shown = sd_jwt.parse(show(("nationalities", 1), ("nationalities", 2)))
    # Positions are those of the presentation itself.
    assert verify(sd_jwt.disclose(shown, [("nationalities", 1)])).claims["nationalities"] == ["IT"]
    assert refusal(lambda: sd_jwt.disclose(shown, [("nationalities", 2)])) == "sd_jwt_path_unknown"


def test_selecting_drops_a_key_binding():
    bound = sd_jwt.parse(sd_jwt.bind(show(), HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW))
    assert bound.key_binding is not None
    assert sd_jwt.parse(sd_jwt.disclose(bound, [])).key_binding is None


# Form


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "sd_jwt_malformed"),
        ("a.b.c", "sd_jwt_malformed"),
        (ISSUED.split("~", maxsplit=1)[0], "sd_jwt_malformed"),
        ("é.b.c~", "sd_jwt_malformed"),
        ("~", "jws_malformed"),
        ("a.b~", "jws_malformed"),
        (ISSUED.rstrip("~"), "key_binding_malformed"),
        (ISSUED + "x", "key_binding_malformed"),
        (ISSUED + "~", "sd_jwt_disclosure_malformed"),
        (ISSUED + "a.b.c~", "sd_jwt_disclosure_malformed"),
        (ISSUED + ISSUED.split("~")[1] + "~", "sd_jwt_disclosure_repeated"),
    ],
)
def test_malformed_tokens(raw, code):
    assert refusal(lambda: sd_jwt.parse(raw)) == code


@pytest.mark.parametrize(
    ("encoded", "code"),
    [
        ("", "sd_jwt_disclosure_malformed"),
        ("WyJzIiwxXQ==", "sd_jwt_disclosure_malformed"),
        ("WyJzIiwxXR", "sd_jwt_disclosure_malformed"),
        ("Wy+zIiwxXQ", "sd_jwt_disclosure_malformed"),
        (base64(b"not json"), "sd_jwt_disclosure_malformed"),
        (base64(b'["s","n",1e999]'), "sd_jwt_disclosure_malformed"),
        (base64(b'["s","n",{"a":1,"a":2}]'), "sd_jwt_disclosure_malformed"),
        (base64(b'["s","n",' + b"[" * 30 + b"]" * 30 + b"]"), "sd_jwt_disclosure_malformed"),
        (base64(b'["s","n","v"] '[:-1] + b",1"), "sd_jwt_disclosure_malformed"),
        (disclosure(), "sd_jwt_disclosure_malformed"),
        (disclosure("s"), "sd_jwt_disclosure_malformed"),
        (disclosure("s", "n", "v", "w"), "sd_jwt_disclosure_malformed"),
        (disclosure(1, "n", "v"), "sd_jwt_disclosure_malformed"),
        (disclosure(None, "v"), "sd_jwt_disclosure_malformed"),
        (disclosure("s", 7, "v"), "sd_jwt_disclosure_malformed"),
        (disclosure("s", None, "v"), "sd_jwt_disclosure_malformed"),
        (base64(b'{"0":"s","1":"n","2":"v"}'), "sd_jwt_disclosure_malformed"),
        (base64(b'"snv"'), "sd_jwt_disclosure_malformed"),
        (disclosure("s", "_sd", "v"), "sd_jwt_claim_name"),
        (disclosure("s", "...", "v"), "sd_jwt_claim_name"),
        (disclosure("s", "_sd_alg", "sha-256"), "sd_jwt_claim_name"),
    ],
)
def test_malformed_disclosures(encoded, code):
    raw = assemble({"_sd": [digest(encoded)]}, encoded)
    assert refusal(lambda: sd_jwt.parse(raw)) == code


def test_limits():
    parts = [disclosure(str(at), "v") for at in range(9)]
    raw = assemble({"a": [{"...": digest(part)} for part in parts]}, *parts)
    assert len(sd_jwt.parse(raw, max_disclosures=9).disclosures) == 9
    assert refusal(lambda: sd_jwt.parse(raw, max_disclosures=8)) == "input_too_large"
    assert refusal(lambda: sd_jwt.parse(raw, max_chars=len(raw) - 1)) == "input_too_large"
    assert refusal(lambda: sd_jwt.parse("~" * 100_000)) == "input_too_large"


@given(st.text(alphabet="AZaz09-_.~=é\0", max_size=60) | st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text):
    for raw in (text, ISSUED + text):
        with suppress(DidkitError):
            sd_jwt.parse(raw)


# Processing


def test_decoys_are_tolerated():
    shown = disclosure("s", "given_name", "Jeanne")
    payload = {"_sd": ["decoy", digest(shown)], "a": [{"...": "another"}, 1], "b": {"_sd": []}}
    assert verify(assemble(payload, shown)).claims == {"given_name": "Jeanne", "a": [1], "b": {}}


def test_sd_alg_may_be_absent_and_disappears():
    assert verify(assemble({"_sd_alg": "sha-256", "a": 1})).claims == {"a": 1}
    assert verify(assemble({"a": 1})).claims == {"a": 1}


@pytest.mark.parametrize("stated", ["sha-384", "SHA-256", "md5", "", None, 1, ["sha-256"], {}])
def test_another_hash_algorithm_is_refused(stated):
    assert refusal(lambda: verify(assemble({"_sd_alg": stated}))) == "sd_jwt_hash_algorithm"


ONE, TWO, ELEMENT = disclosure("s1", "name", "v1"), disclosure("s2", "name", "v2"), disclosure("s3", "v3")
BELOW = disclosure("s4", "outer", {"_sd": [digest(ONE)]})


@pytest.mark.parametrize(
    ("payload", "disclosures", "code"),
    [
        ({}, [ONE], "sd_jwt_disclosure_unreferenced"),
        ({"_sd": [digest(BELOW)]}, [ONE, BELOW, ELEMENT], "sd_jwt_disclosure_unreferenced"),
        ({"_sd": [digest(BELOW)]}, [ONE], "sd_jwt_disclosure_unreferenced"),
        ({"x": digest(ONE)}, [ONE], "sd_jwt_disclosure_unreferenced"),
        ({"_sd": ["d", "d"]}, [], "sd_jwt_digest_repeated"),
        ({"_sd": [digest(ONE)], "a": {"_sd": [digest(ONE)]}}, [ONE], "sd_jwt_digest_repeated"),
        ({"_sd": ["d"], "a": [{"...": "d"}]}, [], "sd_jwt_digest_repeated"),
        ({"a": [{"...": "d"}, {"...": "d"}]}, [], "sd_jwt_digest_repeated"),
        ({"_sd": [digest(BELOW), digest(ONE)]}, [ONE, BELOW], "sd_jwt_digest_repeated"),
        ({"_sd": [digest(ONE), digest(TWO)]}, [ONE, TWO], "sd_jwt_claim_collision"),
        ({"_sd": [digest(ONE)], "name": "v"}, [ONE], "sd_jwt_claim_collision"),
        ({"_sd": [digest(ONE)], "name": None}, [ONE], "sd_jwt_claim_collision"),
        ({"_sd": [digest(ELEMENT)]}, [ELEMENT], "sd_jwt_disclosure_misplaced"),
        ({"a": [{"...": digest(ONE)}]}, [ONE], "sd_jwt_disclosure_misplaced"),
        ({"_sd": "d"}, [], "sd_jwt_digest_malformed"),
        ({"_sd": None}, [], "sd_jwt_digest_malformed"),
        ({"_sd": {"d": 1}}, [], "sd_jwt_digest_malformed"),
        ({"_sd": [1]}, [], "sd_jwt_digest_malformed"),
        ({"_sd": [["d"]]}, [], "sd_jwt_digest_malformed"),
        ({"_sd": ["d", {}]}, [], "sd_jwt_digest_malformed"),
        ({"a": {"_sd": 1}}, [], "sd_jwt_digest_malformed"),
        ({"a": [{"...": 1}]}, [], "sd_jwt_digest_malformed"),
        ({"a": [{"...": ["d"]}]}, [], "sd_jwt_digest_malformed"),
        ({"a": [{"...": "d", "b": 1}]}, [], "sd_jwt_digest_malformed"),
        ({"...": "d"}, [], "sd_jwt_claim_name"),
        ({"a": {"...": "d"}}, [], "sd_jwt_claim_name"),
        ({"a": {"_sd_alg": "sha-256"}}, [], "sd_jwt_claim_name"),
    ],
)
def test_refusals(payload, disclosures, code):
    assert refusal(lambda: verify(assemble(payload, *disclosures))) == code
    assert refusal(lambda: sd_jwt.disclose(sd_jwt.parse(assemble(payload, *disclosures)), [])) == code
    assert refusal(lambda: sd_jwt.unverified_claims(sd_jwt.parse(assemble(payload, *disclosures)))) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"...": "d"}, "sd_jwt_claim_name"),
        ({"_sd_alg": "sha-256"}, "sd_jwt_claim_name"),
        ({"_sd": 1}, "sd_jwt_digest_malformed"),
        ([{"...": "d"}, {"...": "d"}], "sd_jwt_digest_repeated"),
    ],
)
def test_refusals_inside_a_disclosed_value(value, code):
    claim, element = disclosure("s", "n", value), disclosure("s", value)
    assert refusal(lambda: verify(assemble({"_sd": [digest(claim)]}, claim))) == code
    assert refusal(lambda: verify(assemble({"a": [{"...": digest(element)}]}, element))) == code


def test_a_disclosure_that_holds_its_own_digest_cannot_be_made_so_a_cycle_is_only_ever_unreferenced():
    first = disclosure("s", "a", {"_sd": ["x"]})
    second = disclosure("s", "b", {"_sd": [digest(first)]})
    assert refusal(lambda: verify(assemble({}, first, second))) == "sd_jwt_disclosure_unreferenced"


def test_a_chain_of_disclosures_does_not_exhaust_the_stack():
    parts, value = [], 1
    for at in range(500):
        part = disclosure(str(at), "a", value)
        parts.append(part)
        value = {"_sd": [digest(part)]}
    assert refusal(lambda: verify(assemble(value, *parts))) == "json_depth"


def test_the_disclosures_order_does_not_matter():
    parts = ISSUED.split("~")
    swapped = "~".join((parts[0], *reversed(parts[1:-1]), ""))
    assert verify(swapped).claims == CLAIMS


# Signature


def test_the_signature_the_type_and_the_algorithm_are_checked():
    assert refusal(lambda: verify(ISSUED, UNKNOWN.public_key)) == "signature_invalid"
    parsed = sd_jwt.parse(ISSUED)
    assert refusal(lambda: sd_jwt.verify(parsed, ISSUER.public_key, typ="other", algorithms=ES256)) == "typ_mismatch"
    assert refusal(lambda: sd_jwt.verify(parsed, ISSUER.public_key, typ=TYP, algorithms=())) == "algorithm_refused"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES384", None, 1, ["ES256"]])
def test_another_algorithm_is_refused(algorithm):
    header = base64(json.dumps({"alg": algorithm, "typ": TYP}).encode())
    raw = f"{header}.{base64(b'{}')}.~"
    assert refusal(lambda: verify(raw)) == "algorithm_refused"


def test_claims_are_not_had_without_the_signature():
    head, _, rest = ISSUED.partition("~")
    protected, payload, signature = head.split(".")
    changed = {**json.loads(_decoded(payload)), "iss": "https://evil.example"}
    forged = f"{protected}.{base64(json.dumps(changed).encode())}.{signature}~{rest}"
    assert refusal(lambda: verify(forged)) == "signature_invalid"


# Key binding


BOUND = sd_jwt.bind(show(("family_name",)), HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW)


def check(raw=BOUND, holder=HOLDER.public_key, **options):
    asked = {"nonce": NONCE, "audience": AUDIENCE, "now": NOW, "algorithms": ES256, **options}
    sd_jwt.verify_key_binding(sd_jwt.parse(raw), holder, **asked)


def bound(claims, *, typ="kb+jwt", signer=HOLDER):
    shown = show(("family_name",))
    content = {"iat": NOW, "nonce": NONCE, "aud": AUDIENCE, "sd_hash": digest(shown), **claims}
    return shown + jws.sign({k: v for k, v in content.items() if v is not ...}, signer, typ=typ)


def test_a_key_binding_is_verified():
    check()
    check(bound({}))
    assert verify(BOUND).claims["family_name"] == "Dupont"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"holder": UNKNOWN.public_key}, "signature_invalid"),
        ({"algorithms": ()}, "algorithm_refused"),
        ({"nonce": "other"}, "key_binding_nonce"),
        ({"nonce": ""}, "key_binding_nonce"),
        ({"audience": "other"}, "key_binding_audience"),
        ({"audience": AUDIENCE.upper()}, "key_binding_audience"),
        ({"audience": ""}, "key_binding_audience"),
        ({"now": NOW + 361}, "key_binding_time"),
        ({"now": NOW - 61}, "key_binding_time"),
        ({"now": NOW + 1, "max_age": 0, "leeway": 0}, "key_binding_time"),
        ({"raw": show(("family_name",))}, "key_binding_missing"),
    ],
)
def test_key_binding_refusals(options, code):
    assert refusal(lambda: check(**options)) == code


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"nonce": ...}, "key_binding_nonce"),
        ({"nonce": None}, "key_binding_nonce"),
        ({"nonce": [NONCE]}, "key_binding_nonce"),
        ({"nonce": ""}, "key_binding_nonce"),
        ({"aud": ...}, "key_binding_audience"),
        ({"aud": [AUDIENCE]}, "key_binding_audience"),
        ({"aud": ""}, "key_binding_audience"),
        ({"iat": ...}, "key_binding_time"),
        ({"iat": None}, "key_binding_time"),
        ({"iat": str(NOW)}, "key_binding_time"),
        ({"iat": True}, "key_binding_time"),
        ({"iat": 10**400}, "key_binding_time"),
        ({"exp": NOW - 60}, "key_binding_time"),
        ({"exp": None}, "key_binding_time"),
        ({"nbf": NOW + 61}, "key_binding_time"),
        ({"nbf": "now"}, "key_binding_time"),
        ({"sd_hash": ...}, "key_binding_hash"),
        ({"sd_hash": 1}, "key_binding_hash"),
        ({"sd_hash": "é"}, "key_binding_hash"),
        ({"sd_hash": digest(show())}, "key_binding_hash"),
    ],
)
def test_key_binding_claims_are_checked(claims, code):
    assert refusal(lambda: check(bound(claims))) == code


@pytest.mark.parametrize("claims", [{"iat": NOW + 0.5}, {"exp": NOW + 1, "nbf": NOW}, {"more": 1}, {"iat": NOW - 360}])
def test_key_binding_claims_that_are_fine(claims):
    check(bound(claims))


def test_no_window_is_open_that_was_not_asked_for():
    check(bound({}), max_age=0, leeway=0)


@pytest.mark.guarantee("G13")
@pytest.mark.parametrize("typ", ["jwt", "dc+sd-jwt", "KB", ""])
def test_another_token_of_the_holder_is_no_key_binding(typ):
    assert refusal(lambda: check(bound({}, typ=typ))) == "typ_mismatch"


def test_a_key_binding_holds_for_its_presentation_only():
    other = show(("family_name",), ("address",))
    assert refusal(lambda: check(other + BOUND.rpartition("~")[2])) == "key_binding_hash"


def test_a_presentation_ends_in_a_tilde():
    assert refusal(lambda: sd_jwt.bind(BOUND, HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW)) == "sd_jwt_malformed"
    assert refusal(lambda: sd_jwt.bind("é~", HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW)) == "sd_jwt_malformed"


# What is printed by accident


def test_no_repr_shows_a_value():
    parsed = sd_jwt.parse(ISSUED)
    encoded = [d.encoded for d in parsed.disclosures]
    for text in (repr(parsed), repr(verify(ISSUED)), repr(parsed.disclosures[0]), str(parsed.disclosures)):
        assert "Dupont" not in text
        assert "Lyon" not in text
        assert not any(one in text for one in encoded)
    assert repr(Disclosure("e", "d", "n", "secret")) == "Disclosure(digest='d', name='n')"


# Properties

NAMES = st.text(max_size=6).filter(lambda name: name not in {"_sd", "...", "_sd_alg"})
SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


def every_path(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in pairs:
        yield (*path, name)
        yield from every_path(child, (*path, name))


def at(value, path):
    for step in path:
        value = value[step]
    return value


@given(OBJECTS, st.data())
def test_whatever_is_hidden_comes_back(claims, data):
    everything = list(every_path(claims))
    hidden = data.draw(st.sets(st.sampled_from(everything))) if everything else set()
    raw = sd_jwt.issue(claims, ISSUER, typ=TYP, disclosable=hidden)
    verified = verify(raw)
    assert verified.claims == claims
    assert set(verified.disclosed) == hidden


@pytest.mark.guarantee("G9")
@given(OBJECTS.filter(bool), st.data())
def test_a_selection_shows_its_paths_and_nothing_beside_them(claims, data):
    everything = list(every_path(claims))
    raw = sd_jwt.issue(claims, ISSUER, typ=TYP, disclosable=everything)
    wanted = data.draw(st.sets(st.sampled_from(everything), max_size=3))
    shown = sd_jwt.parse(sd_jwt.disclose(sd_jwt.parse(raw), wanted))
    by_digest = {d.digest: d for d in sd_jwt.parse(raw).disclosures}
    assert all(by_digest[d.digest] == d for d in shown.disclosures)
    expected = {
        path for path in everything if any(path[: len(one)] == one or one[: len(path)] == path for one in wanted)
    }
    assert len(shown.disclosures) == len(expected)
    verify(sd_jwt.disclose(shown, []))


def test_every_error_has_the_kind_its_code_says():
    for raw in ("", "a.b.c", ISSUED + "x"):
        with pytest.raises(ParseError):
            sd_jwt.parse(raw)
    with pytest.raises(VerificationError):
        verify(ISSUED, UNKNOWN.public_key)
