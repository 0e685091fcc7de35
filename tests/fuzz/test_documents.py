"""Whatever comes in, every function answers with a value or a coded error: each kind of `tests.refusals`, spoilt.

Three ways: bytes that were never a document, a good document with its bytes edited, and a good document with one value
replaced and signed again, so that the edit gets past the signature.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from tests.fuzz.targets import KINDS, NAMES, TREES, check, found, parts, places
from tests.fuzz.values import VALUES

EXAMPLES = settings(max_examples=60)


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(raw=st.binary(max_size=300) | VALUES.map(json.encode) | st.text(max_size=100).map(lambda text: text.encode()))
def test_what_was_never_a_document(name, raw):
    check(name, raw)


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_a_document_with_its_bytes_edited(name, data):
    raw = KINDS[name].encode(KINDS[name].tree())
    # Some signatures are not of one length each time: what is drawn may not depend on it.
    start = data.draw(st.integers(0, 1_000_000)) % (len(raw) + 1)
    end = min(len(raw), start + data.draw(st.integers(0, 40)))
    put = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"~", b".", b"&", b"%", b'"', b"{}", b"[[", b"\xff", b"="])
    )
    check(name, raw[:start] + put + raw[end:])


@pytest.mark.parametrize("name", TREES)
@EXAMPLES
@given(data=st.data())
def test_a_document_with_one_value_replaced(name, data):
    original = KINDS[name]
    tree = original.tree()
    part = data.draw(st.sampled_from(parts(name)))
    inside = data.draw(st.sampled_from([path for path in places(found(tree, part)) if path]))
    *way, last = (*part, *inside)
    found(tree, way)[last] = data.draw(VALUES)
    try:
        raw = original.encode(tree)
    except DidkitError:
        return  # what cannot be signed at all comes from nobody
    check(name, raw)
