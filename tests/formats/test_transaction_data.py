"""Transaction data are signed in the one format that binds them; a holder of any other signs nothing with them."""

import pytest

from didkit_fr.encoding import json
from didkit_fr.formats import FORMATS, ldp_vc
from didkit_fr.formats.credential import PossessionCheck
from didkit_fr.formats.w3c import fields
from tests import documents, w3c_tokens
from tests.nation import NOW, nation
from tests.refusals.originals import ORIGINALS
from tests.refused import refused

WHERE = {"response_uri": "https://shop.example/answer"}
NONE = PossessionCheck("n", "a", NOW, 300, 60, ("ES256",), **WHERE)
SOME = PossessionCheck("n", "a", NOW, 300, 60, ("ES256",), ("data",), **WHERE)


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
    assert FORMATS[name].present(raw, [], holder, NONE)
    with refused("transaction_data_unbound"):
        FORMATS[name].present(raw, [], holder, SOME)


def test_a_credential_that_is_bound_to_nobody_signs_none():
    raw = for_anybody()
    assert ldp_vc.present_bearer(raw, [], NONE)
    with refused("transaction_data_unbound"):
        ldp_vc.present_bearer(raw, [], SOME)


def test_every_format_is_asked_or_binds_them():
    assert FORMATS.keys() - HELD.keys() == {"dc+sd-jwt"}
