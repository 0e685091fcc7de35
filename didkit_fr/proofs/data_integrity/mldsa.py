"""The cryptosuites `mldsa44-rdfc-2024` and `mldsa44-jcs-2024` (Quantum-Resistant Cryptosuites 1.0, a draft).

No policy allows them unless it names them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from didkit_fr.encoding.multibase import BASE64URL
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, Digest, whole_document

__all__ = ["MLDSA44_JCS_2024", "MLDSA44_RDFC_2024"]

_DIGESTS: Final[Mapping[str, Digest]] = MappingProxyType({"ML-DSA-44": "sha256"})

MLDSA44_RDFC_2024 = whole_document("mldsa44-rdfc-2024", _DIGESTS, RDFC, base=BASE64URL)
MLDSA44_JCS_2024 = whole_document("mldsa44-jcs-2024", _DIGESTS, JCS, base=BASE64URL)
