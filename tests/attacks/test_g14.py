"""G14: with the status list remembered a title is verified offline, whatever else was sent meanwhile."""

import pytest

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.keys import software, x509
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.verify import verify_issued
from tests.nation import DAY, NOW, STATUS_URI, VCT, Web, found, nation

FORGERIES = 1_000


def judged(raw, policy, memory, fetcher=offline):
    flow = verify_issued(
        raw, VerificationContext(policy, memory, NOW), format="dc+sd-jwt", holder=nation().holder.public_key
    )
    try:
        run(flow, fetcher)
    except DidkitError as error:
        return error.code
    return "believed"


@pytest.mark.guarantee("G14")
def test_forged_titles_each_with_another_certificate_make_nothing_be_forgotten():
    """The chain ends at the first certificate that signed itself: what is there may be anything."""
    policy, memory, holder = nation().policy, Memory(max_entries=4), nation().holder
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), nation().web())
    genuine, junk = nation().credential(), software.generate()
    assert judged(genuine, policy, memory) == "believed"
    before = len(memory)
    for number in range(FORGERIES):
        certificate = x509.issue_root(junk, name=f"junk {number}", country="FR", now=NOW - DAY, days=30)
        forged = nation().credential([], signer=holder, chain=[nation().leaf, certificate])
        assert judged(forged, policy, memory) == "signature_invalid"
    assert len(memory) == before
    assert judged(genuine, policy, memory) == "believed"


@pytest.mark.guarantee("G14")
def test_a_trusted_issuer_that_names_a_list_for_each_title_makes_no_list_of_another_be_forgotten():
    hostile = found(name="Freedonia")
    anchors = [
        Anchor(name, root, frozenset({"credential", "status"}), frozenset({VCT}))
        for name, root in (("France", nation().root), ("Freedonia", hostile.root))
    ]
    policy, memory = Policy(Anchors(tuple(anchors))), Memory(max_entries=8)
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), nation().web())
    genuine, theirs = nation().credential(), hostile.with_holder(nation().holder)
    for number in range(100):
        uri = f"https://freedonia.example/{number}"
        title = theirs.credential(status={"status_list": {"idx": 1, "uri": uri}})
        web = Web({uri: hostile.status_list(uri=uri).encode()})
        assert judged(title, policy, memory, web) == "believed"
    assert judged(genuine, policy, memory) == "believed"


@pytest.mark.guarantee("G14")
def test_each_kind_of_what_is_remembered_has_a_quota_of_its_own():
    policy, memory = nation().policy, Memory(max_entries=4)
    memory.put(policy, "status", "a list", 1, now=NOW, expires=NOW + 9)
    for number in range(100):
        memory.put(policy, "path", number, number, now=NOW, expires=NOW + 9, owner="France")
        memory.put(policy, "type", number, number, now=NOW, expires=NOW + 9, owner=number)
    assert memory.get(policy, "status", "a list", now=NOW) == 1
    assert len(memory) == 9
    assert [memory.get(policy, "path", number, now=NOW) for number in (95, 96, 99)] == [None, 96, 99]


@pytest.mark.guarantee("G14")
def test_whoever_owns_the_most_loses_the_oldest_and_what_is_put_again_counts_once():
    policy, memory = nation().policy, Memory(max_entries=4)
    for name in ("a", "b", "a", "c"):
        memory.put(policy, "status", name, name, now=NOW, expires=NOW + 9, owner="France")
    for name in ("x", "y", "z"):
        memory.put(policy, "status", name, name, now=NOW, expires=NOW + 9, owner="Freedonia")
    kept = [name for name in "abcxyz" if memory.get(policy, "status", name, now=NOW)]
    assert kept == ["a", "c", "y", "z"]
    memory.put(policy, "status", "a", "again", now=NOW, expires=NOW + 9, owner="Freedonia")
    assert len(memory) == 4
    assert memory.get(policy, "status", "a", now=NOW) == "again"
