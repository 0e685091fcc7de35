"""The cryptosuites `mldsa44-rdfc-2024` and `mldsa44-jcs-2024` (Quantum-Resistant Cryptosuites 1.0, a draft).

No policy allows them unless it names them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from didkit_fr.encoding.json import JsonObject
from didkit_fr.encoding.multibase import BASE64URL
from didkit_fr.encoding.rdf.jsonld import Reading
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, Digest, whole_document

__all__ = ["MLDSA44_JCS_2024", "MLDSA44_RDFC_2024"]

_DIGESTS: Final[Mapping[str, Digest]] = MappingProxyType({"ML-DSA-44": "sha256"})


def _inputs(document: JsonObject, options: JsonObject, reading: Reading) -> tuple[JsonObject, JsonObject]:
    """As the other suites over JCS; but a proof that states no context is signed with the document's.

    So are the draft's test vectors. Proofs that are made here state it, which every reader understands alike.
    """
    stated = {"@context": document["@context"]} if "@context" in document else {}
    return JCS.inputs(document, {**stated, **options}, reading)


MLDSA44_RDFC_2024 = whole_document("mldsa44-rdfc-2024", _DIGESTS, RDFC, base=BASE64URL)
MLDSA44_JCS_2024 = whole_document("mldsa44-jcs-2024", _DIGESTS, JCS._replace(inputs=_inputs), base=BASE64URL)
