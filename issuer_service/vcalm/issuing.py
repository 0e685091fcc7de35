"""Issues credentials: the form checked, the words checked, an entry in a status list where the issuer gives one."""

from dataclasses import dataclass

from didkit_fr.credentials.model import ISSUED, check_credential
from didkit_fr.credentials.presentation import build_envelope
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats import vc_jose
from didkit_fr.keys.bbs import SoftwareBbsSigner
from didkit_fr.primitives.random import Random
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.options import build_options
from issuer_service.vcalm import words
from issuer_service.vcalm.keys import NamedIssuer
from issuer_service.vcalm.lists import StatusLists
from issuer_service.vcalm.requests import IssueOptions
from issuer_service.vcalm.suites import JOSE, SELECTIVE
from issuer_service.vcalm.words import Worded

__all__ = ["Issuing", "issue"]

_NEVER_WITHHELD = ("issuer", "validFrom", "validUntil", "credentialStatus")


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
    refuse a credential: its issuer, its period of validity, and its status.

    Raises:
        ParseError: those of `check_credential`, `words.read`, of the cryptosuites; `vcalm_option_unknown` for
            mandatory pointers where the cryptosuite reveals all.
        FetchError: `storage_unavailable`, `storage_full`.
        VerificationError: `issuer_mismatch`, and those of the cryptosuites.
    """
    checked = check_credential(document, versions=by.versions)
    if checked.issuer != by.issuer.did:
        raise VerificationError("issuer_mismatch", f"this issuer is {by.issuer.did}")
    selective = by.issuer.suite.cryptosuite in SELECTIVE
    if options.mandatory_pointers is not None and not selective:
        raise ParseError("vcalm_option_unknown", "mandatoryPointers goes with a selective cryptosuite")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    worded = words.read(unsecured, inline=not by.issuer.suite.cryptosuite.endswith("jcs-2022"))
    # The last step before signing: what is refused uses up no entry.
    if by.lists is not None:
        worded = _with_status(worded, by.lists.entries())
    if by.issuer.suite.cryptosuite == JOSE:
        return _envelop(worded.restore(worded.document), by)
    return worded.restore(_sign_selective(worded, options, by) if selective else _sign(worded, by))


def _with_status(worded: Worded, entries: list[JsonObject]) -> Worded:
    stated = worded.document.get("credentialStatus", [])
    listed = stated if isinstance(stated, list) else [stated]
    document = {**worded.document, "credentialStatus": [*listed, *entries]}
    return Worded(document, worded.contexts, worded.own, worded.restore)


def _sign(worded: Worded, by: Issuing) -> JsonObject:
    signer = by.issuer.signer
    if isinstance(signer, SoftwareBbsSigner):
        raise VerificationError("cryptosuite_refused")
    return proof.sign(
        worded.document,
        signer,
        cryptosuite=by.issuer.suite.cryptosuite,
        verification_method=by.issuer.method,
        created=by.now,
        contexts=worded.contexts,
    )


def _envelop(document: JsonObject, by: Issuing) -> JsonObject:
    signer = by.issuer.signer
    if isinstance(signer, SoftwareBbsSigner):
        raise VerificationError("cryptosuite_refused")
    token = vc_jose.sign(document, signer, kind="vc", verification_method=by.issuer.method, terms=None)
    return build_envelope(vc_jose.media_type("vc"), token)


def _sign_selective(worded: Worded, options: IssueOptions, by: Issuing) -> JsonObject:
    signer, document = by.issuer.signer, worded.document
    asked = options.mandatory_pointers or ()
    mandatory = list(dict.fromkeys([*asked, *(f"/{name}" for name in _NEVER_WITHHELD if name in document)]))
    stated = build_options(
        cryptosuite=by.issuer.suite.cryptosuite,
        verification_method=by.issuer.method,
        purpose="assertionMethod",
        created=by.now,
    )
    if isinstance(signer, SoftwareBbsSigner):
        return bbs_2023.sign_base(
            document, signer, stated, mandatory=mandatory, random=by.random, contexts=worded.contexts
        )
    return ecdsa_sd.sign_base(document, signer, stated, mandatory=mandatory, random=by.random, contexts=worded.contexts)
