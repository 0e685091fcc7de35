"""Issues credentials: checks structure and terms, and adds an entry in a status list where the issuer gives one."""

from dataclasses import dataclass

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import ISSUED, check_credential
from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.credentials.words import Worded, lift
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.w3c import vc_jose, vc_selective
from didkit_fr.formats.w3c.vc_selective import SELECTIVE
from didkit_fr.keys.signer import Signer
from didkit_fr.primitives.random import Random
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.suites import OF_TEXT
from didkit_fr.verification.w3c.credential import check_values
from issuer_service.vcalm.keys import NamedIssuer
from issuer_service.vcalm.lists import StatusLists
from issuer_service.vcalm.requests import IssueOptions
from issuer_service.vcalm.suites import JOSE

__all__ = ["Issuing", "issue"]


@dataclass(frozen=True, slots=True)
class Issuing:
    """What issuing needs: the issuer, its status lists (None where it gives no entries), and the time.

    `versions` are those of the data model that are issued.
    """

    issuer: NamedIssuer
    lists: StatusLists | None
    now: int
    random: Random
    versions: frozenset[str] = ISSUED


def issue(document: JsonObject, options: IssueOptions, by: Issuing) -> JsonObject:
    """Checks a credential and secures it with the key of a named issuer.

    A proof that it has already is left out: nobody here verified it. A holder cannot withhold what a verifier needs to
    refuse a credential: its issuer, its period of validity, its status, and what restricts its use.

    Raises:
        ParseError: those of `check_credential`, `check_terms`, of the cryptosuites; `vcalm_option_unknown` for
            mandatory pointers where the cryptosuite reveals all.
        FetchError: `storage_unavailable`, `storage_full`.
        VerificationError: `issuer_mismatch`, `type_rule_broken`, and those of the cryptosuites.
    """
    checked = check_credential(document, versions=by.versions)
    if checked.issuer != by.issuer.did:
        raise VerificationError("issuer_mismatch", f"this issuer is {by.issuer.did}")
    cryptosuite = by.issuer.suite.cryptosuite
    if options.mandatory_pointers is not None and cryptosuite not in SELECTIVE:
        raise ParseError("vcalm_option_unknown", "mandatoryPointers goes with a selective cryptosuite")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    # Who reads text does not read contexts that it brings along; who reads statements needs an address for each.
    brings = Terms(contexts(), inline=cryptosuite not in OF_TEXT)
    check_terms(unsecured, brings)
    worded = lift(unsecured, brings)
    check_values(worded.document, worded, Budget())
    # The last step before signing: what is refused uses up no entry.
    if by.lists is not None:
        worded = _with_status(worded, by.lists.entries())
    if cryptosuite == JOSE:
        return _envelop(worded.restore(worded.document), by)
    return worded.restore(_sign_selective(worded, options, by) if cryptosuite in SELECTIVE else _sign(worded, by))


def _with_status(worded: Worded, entries: list[JsonObject]) -> Worded:
    stated = worded.document.get("credentialStatus", [])
    listed = stated if isinstance(stated, list) else [stated]
    document = {**worded.document, "credentialStatus": [*listed, *entries]}
    return Worded(document, worded.terms, worded.own, worded.restore)


def _signer(by: Issuing) -> Signer:
    if by.issuer.whole is None:
        raise VerificationError("cryptosuite_refused")
    return by.issuer.whole


def _sign(worded: Worded, by: Issuing) -> JsonObject:
    return proof.sign(
        worded.document,
        _signer(by),
        cryptosuite=by.issuer.suite.cryptosuite,
        verification_method=by.issuer.method,
        created=by.now,
        contexts=worded.terms.contexts,
    )


def _envelop(document: JsonObject, by: Issuing) -> JsonObject:
    token = vc_jose.sign(document, _signer(by), kind="vc", verification_method=by.issuer.method, terms=None)
    return build_envelope(vc_jose.media_type("vc"), token)


def _sign_selective(worded: Worded, options: IssueOptions, by: Issuing) -> JsonObject:
    return vc_selective.sign(
        worded.document,
        by.issuer.signer,
        cryptosuite=by.issuer.suite.cryptosuite,
        verification_method=by.issuer.method,
        created=by.now,
        terms=worded.terms,
        mandatory=options.mandatory_pointers or (),
        versions=by.versions,
        random=by.random,
    )
