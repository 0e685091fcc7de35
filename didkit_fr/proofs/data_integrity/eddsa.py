"""The cryptosuites `eddsa-rdfc-2022` and `eddsa-jcs-2022` (EdDSA Cryptosuites 1.0 sections 3.2 and 3.3).

Proofs of the type `Ed25519Signature2020` (section 3.4), from before, are verified and not made.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, Digest, whole_document

__all__ = ["ED25519_SIGNATURE_2020", "EDDSA_JCS_2022", "EDDSA_RDFC_2022"]

_DIGESTS: Final[Mapping[str, Digest]] = MappingProxyType({ED25519: "sha256"})

EDDSA_RDFC_2022 = whole_document("eddsa-rdfc-2022", _DIGESTS, RDFC)
EDDSA_JCS_2022 = whole_document("eddsa-jcs-2022", _DIGESTS, JCS)
ED25519_SIGNATURE_2020 = replace(whole_document("Ed25519Signature2020", _DIGESTS, RDFC), prepare=None)
