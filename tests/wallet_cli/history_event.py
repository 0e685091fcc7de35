"""An event of a wallet's history."""

from hypothesis import strategies as st

from wallet_cli.history import KINDS, Event

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
PATH = st.lists(TEXT | st.none(), min_size=1, max_size=3).map(tuple)
EVENT = st.builds(
    Event, st.integers(0, 2**40), st.sampled_from(KINDS), TEXT, TEXT, TEXT, TEXT, TEXT,
    st.lists(PATH, max_size=3).map(tuple), TEXT,
)  # fmt: skip
