"""W3C credentials that are authentic: who secured them, and with which right. Neither times nor status were judged."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, cast

from didkit_fr.credentials.model import CheckedCredential
from didkit_fr.credentials.terms import Terms
from didkit_fr.formats.w3c import vc_integrity
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.integrity_keys import find_issuer_keys
from didkit_fr.verification.signers.rules import FindSigners, Types
from didkit_fr.verification.steps import check_algorithms, check_issuer

__all__ = ["AuthenticW3cCredential", "authenticate_integrity"]


class AuthenticW3cCredential(NamedTuple):
    """A credential whose proofs or envelope were verified, and whose issuer signed it.

    `anchors` are those that the issuer itself was admitted under, `trust` what the rule of signers says of it. Times
    are seconds since 1970 (UTC): `not_before` and `expires` those of an envelope, `signed` all times that the
    signatures say they were made at. `cryptosuites` are those of its proofs.
    """

    checked: CheckedCredential
    anchors: frozenset[Anchor]
    trust: str
    signed: tuple[int, ...]
    not_before: int | None = None
    expires: int | None = None
    cryptosuites: frozenset[str] = frozenset()


async def authenticate_integrity(
    unverified: UnverifiedSecured,
    context: VerificationContext,
    *,
    role: str,
    types: Callable[[], Types],
    find: FindSigners,
    cryptosuites: Collection[str],
    terms: Terms,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
) -> AuthenticW3cCredential:
    """Steps 3 to 5, and 8, of a credential with Data Integrity proofs that was parsed, as a flow.

    Args:
        unverified: the parsed credential.
        context: what is accepted, remembered, and when it is.
        role: what the signers must be believed for (`trust.anchors.ROLES`).
        types: reads the types of credential for which they must be; None alone where the role decides.
        find: the rule of whose signatures count.
        cryptosuites: the names of those that are allowed.
        terms: the contexts that say what its words mean.
        suites: what the cryptosuites are.

    Raises:
        ParseError: malformed; those of `find_issuer_keys` and `formats.w3c.vc_integrity.verify`.
        FetchError: those of `find_issuer_keys`.
        VerificationError: `algorithm_refused`, `issuer_mismatch`, those of `find_issuer_keys` and
            `formats.w3c.vc_integrity.verify`.
    """
    # 3 admit, 4 find the keys
    found = await find_issuer_keys(unverified, context, role=role, types=types, find=find)
    keys = {method: path.key for method, path in found.keys.items()}
    check_algorithms(keys.values(), context.policy)
    # 5 check the proofs
    secured, verified = vc_integrity.verify(
        unverified,
        keys,
        kind="vc",
        now=context.now,
        leeway=context.policy.leeway,
        cryptosuites=cryptosuites,
        domain=None,
        challenge=None,
        terms=terms,
        suites=suites,
        budget=context.budget,
    )
    # 8 check the trust again, on the verified values
    checked = cast("CheckedCredential", verified)
    return AuthenticW3cCredential(
        checked,
        check_issuer(checked.issuer, found.keys.values()),
        found.trust,
        tuple([one.created for one in secured.proofs if one.created is not None]),
        cryptosuites=frozenset([one.cryptosuite for one in secured.proofs]),
    )
