"""The contents of a vault."""

from hypothesis import strategies as st

from tests.wallet_cli.history_event import EVENT
from wallet_cli.contents import Contents, HeldCopy, HeldCredential, HeldTitle
from wallet_cli.pending import Pending

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
CLIENT = st.sampled_from(["x509_hash:aaa", "x509_hash:bbb", "x509_hash:ccc"])
COPY = st.builds(HeldCopy, TEXT, st.binary(max_size=40), st.none() | CLIENT)
CREDENTIAL = st.builds(
    HeldCredential,
    TEXT,
    TEXT,
    TEXT,
    st.none() | st.integers(0, 2**40),
    st.lists(COPY, min_size=1, max_size=5).map(tuple),
)
TITLE = st.builds(HeldTitle, TEXT, TEXT, TEXT, st.lists(CREDENTIAL, min_size=1, max_size=3).map(tuple))
OBJECT = st.dictionaries(TEXT, TEXT | st.integers(0, 9), max_size=2)
PENDING = st.builds(
    Pending,
    st.integers(0, 2**40),
    TEXT,
    OBJECT,
    st.dictionaries(TEXT, st.lists(st.binary(max_size=40), max_size=2).map(tuple), max_size=2),
    OBJECT,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
)
CONTENTS = st.builds(
    Contents,
    st.just({"anchors": []}),
    st.booleans(),
    st.lists(TITLE, max_size=3, unique_by=lambda title: title.id).map(tuple),
    st.lists(EVENT, max_size=2).map(tuple),
    st.lists(PENDING, max_size=2).map(tuple),
)
