from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256, sha384, sha512

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.credentials import types
from didkit_fr.credentials.types import ClaimRule
from didkit_fr.encoding import json
from didkit_fr.errors import ParseError, VerificationError

TYPE = {
    "vct": "https://types.example/a",
    "name": "A",
    "description": "A type",
    "extends": "urn:example:parent",
    "extends#integrity": "sha256-ilOUJsTultOwLfz7QUcFALaRa3BP/jelX1ds04kB9yU=",
    "display": [{"locale": "en", "name": "A", "rendering": {"simple": {"logo": {"uri": "javascript:alert(1)"}}}}],
    "claims": [
        {"path": ["name"], "sd": "always", "mandatory": True, "display": [{"locale": "en", "label": "Name"}]},
        {"path": ["degrees", None, "type"], "sd": "never", "svg_id": "degree_type"},
        {"path": ["degrees", 0]},
    ],
    "surprise": [1],
}

steps = st.none() | st.integers(-3, 3) | st.text(max_size=3) | st.booleans()
documents = st.fixed_dictionaries(
    {},
    optional={
        "vct": st.text(max_size=3) | st.none(),
        "extends": st.text(max_size=3) | st.integers(),
        "extends#integrity": st.text(max_size=3) | st.lists(st.none()),
        "display": st.lists(st.dictionaries(st.sampled_from(["locale", "name"]), st.text(max_size=3) | st.none())),
        "claims": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "path": st.lists(steps, max_size=3) | st.text(max_size=2),
                    "sd": st.sampled_from(["always", "never", "allowed", "often", 1]),
                    "mandatory": st.booleans() | st.integers(),
                    "svg_id": st.text(max_size=3),
                },
            )
            | st.none(),
            max_size=3,
        )
        | st.text(max_size=2),
    },
)


def parsed(**changes):
    return types.parse(json.encode({name: value for name, value in (TYPE | changes).items() if value is not ...}))


def refused(raw):
    with pytest.raises(ParseError) as error:
        types.parse(raw if isinstance(raw, bytes) else json.encode(raw))
    return error.value.code


# --- documents


def test_a_document():
    metadata = parsed()
    assert (metadata.vct, metadata.extends) == ("https://types.example/a", "urn:example:parent")
    assert metadata.rules[("name",)] == ClaimRule(("name",), mandatory=True, disclosure="always")
    assert metadata.rules["degrees", None, "type"].disclosure == "never"
    assert metadata.rules["degrees", 0] == ClaimRule(("degrees", 0), mandatory=None, disclosure=None)


def test_a_document_may_say_nothing_but_its_name():
    metadata = types.parse(b'{"vct": "urn:x"}')
    assert (metadata.extends, metadata.extends_integrity, dict(metadata.rules)) == (None, None, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"vct": ...},
        {"vct": ""},
        {"vct": 7},
        {"vct": "x" * 2049},
        {"name": 1},
        {"extends": ["urn:x"]},
        {"extends": ""},
        {"extends": None},
        {"extends#integrity": 7},
        {"display": {}},
        {"display": [{"locale": "en"}]},
        {"display": [{"name": "A"}]},
        {"display": [{"locale": "en", "name": "A"}] * 65},
        {"claims": {}},
        {"claims": ["name"]},
        {"claims": [{}]},
        {"claims": [{"path": []}]},
        {"claims": [{"path": "name"}]},
        {"claims": [{"path": ["a"] * 17}]},
        {"claims": [{"path": [-1]}]},
        {"claims": [{"path": [True]}]},
        {"claims": [{"path": [1.5]}]},
        {"claims": [{"path": [["a"]]}]},
        {"claims": [{"path": ["a"], "sd": "sometimes"}]},
        {"claims": [{"path": ["a"], "sd": None}]},
        {"claims": [{"path": ["a"], "sd": ["always"]}]},
        {"claims": [{"path": ["a"], "mandatory": "yes"}]},
        {"claims": [{"path": ["a"], "mandatory": None}]},
        {"claims": [{"path": ["a"], "svg_id": "1a"}]},
        {"claims": [{"path": ["a"], "svg_id": "a"}, {"path": ["b"], "svg_id": "a"}]},
        {"claims": [{"path": ["a"], "display": [{"locale": "en"}]}]},
        {"claims": [{"path": ["a"]}, {"path": ["a"], "sd": "never"}]},
        {"claims": [{"path": [f"c{at}"]} for at in range(513)]},
    ],
)
def test_a_document_out_of_form_is_refused(changes):
    assert refused({name: value for name, value in (TYPE | changes).items() if value is not ...}) == (
        "type_metadata_malformed"
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"[]", "json_not_object"),
        (b"{", "json_invalid"),
        (b'{"vct": "a", "vct": "b"}', "json_duplicate_key"),
        (b'{"vct": "' + b"a" * types.MAX_BYTES + b'"}', "input_too_large"),
        (b'{"vct": "a", "b": ' + b"[" * 100 + b"]" * 100 + b"}", "json_depth"),
    ],
)
def test_what_is_no_document_is_refused(raw, code):
    assert refused(raw) == code


@given(documents)
def test_any_document_is_parsed_or_refused(document):
    try:
        metadata = types.parse(json.encode(document))
    except ParseError as error:
        assert error.code == "type_metadata_malformed"  # noqa: PT017 - either answer is right, another is not
    else:
        types.compile_rules(metadata.rules)
        types.compile_rules(types.combine(metadata.rules, metadata.rules))


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(raw):
    with pytest.raises(ParseError):
        types.parse(raw)


