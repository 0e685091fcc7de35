"""Whatever comes in, every door answers with a value or a coded error: each kind of twin of `tests.refusals`, spoilt.

Three ways: bytes that were never a document, a good document with its bytes edited, and a good document with one value
replaced and signed again, so that the edit gets past the signature.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import CODES, DidkitError
from tests.refusals.twins import TWINS

# A service starts anew for each example: what it parses is fuzzed by itself here and in tests/issuer_service.
SERVED = {
    *("token request", "credential at the door", "officer ticket", "vault"),
    *("address of an offer", "notification", "request after a notification"),
}
DOORS = sorted(TWINS.keys() - SERVED)
# Which members of a tree are the document; the rest says how the test makes it.
PARTS = {
    "presentation": ("issuer.header", "issuer.claims", "binding.header", "binding.claims", "disclosures", "answers"),
    "issued credential": ("issuer.header", "issuer.claims", "disclosures"),
    "status list": ("list.header", "list.claims"),
    "request object": ("request.header", "request.claims"),
    "posted request object": ("request.header", "request.claims"),
    "named request object": ("request.header", "request.claims"),
    "encrypted response": ("content",),
    "signed metadata": ("metadata.header", "metadata.claims"),
    "signed statement": ("issuer.claims", "binding.header", "binding.claims", "disclosures"),
    "document": ("items", "object", "issuer.protected", "response"),
    "W3C credential token": ("token.header", "token.claims"),
    "W3C presentation token": ("token.header", "token.claims"),
    "W3C presentation with a credential": ("credential", "presentation", "proofs.0.options", "shown.options"),
    "enveloped W3C presentation": (
        *("credential.header", "credential.claims"),
        *("presentation.header", "presentation.claims"),
    ),
    "key proof": ("proof.header", "proof.claims"),
    "credential request": ("request",),
    "offer link": ("document.parameters.credential_offer",),
    "received copies": ("copies.0.issuer.claims", "copies.1.disclosures"),
    "collection": ("metadata",),
}
# Their trees spell bytes in hexadecimal digits: they are edited as bytes, and by their own tests.
SPELT = {"COSE_Key", "COSE_Mac0", "Multikey"}
JSON_DOORS = [
    name
    for name in DOORS
    if name in PARTS or (name not in SPELT and isinstance(TWINS[name].tree().get("document"), (dict, list)))
]

NOWHERE = Path("/nonexistent")
EXAMPLES = settings(max_examples=60)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = (
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from(["", "_sd", "...", "cnf", "ES256"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def knock(name, raw):
    twin = TWINS[name]
    with twin.court(twin.tree()["around"], NOWHERE) as court:
        try:
            court.hear(raw)
        except DidkitError as error:
            assert type(error) is CODES[error.code].kind  # noqa: PT017 - both outcomes are right


def places(value, at=()):
    """Every place in a JSON value, the outermost included."""
    yield at
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from places(child, (*at, step))


def found(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def parts(name):
    return [
        tuple(int(step) if step.isdigit() else step for step in part.split("."))
        for part in PARTS.get(name, ("document",))
    ]


@pytest.mark.parametrize("name", DOORS)
@EXAMPLES
@given(raw=st.binary(max_size=300) | VALUES.map(json.encode) | st.text(max_size=100).map(lambda text: text.encode()))
def test_what_was_never_a_document(name, raw):
    knock(name, raw)


@pytest.mark.parametrize("name", DOORS)
@EXAMPLES
@given(data=st.data())
def test_a_document_with_its_bytes_edited(name, data):
    raw = TWINS[name].encode(TWINS[name].tree())
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    put = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"~", b".", b"&", b"%", b'"', b"{}", b"[[", b"\xff", b"="])
    )
    knock(name, raw[:start] + put + raw[end:])


@pytest.mark.parametrize("name", JSON_DOORS)
@EXAMPLES
@given(data=st.data())
def test_a_document_with_one_value_replaced(name, data):
    twin = TWINS[name]
    tree = twin.tree()
    part = data.draw(st.sampled_from(parts(name)))
    inside = data.draw(st.sampled_from([path for path in places(found(tree, part)) if path]))
    *way, last = (*part, *inside)
    found(tree, way)[last] = data.draw(VALUES)
    try:
        raw = twin.encode(tree)
    except DidkitError:
        return  # what cannot be signed at all comes from nobody
    knock(name, raw)
