"""The table of cryptosuites; an extended mapping is the plug-in point."""

from collections.abc import Mapping
from types import MappingProxyType

from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.ecdsa import ECDSA_JCS_2019, ECDSA_RDFC_2019
from didkit_fr.proofs.data_integrity.ecdsa_sd import ECDSA_SD_2023, ECDSA_SD_2023_BASE
from didkit_fr.proofs.data_integrity.eddsa import ED25519_SIGNATURE_2020, EDDSA_JCS_2022, EDDSA_RDFC_2022
from didkit_fr.proofs.data_integrity.mldsa import MLDSA44_JCS_2024, MLDSA44_RDFC_2024

__all__ = ["CRYPTOSUITES", "CRYPTOSUITES_OF_HOLDERS", "OF_TEXT"]

_WHOLE = (
    EDDSA_RDFC_2022,
    EDDSA_JCS_2022,
    ECDSA_RDFC_2019,
    ECDSA_JCS_2019,
    ED25519_SIGNATURE_2020,
    MLDSA44_RDFC_2024,
    MLDSA44_JCS_2024,
)


def _table(*suites: Cryptosuite) -> Mapping[str, Cryptosuite]:
    return MappingProxyType({suite.name: suite for suite in suites})


CRYPTOSUITES = _table(*_WHOLE, ECDSA_SD_2023)
"""As a verifier reads them: of the selective ones, derived proofs."""

CRYPTOSUITES_OF_HOLDERS = _table(*_WHOLE, ECDSA_SD_2023_BASE)
"""As a holder reads what an issuer hands over: of the selective ones, base proofs."""

OF_TEXT = frozenset({EDDSA_JCS_2022.name, ECDSA_JCS_2019.name, MLDSA44_JCS_2024.name})
"""Those that sign the text of a document, and do not ask whether its words mean anything; all others sign statements,
and do not ask how they are spelt."""