# --- integrity

RAW = b'{"vct":"urn:x"}'


def hashed(algorithm, function, raw=RAW, encode=b64encode):
    return f"{algorithm}-{encode(function(raw).digest()).decode()}"


@pytest.mark.parametrize(
    "integrity",
    [
        types.integrity_of(RAW),
        hashed("sha256", sha256),
        hashed("sha384", sha384),
        hashed("sha512", sha512),
        hashed("sha512", sha512, encode=urlsafe_b64encode),
        hashed("sha256", sha256) + "?ct=application/json",
        hashed("sha256", sha256, b"other") + " " + hashed("sha256", sha256),
        "md5-AAAA " + hashed("sha256", sha256),
        hashed("sha256", sha256, b"other") + " " + hashed("sha512", sha512),
        "nonsense " + hashed("sha384", sha384) + " sha384-",
    ],
)
def test_the_right_hash(integrity):
    types.check_integrity(RAW, integrity)


@pytest.mark.parametrize(
    "integrity",
    [
        "",
        "sha256",
        "sha256-",
        "sha256-AAAA",
        "sha256-A",
        "sha256-====",
        "sha1-" + b64encode(sha256(RAW).digest()).decode(),
        "md5-AAAA",
        hashed("sha256", sha256).replace("sha256", "SHA256"),
        hashed("sha256", sha256).replace("sha256", "sha512"),
        hashed("sha256", sha256, RAW + b"\n"),
        # The strongest decides: a weaker one that matches does not rescue it.
        hashed("sha256", sha256) + " " + hashed("sha512", sha512, b"other"),
        "sha512-AAAA " + hashed("sha256", sha256),
        hashed("sha256", sha256) + "x" * 3000,
        "\u00e9",
        None,
        7,
        ["sha256-AAAA"],
    ],
)
def test_a_wrong_hash_is_refused(integrity):
    with pytest.raises(VerificationError) as error:
        types.check_integrity(RAW, integrity)
    assert error.value.code == "type_metadata_integrity"


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_hash_is_of_one_document(raw, other):
    types.check_integrity(raw, types.integrity_of(raw))
    if raw != other:
        with pytest.raises(VerificationError):
            types.check_integrity(raw, types.integrity_of(other))


# --- extension


def rules(*claims):
    return {tuple(path): ClaimRule(tuple(path), mandatory, disclosure) for path, mandatory, disclosure in claims}


@pytest.mark.parametrize(
    ("child", "parent", "both"),
    [
        ((None, None), (True, "always"), (True, "always")),
        ((True, "never"), (None, "allowed"), (True, "never")),
        ((True, "always"), (False, None), (True, "always")),
        ((None, "always"), (None, "always"), (None, "always")),
        ((False, None), (False, "never"), (False, "never")),
    ],
)
def test_a_child_may_tighten(child, parent, both):
    combined = types.combine(rules((["a"], *child)), rules((["a"], *parent), (["b"], True, "never")))
    assert combined == rules((["a"], *both), (["b"], True, "never"))


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        ((None, "never"), (None, "always")),
        ((None, "allowed"), (None, "always")),
        ((None, "always"), (None, "never")),
        ((None, "allowed"), (None, "never")),
        ((False, None), (True, None)),
    ],
)
def test_a_child_that_loosens_or_reverses_is_refused(child, parent):
    with pytest.raises(VerificationError) as error:
        types.combine(rules((["a"], *child)), rules((["a"], *parent)))
    assert error.value.code == "type_extends_contradiction"


def test_rules_as_a_tree():
    tree = types.compile_rules(rules((["a"], True, "always"), (["a", None, "b"], None, "never")))
    assert (tree.members["a"].mandatory, tree.members["a"].disclosure) == (True, "always")
    element = tree.members["a"].elements[None]
    assert (element.mandatory, element.disclosure) == (False, "allowed")
    assert element.members["b"].disclosure == "never"


# --- what this library knows


def test_the_french_identity_is_a_european_one():
    assert types.lineage("urn:eudi:pid:fr:1") == ("urn:eudi:pid:fr:1", "urn:eudi:pid:1")
    assert types.lineage("urn:eudi:pid:1") == ("urn:eudi:pid:1",)


@pytest.mark.parametrize("vct", ["urn:eudi:pid:de:1", "https://example.org/x", "", "../pid", "eu.europa.ec.eudi.pid.1"])
def test_an_unknown_party_s_type_is_itself_only_and_not_known(vct):
    assert types.lineage(vct) == (vct,)
    assert types.local_document(vct) is None


def test_known_documents_describe_the_type_they_are_known_by():
    for vct in ("urn:eudi:pid:1", "urn:eudi:pid:fr:1", "urn:didkit-fr:passport:1"):
        assert types.parse(types.local_document(vct)).vct == vct


@pytest.mark.guarantee("G21")
def test_the_steps_of_all_paths_are_bounded():
    def document(claims):
        return json.encode({"vct": "urn:example:x", "claims": claims})

    full = [{"path": [f"{number:x}"] * 16} for number in range(types.MAX_STEPS // 16)]
    assert len(types.parse(document(full)).rules) == len(full)
    with pytest.raises(ParseError) as refused:
        types.parse(document([*full, {"path": ["one more"]}]))
    assert refused.value.code == "type_metadata_malformed"
