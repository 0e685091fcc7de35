"""Transaction data are signed in the one format that binds them; a holder of any other signs nothing with them."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.formats import FORMATS, ldp_vc
from didkit_fr.formats.occasion import occasion_of_answer
from didkit_fr.formats.w3c import fields
from tests import documents, w3c_tokens
from tests.nation import NOW, nation
from tests.refusals.originals import ORIGINALS
from tests.refused import refused

NONE = occasion_of_answer("n", "a", response_uri="https://shop.example/answer")
SOME = occasion_of_answer("n", "a", response_uri="https://shop.example/answer", transaction_data=("data",))


def w3c_credential():
    issuer = w3c_tokens.ISSUER
    document = {
        "@context": [fields.V2, "urn:didkit-fr:context:national_identity:1"],
        "type": ["VerifiableCredential", "NationalIdentity"],
        "issuer": fields.did_of(issuer.public_key),
        "credentialSubject": {"id": fields.did_of(w3c_tokens.HOLDER.public_key), "family_name": "Lefèvre"},
    }
    how = {"verification_method": fields.method_of(issuer.public_key), "cryptosuite": "ecdsa-rdfc-2019", "now": NOW}
    return json.encode_text(ldp_vc.sign(document, issuer, **how))


def for_anybody():
    received = ORIGINALS["BBS title received"]
    return received.encode(received.tree()).decode()


HELD = {
    "jwt_vc_json": (w3c_tokens.token, w3c_tokens.HOLDER),
    "mso_mdoc": (documents.licence, nation().holder),
    "ldp_vc": (w3c_credential, w3c_tokens.HOLDER),
}


@pytest.mark.parametrize("name", HELD)
def test_a_format_that_binds_no_transaction_data_refuses_to_sign_with_them(name):
    issue, holder = HELD[name]
    raw = issue()
    assert FORMATS[name].present(raw, [], holder, NONE, now=NOW)
    with refused("transaction_data_unbound"):
        FORMATS[name].present(raw, [], holder, SOME, now=NOW)


def test_a_credential_that_is_bound_to_nobody_signs_none():
    raw = for_anybody()
    assert ldp_vc.present(raw, [], None, NONE, now=NOW)
    with refused("transaction_data_unbound"):
        ldp_vc.present(raw, [], None, SOME, now=NOW)


def test_every_format_is_asked_or_binds_them():
    assert FORMATS.keys() - HELD.keys() == {"dc+sd-jwt"}
