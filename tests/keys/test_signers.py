"""The contract of signers, kept by the signer in memory for each algorithm that is known."""

import pytest

from didkit_fr.keys import software, x509
from didkit_fr.keys.algorithms import COSE_NAMES, JOSE_NAMES, KNOWN
from tests.keys.signer_contract import NOW, SignerContract


@pytest.mark.parametrize("name", KNOWN.by_name, scope="class")
class TestSoftware(SignerContract):
    @pytest.fixture(autouse=True)
    def _of(self, name):
        self.name = name

    def make(self):
        return software.generate(self.name)

    def test_it_issues_certificates(self, signer):
        root = x509.issue_root(signer, name="Racine", country="FR", now=NOW, days=9)
        root.verify_directly_issued_by(root)
        assert x509.public_key(x509.parse_der(x509.der(root))) == signer.public_key
        hashed = {"P-256": "sha256", "P-384": "sha384", "P-521": "sha512"}.get(self.name)
        assert (root.signature_hash_algorithm and root.signature_hash_algorithm.name) == hashed

    def test_its_secret_is_in_no_repr(self, signer):
        secret = signer.secret()
        assert software.from_secret(secret, signer.public_key.family) == signer
        assert secret.hex() not in repr(signer)
        assert repr(secret)[2:-1] not in repr(signer)
        assert "private" not in repr(signer)


def test_no_two_rows_share_a_name_or_a_number():
    rows = KNOWN.rows
    assert len(KNOWN.by_name) == len(KNOWN.by_cose) == len(KNOWN.by_multicodec) == len(rows)
    assert len(JOSE_NAMES) == sum(len(row.jose) for row in rows)
    assert len(COSE_NAMES) == sum(len(row.cose) for row in rows)
    assert all(name in row.jose for row in rows for name in row.cose.values())


def test_what_is_registered_is_written():
    # IANA: JOSE algorithms, COSE algorithms, COSE key types and curves.
    assert {row.name: (row.jose[0], row.cose_identifier, row.key_type.jwk, row.cose_key) for row in KNOWN.rows} == {
        "P-256": ("ES256", -7, "EC", 1),
        "P-384": ("ES384", -35, "EC", 2),
        "P-521": ("ES512", -36, "EC", 3),
        "Ed25519": ("EdDSA", -8, "OKP", 6),
        "ML-DSA-44": ("ML-DSA-44", -48, "AKP", -48),
        "ML-DSA-65": ("ML-DSA-65", -49, "AKP", -49),
        "ML-DSA-87": ("ML-DSA-87", -50, "AKP", -50),
    }
    assert COSE_NAMES == {
        -7: "ES256",
        -9: "ES256",
        -35: "ES384",
        -51: "ES384",
        -36: "ES512",
        -52: "ES512",
        -8: "EdDSA",
        -19: "Ed25519",
        -48: "ML-DSA-44",
        -49: "ML-DSA-65",
        -50: "ML-DSA-87",
    }
