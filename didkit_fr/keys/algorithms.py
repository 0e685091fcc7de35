"""The table of signature algorithms: one row each; a table with more rows (`extended`) is the plug-in point.

Whether a row is used is never decided here: what is verified says which algorithms it allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from didkit_fr.encoding.multibase import BASE64URL
from didkit_fr.encoding.multicodec import CODES
from didkit_fr.errors import ParseError
from didkit_fr.keys import ecdsa, ed25519, ml_dsa
from didkit_fr.keys.algorithm import AKP, EC2, OKP, Algorithm, Compression, KeyType, Software
from didkit_fr.keys.ecdsa import Curve
from didkit_fr.keys.ml_dsa import ParameterSet

__all__ = ["COSE_NAMES", "ED25519", "JOSE_NAMES", "KNOWN", "Table", "extended", "named"]

ED25519: Final = "Ed25519"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows, and what they are found by.

    `key_types` are by the `kty` of JWK and by that of COSE_Key, `by_cose` by that of COSE_Key and what it states at
    the type's `cose_name`, `by_multicodec` by the code.
    """

    rows: tuple[Algorithm, ...]
    by_name: Mapping[str, Algorithm]
    key_types: Mapping[str | int, KeyType]
    by_cose: Mapping[tuple[int, int], Algorithm]
    by_multicodec: Mapping[int, Algorithm]


def _ecdsa(curve: Curve, name: str, jose: str, cose: tuple[int, int], cose_key: int, multicodec: str) -> Algorithm:  # noqa: PLR0917 - columns
    compress, expand = partial(ecdsa.compress, curve), partial(ecdsa.expand, curve)
    return Algorithm(
        name=name,
        jose=(jose,),
        cose=MappingProxyType(dict.fromkeys(cose, jose)),
        cose_key=cose_key,
        multicodec=CODES[multicodec],
        key_type=EC2,
        key_bytes=1 + 2 * curve.size,
        signature_bytes=2 * curve.size,
        check=partial(ecdsa.check, curve),
        load=partial(ecdsa.load, curve),
        read=partial(ecdsa.read, curve),
        verify=partial(ecdsa.verify, curve),
        software=Software(
            partial(ecdsa.draw, curve),
            partial(ecdsa.from_secret, curve),
            partial(ecdsa.secret, curve),
            partial(ecdsa.sign, curve),
            curve.digest,
        ),
        compression=Compression(1 + curve.size, compress, expand),
    )


def _ml_dsa(parameters: ParameterSet, name: str, cose: int, multicodec: str) -> Algorithm:
    return Algorithm(
        name=name,
        jose=(name,),
        cose=MappingProxyType({cose: name}),
        cose_key=cose,
        multicodec=CODES[multicodec],
        key_type=AKP,
        key_bytes=parameters.key_bytes,
        signature_bytes=parameters.signature_bytes,
        check=ml_dsa.check,
        load=partial(ml_dsa.load, parameters),
        read=partial(ml_dsa.read, parameters),
        verify=ml_dsa.verify,
        software=Software(ml_dsa.draw, partial(ml_dsa.from_secret, parameters), ml_dsa.secret, ml_dsa.sign, None),
        multibase=BASE64URL,
        must_be_named=True,
    )


# RFC 9864 names the algorithm of Ed25519 "Ed25519" and deprecates "EdDSA" (RFC 8037), which most others still write:
# both are read, and what everybody understands is written.
_ED25519 = Algorithm(
    name=ED25519,
    jose=("EdDSA", "Ed25519"),
    cose=MappingProxyType({-8: "EdDSA", -19: "Ed25519"}),
    cose_key=6,
    multicodec=CODES["ed25519-pub"],
    key_type=OKP,
    key_bytes=ed25519.KEY_BYTES,
    signature_bytes=ed25519.SIGNATURE_BYTES,
    check=ed25519.check,
    load=ed25519.load,
    read=ed25519.read,
    verify=ed25519.verify,
    software=Software(ed25519.draw, ed25519.from_secret, ed25519.secret, ed25519.sign, None),
)


def _table(*rows: Algorithm) -> Table:
    types = {row.key_type for row in rows}
    return Table(
        rows=rows,
        by_name=MappingProxyType({row.name: row for row in rows}),
        key_types=MappingProxyType({**{one.jwk: one for one in types}, **{one.cose: one for one in types}}),
        by_cose=MappingProxyType({(row.key_type.cose, row.cose_key): row for row in rows}),
        by_multicodec=MappingProxyType({row.multicodec: row for row in rows}),
    )


# COSE: RFC 9053 section 2 leaves the curve of -7, -35, -36 and -8 open, which stand for the usual one; RFC 9864
# section 2 does not. Multikey: P-521 has a code but no row in Controlled Identifiers 1.0; did:key has it. JOSE and COSE
# of ML-DSA: RFC 9964; its Multikey: Quantum-Resistant Cryptosuites 1.0.
KNOWN: Final = _table(
    _ecdsa(ecdsa.P_256, "P-256", "ES256", (-7, -9), 1, "p256-pub"),
    _ecdsa(ecdsa.P_384, "P-384", "ES384", (-35, -51), 2, "p384-pub"),
    _ecdsa(ecdsa.P_521, "P-521", "ES512", (-36, -52), 3, "p521-pub"),
    _ED25519,
    _ml_dsa(ml_dsa.ML_DSA_44, "ML-DSA-44", -48, "mldsa-44-pub"),
    _ml_dsa(ml_dsa.ML_DSA_65, "ML-DSA-65", -49, "mldsa-65-pub"),
    _ml_dsa(ml_dsa.ML_DSA_87, "ML-DSA-87", -50, "mldsa-87-pub"),
)
"""The algorithms that are known. The rows of ML-DSA are for who names them: no policy allows them by default."""

JOSE_NAMES: Final = frozenset(name for row in KNOWN.rows for name in row.jose)
"""Every JOSE name of a known algorithm."""

COSE_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {number: name for row in KNOWN.rows for number, name in row.cose.items()}
)
"""The JOSE name of each known identifier of COSE, as in policies."""


def extended(*rows: Algorithm) -> Table:
    """The table of known algorithms with more rows, for the `known` argument of what reads keys."""
    return _table(*KNOWN.rows, *rows)


def named(name: str, *, known: Table = KNOWN) -> Algorithm:
    """The row of a name, such as `P-256`.

    Raises:
        ParseError: `key_unsupported`.
    """
    row = known.by_name.get(name)
    if row is None:
        raise ParseError("key_unsupported")
    return row
