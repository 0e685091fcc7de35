"""Times that are no text where one is due: in the proof of a document, and in a status list."""

import pytest

from didkit_fr.errors import ParseError
from didkit_fr.proofs.data_integrity.options import parse_proof
from didkit_fr.status import bitstring
from tests.nation import DAY, NOW
from tests.refused import refused

LIST = "https://issuer.example/status/1"
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "ecdsa-rdfc-2019",
    "verificationMethod": "did:example:a#a",
    "proofPurpose": "assertionMethod",
    "proofValue": "z1",
}


@pytest.mark.parametrize("value", [NOW, True, None, [], {}])
@pytest.mark.parametrize("name", ["created", "expires"])
def test_a_time_of_a_proof_is_a_text(name, value):
    with refused("integrity_proof_malformed", ParseError):
        parse_proof({**PROOF, name: value})


@pytest.mark.parametrize("value", [NOW, True, ["2026-01-01T00:00:00Z"], {}])
@pytest.mark.parametrize("name", ["validFrom", "validUntil"])
def test_a_time_of_a_status_list_is_a_text(name, value):
    made = bitstring.build_list(LIST, "revocation", "https://issuer.example", [], 1, (NOW - DAY, NOW + DAY))
    with refused("date_time_invalid", ParseError):
        bitstring.read_list({**made, name: value}, url=LIST, purpose="revocation", now=NOW)
