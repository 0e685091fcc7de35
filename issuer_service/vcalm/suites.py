"""The named issuers: one for each kind of key and way to secure a credential, each with a key of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from didkit_fr.keys.public import ED25519
from didkit_fr.primitives.bbs_utilities import CURVE as BLS12_381

__all__ = ["BLS12_381", "JOSE", "SUITES", "Suite"]


JOSE = "vc+jwt"
"""An envelope instead of a cryptosuite: the credential as a JWT (VC-JOSE-COSE 1.0 section 3.1.1)."""


class Suite(NamedTuple):
    """How a named issuer signs: the curve of its key, and the cryptosuite, or `JOSE`."""

    curve: str
    cryptosuite: str


SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        "eddsa-rdfc-2022": Suite(ED25519, "eddsa-rdfc-2022"),
        "eddsa-jcs-2022": Suite(ED25519, "eddsa-jcs-2022"),
        "ecdsa-rdfc-2019-p256": Suite("P-256", "ecdsa-rdfc-2019"),
        "ecdsa-rdfc-2019-p384": Suite("P-384", "ecdsa-rdfc-2019"),
        "ecdsa-jcs-2019-p256": Suite("P-256", "ecdsa-jcs-2019"),
        "ecdsa-jcs-2019-p384": Suite("P-384", "ecdsa-jcs-2019"),
        "ecdsa-sd-2023": Suite("P-256", "ecdsa-sd-2023"),
        "bbs-2023": Suite(BLS12_381, "bbs-2023"),
        "vc-jose-ed25519": Suite(ED25519, JOSE),
        "vc-jose-p256": Suite("P-256", JOSE),
        "vc-jose-p384": Suite("P-384", JOSE),
    }
)
"""By the name that stands in the address of an issuer."""
