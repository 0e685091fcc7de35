"""The header of a COSE_Mac0 is judged as that of a signature is: its type, and what it says is critical."""

import pytest

from didkit_fr.proofs.cose import cose
from tests.refused import refused

KEY = bytes(range(32))


def read(header, *, typ=None, unprotected=None):
    prepared = cose.prepare({1: 5, **header}, b"content", context="MAC0", unprotected=unprotected)
    raw = cose.encode(cose.authenticate_mac0(prepared, KEY), context="MAC0", tagged=True)
    return cose.verify_mac0(cose.parse_mac0(raw), KEY, typ=typ)


@pytest.mark.parametrize("critical", [[1], [1, 4], [4]])
def test_what_is_critical_and_understood_is_accepted(critical):
    assert read({2: critical, 4: b"key"}).payload == b"content"


@pytest.mark.parametrize("critical", [[], [99], [1, 99], [33], ["1"], [[1]], [True]])
def test_what_is_critical_and_not_understood_makes_a_mac_void(critical):
    with refused("critical_header"):
        read({2: critical, 4: b"key", 99: 0})


def test_what_is_critical_is_stated_under_protection():
    with refused("cose_malformed"):
        read({}, unprotected={2: [1]})


def test_a_mac_has_the_type_that_is_due():
    assert read({16: "application/a+cose"}, typ="a+cose").payload == b"content"
    for stated, due in (({16: "application/b+cose"}, "a+cose"), ({}, "a+cose"), ({16: "application/a+cose"}, None)):
        with refused("typ_mismatch"):
            read(stated, typ=due)
