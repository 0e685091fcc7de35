"""The format `mso_mdoc`: what a signer's certificate must agree with, and what a holder is given."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import mso_mdoc
from didkit_fr.formats.occasion import Issuance
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.keys import software
from didkit_fr.proofs.mdoc.issue import Validity

BEGIN, END = 1_800_000_000, 1_800_086_400
KEY = software.generate()
NS = "org.iso.18013.5.1"


def certificate(country="FR", state=None):
    kinds = {pyca.NameOID.COUNTRY_NAME: country, pyca.NameOID.STATE_OR_PROVINCE_NAME: state}
    name = pyca.Name([pyca.NameAttribute(kind, value) for kind, value in kinds.items() if value])
    begin = datetime.fromtimestamp(BEGIN, UTC)
    builder = pyca.CertificateBuilder(name, name, KEY.public_key.handle, 7, begin, begin + timedelta(days=1))
    return builder.sign(KEY.private, hashes.SHA256())


def document(signed=BEGIN, other=None, **elements):
    validity = Validity(signed, signed, END + 2)
    stated = {NS: {"family_name": "Lefèvre", **elements}, "other": other or {"x": 1}}
    return mso_mdoc.sign(
        stated, KEY, doctype="doc", validity=validity, device_key=KEY.public_key, chain=[certificate()]
    )


def refusal(raw, signer):
    rules = ProofRules({"ES256"}, (), BEGIN, 0)
    try:
        mso_mdoc.verify(mso_mdoc.parse(raw), IssuerKey(KEY.public_key, signer), rules, Issuance(KEY.public_key))
    except VerificationError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        (BEGIN, None),
        (END, None),
        (BEGIN - 1, "mdoc_signed_time"),
        (END + 1, "mdoc_signed_time"),
    ],
)
def test_a_signer_signs_while_its_certificate_is_valid(signed, code):
    assert refusal(document(signed), certificate()) == code


@pytest.mark.parametrize(
    ("stated", "state", "code"),
    [
        ({}, None, None),
        ({"issuing_country": "FR"}, None, None),
        ({"issuing_country": "fr"}, None, None),
        ({"issuing_country": "BE"}, None, "certificate_country"),
        ({"issuing_country": 33}, None, "certificate_country"),
        ({"issuing_country": "FR", "issuing_jurisdiction": "FR-BRE"}, "FR-BRE", None),
        ({"issuing_jurisdiction": "FR-IDF"}, "FR-BRE", "certificate_country"),
        # A certificate without a province says nothing about it.
        ({"issuing_jurisdiction": "FR-IDF"}, None, None),
    ],
)
def test_a_document_is_of_its_signers_country_and_jurisdiction(stated, state, code):
    assert refusal(document(**stated), certificate(state=state)) == code


def test_a_second_namespace_cannot_state_another_country():
    both = document(issuing_country="FR", other={"issuing_country": "BE"})
    assert refusal(both, certificate()) == "certificate_country"


@pytest.mark.parametrize("path", [(NS,), (NS, "family_name", "a"), (NS, 0), (0, "family_name"), (None, "family_name")])
def test_what_is_disclosed_is_named_by_a_namespace_and_an_element(path):
    assert mso_mdoc.disclose(document(), [(NS, "family_name")])
    with pytest.raises(ParseError) as refused:
        mso_mdoc.disclose(document(), [path])
    assert refused.value.code == "mdoc_element_unknown"
