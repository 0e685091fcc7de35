"""A title with bbs-2023, with one member made anything: refused with a code, or the same as before."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.flow import offline, run
from didkit_fr.verification.verify import verify, verify_issued
from tests.fuzz.ended import ended
from tests.refusals.w3c_bbs import ASKED, _received, _shown, _told, _tree

TEXTS = st.text(max_size=12) | st.sampled_from(["2026-09-21T00:00:00Z", "u2V0D", "did:key:zUC7", "bbs-2023"])
SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 1 << 40) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
)
ANYTHING = st.recursive(
    SCALARS, lambda more: st.lists(more, max_size=3) | st.dictionaries(TEXTS, more, max_size=3), max_leaves=6
)


@cache
def documents():
    return json.parse_object(_received(_tree())), json.parse_object(_shown(_tree()))


def places(value, at=()):
    """Where something can be put: every member and element."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*at, name)
        yield from places(child, (*at, name))


def replaced(value, at, what):
    if not at:
        return what
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[at[0]] = replaced(value[at[0]], at[1:], what)
    return changed


def judged(document, *, issued):
    raw, told = json.encode_text(document), _told(_tree()["around"])
    flow = verify_issued(raw, holder=None, **told) if issued else verify(raw, binding=False, **ASKED, **told)
    return run(flow, offline)


@pytest.mark.parametrize("issued", [True, False])
def test_unchanged_it_is_believed(issued):
    assert judged(documents()[0 if issued else 1], issued=issued).claims["credentialSubject"]["age_over_18"] is True


@pytest.mark.parametrize("issued", [True, False])
@settings(max_examples=150, deadline=None)
@given(data=st.data(), what=ANYTHING)
def test_whatever_stands_in_it_is_refused_with_a_code(issued, data, what):
    document = documents()[0 if issued else 1]
    at = data.draw(st.sampled_from(sorted(places(document), key=str)))
    changed = replaced(document, at, what)
    verified = ended(judged, changed, issued=issued)
    if verified is None:
        return
    # Believed: then it says what the issuer signed.
    subject = {"family_name": "Lefèvre", "age_over_18": True} if issued else {"age_over_18": True}
    assert verified.claims["credentialSubject"] == subject
