"""The cryptosuites `ecdsa-rdfc-2019` and `ecdsa-jcs-2019` on P-256 and P-384 (ECDSA Cryptosuites 1.0 3.2, 3.3)."""

from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, whole_document

__all__ = ["ECDSA_JCS_2019", "ECDSA_RDFC_2019"]

_CURVES = ("P-256", "P-384")

ECDSA_RDFC_2019 = whole_document("ecdsa-rdfc-2019", _CURVES, RDFC)
ECDSA_JCS_2019 = whole_document("ecdsa-jcs-2019", _CURVES, JCS)
