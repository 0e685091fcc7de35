"""A query for the European identity is answered by the French one, which is a kind of it; and by nothing else."""

import pytest

from didkit_fr.errors import VerificationError
from didkit_fr.protocols.openid4vp.dcql import Held, parse_query, select
from didkit_fr.protocols.openid4vp.wallet import hold
from didkit_fr.relying_party import Query
from tests.nation import NOW, VCT, nation
from tests.protocols.openid4vp.exchange import answer, fetched, opened

EUROPEAN = Query("urn:eudi:pid:1", [["age_over_18"], ["nationalities"]])


def test_the_wallet_chooses_it_and_the_relying_party_takes_it():
    verifier = nation().verifier()
    transaction = opened(verifier, EUROPEAN)
    body = answer(fetched(transaction))
    (verified,) = verifier.verify(body, now=NOW)["title"]
    assert verified.type == VCT
    assert verified.checks["type"] == "passed"


@pytest.mark.parametrize("type_", ["urn:eudi:pid:de:1", "urn:eudi:pid", "urn:didkit-fr:national_identity:1", "urn:x"])
def test_another_type_is_no_european_identity(type_):
    held = Held("1", "dc+sd-jwt", type_, {"age_over_18": True, "nationalities": ["FR"]})
    with pytest.raises(VerificationError) as error:
        select(parse_query(EUROPEAN.dcql()), [held])
    assert error.value.code == "nothing_matches"


def test_a_query_for_the_french_one_is_not_answered_by_the_european():
    held = Held("1", "dc+sd-jwt", "urn:eudi:pid:1", {"age_over_18": True})
    with pytest.raises(VerificationError):
        select(parse_query(Query(VCT, [["age_over_18"]]).dcql()), [held])


def test_what_is_held_says_its_own_type():
    assert hold("1", "dc+sd-jwt", nation().credential()).type == VCT
