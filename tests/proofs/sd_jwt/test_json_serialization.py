"""The JSON serialisation is another spelling of the compact one: what it gives is equal, or it is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.keys import software
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.json_serialization import parse_json

ISSUER, HOLDER = software.generate(), software.generate()
NOW, NONCE, AUDIENCE = 1_800_000_000, "nonce", "audience"
CLAIMS = {"sub": "x", "name": "Dupont", "address": {"locality": "Paris"}, "nationalities": ["FR", "DE"]}
HIDDEN = [("name",), ("address",), ("address", "locality"), ("nationalities", 0)]
ISSUED = sd_jwt.issue(CLAIMS, ISSUER, typ="example+sd-jwt", disclosable=HIDDEN)
BOUND = sd_jwt.bind(ISSUED, HOLDER, nonce=NONCE, audience=AUDIENCE, now=NOW)


def parts(compact):
    jwt, *disclosures, key_binding = compact.split("~")
    protected, payload, signature = jwt.split(".")
    header = {"disclosures": disclosures, **({"kb_jwt": key_binding} if key_binding else {})}
    return {"protected": protected, "payload": payload, "signature": signature, "header": header}


def flattened(compact, **more):
    return {**parts(compact), **more}


def general(compact, *others, **more):
    signature = parts(compact)
    return {"payload": signature.pop("payload"), "signatures": [signature, *others], **more}


def code(document, **limits):
    with pytest.raises(DidkitError) as error:
        parse_json(document if isinstance(document, bytes) else json.dumps(document), **limits)
    return error.value.code


OTHER = {"protected": "e30", "signature": "AAAA", "header": {"kid": "2"}}


@pytest.mark.parametrize("compact", [ISSUED, BOUND, sd_jwt.disclose(sd_jwt.parse(ISSUED), [])])
@pytest.mark.parametrize("form", [flattened, general, lambda raw: general(raw, OTHER, OTHER)])
def test_it_is_the_compact_form_spelled_otherwise(compact, form):
    assert parse_json(json.dumps(form(compact))) == sd_jwt.parse(compact)
    assert parse_json(json.dumps(form(compact)).encode()) == sd_jwt.parse(compact)


def test_what_it_gives_is_verified_as_any_other():
    parsed = parse_json(json.dumps(general(BOUND, OTHER)))
    assert sd_jwt.verify(parsed, ISSUER.public_key, typ="example+sd-jwt", algorithms=("ES256",)).claims == CLAIMS
    sd_jwt.verify_key_binding(parsed, HOLDER.public_key, nonce=NONCE, audience=AUDIENCE, now=NOW, algorithms=("ES256",))


def test_without_a_header_nothing_is_disclosed():
    document = flattened(sd_jwt.disclose(sd_jwt.parse(ISSUED), []))
    del document["header"]
    assert parse_json(json.dumps(document)).disclosures == ()


def test_members_that_are_not_understood_are_ignored():
    document = flattened(ISSUED, colour="blue")
    document["header"]["kid"] = "1"
    assert parse_json(json.dumps(document)) == sd_jwt.parse(ISSUED)


SIGNATURE = parts(ISSUED)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"payload": "e30"},
        flattened(ISSUED, signatures=[OTHER]),
        general(ISSUED, protected="e30"),
        general(ISSUED, header={}),
        flattened(ISSUED, disclosures=[]),
        flattened(ISSUED, kb_jwt="a.b.c"),
        general(ISSUED, {**OTHER, "header": {"disclosures": []}}),
        general(ISSUED, {**OTHER, "kb_jwt": "a.b.c"}),
        general(ISSUED, {"signature": "AAAA"}),
        general(ISSUED, "e30"),
        general(ISSUED, None),
        {"payload": "e30", "signatures": {}},
        {"payload": "e30", "signatures": []},
        flattened(ISSUED, header=[]),
        flattened(ISSUED, header=None),
        flattened(ISSUED, header={"disclosures": "WyJzIiwgMV0"}),
        flattened(ISSUED, header={"disclosures": [1]}),
        flattened(ISSUED, header={"disclosures": [""]}),
        flattened(ISSUED, header={"disclosures": ["WyJzIiwgMV0~"]}),
        flattened(ISSUED, header={"kb_jwt": None}),
        flattened(ISSUED, header={"kb_jwt": ""}),
        flattened(ISSUED, header={"kb_jwt": "WyJzIiwgMV0~a.b.c"}),
        flattened(ISSUED, header={"typ": "example+sd-jwt"}),
        flattened(ISSUED, header={"crit": []}),
        flattened(ISSUED, signature=SIGNATURE["signature"] + "~" + ISSUED.split("~")[1]),
        flattened(ISSUED, signature=None),
    ],
)
def test_what_is_mixed_misplaced_or_missing_is_refused(document):
    assert code(document) == "sd_jwt_json_malformed"


@pytest.mark.parametrize("name", ["disclosures", "kb_jwt"])
def test_disclosures_are_not_protected(name):
    raw = sd_jwt.issue({"a": 1}, ISSUER, typ="example+sd-jwt", disclosable=(), header={name: "x"})
    assert code(flattened(raw)) == "sd_jwt_json_malformed"


def test_a_part_holds_no_other_part():
    document = flattened(ISSUED, protected=SIGNATURE["protected"] + "." + SIGNATURE["payload"])
    assert code(document) == "jws_malformed"
    assert code(flattened(ISSUED).__repr__().encode()) == "json_invalid"
    assert code(b'{"payload":"e30","payload":"e30"}') == "json_duplicate_key"


def test_a_disclosure_given_twice_is_refused():
    document = flattened(ISSUED)
    document["header"]["disclosures"] *= 2
    assert code(document) == "sd_jwt_disclosure_repeated"


def test_limits():
    assert code(flattened(ISSUED), max_chars=len(ISSUED)) == "input_too_large"
    assert code(flattened(ISSUED), max_disclosures=3) == "input_too_large"
    assert code(general(ISSUED, *[OTHER] * 8)) == "input_too_large"
    assert parse_json(json.dumps(general(ISSUED, *[OTHER] * 7)))


LEAVES = (
    st.none() | st.integers() | st.text(max_size=4) | st.sampled_from(["e30", "AAAA", "WyJzIiwgMV0", "e30.e30.AAAA"])
)
NAMES = st.sampled_from(
    ["payload", "protected", "signature", "signatures", "header", "disclosures", "kb_jwt", "alg", "x"]
)
JUNK = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=12)


def refused_or_parsed(raw):
    try:
        parse_json(raw)
    except DidkitError:
        return


@given(st.dictionaries(NAMES, JUNK))
def test_any_object_is_parsed_or_refused(document):
    refused_or_parsed(json.dumps(document))


@given(st.sampled_from([flattened(BOUND), general(BOUND, OTHER)]), NAMES, NAMES, JUNK)
def test_any_edit_is_parsed_or_refused(document, outer, inner, junk):
    refused_or_parsed(json.dumps({**document, outer: junk}))
    refused_or_parsed(json.dumps({**document, "header": {**document.get("header", {}), inner: junk}}))


@given(st.binary(max_size=64) | st.text(max_size=64))
def test_any_text_is_parsed_or_refused(raw):
    refused_or_parsed(raw)
