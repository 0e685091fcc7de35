"""Values of every kind, to be put anywhere."""

from hypothesis import strategies as st

NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = (
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from(["", "_sd", "...", "cnf", "ES256"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
