"""The cryptosuites `ecdsa-rdfc-2019` and `ecdsa-jcs-2019` on P-256 and P-384 (ECDSA Cryptosuites 1.0 3.2, 3.3)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, Digest, whole_document

__all__ = ["ECDSA_JCS_2019", "ECDSA_RDFC_2019"]

# The hash is as strong as the curve (section 3.2).
_DIGESTS: Final[Mapping[str, Digest]] = MappingProxyType({"P-256": "sha256", "P-384": "sha384"})

ECDSA_RDFC_2019 = whole_document("ecdsa-rdfc-2019", _DIGESTS, RDFC)
ECDSA_JCS_2019 = whole_document("ecdsa-jcs-2019", _DIGESTS, JCS)
