"""W3C credentials, as flows: secured by Data Integrity proofs inside, or by an envelope around them.

The steps are those of `verification.verify`: parse, admit, find the keys, check the proofs, the time, the trust again,
the status, the type. Here no protocol says what a credential must look like; its data model does, and the table of its
type where there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from didkit_fr.boundary import flow_boundary
from didkit_fr.credentials.claims import check_claims
from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.model import MODELS, READ, CheckedCredential
from didkit_fr.credentials.presentation import ENVELOPED_CREDENTIAL, Envelope, parse_envelope
from didkit_fr.credentials.terms import Terms
from didkit_fr.credentials.words import Worded, lift
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.encoding.parts import parts
from didkit_fr.encoding.rdf import jsonld
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.formats.w3c import fields, vc_integrity
from didkit_fr.formats.w3c.vc_selective import SELECTIVE
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.data_integrity.cryptosuite import Cryptosuite
from didkit_fr.proofs.data_integrity.proof import UnverifiedSecured
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, OF_TEXT
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.signers.rules import FindSigners, by_anchors
from didkit_fr.verification.status.check import check_status
from didkit_fr.verification.steps import PASSED, check_period
from didkit_fr.verification.w3c.authentic import AuthenticW3cCredential, authenticate_integrity
from didkit_fr.verification.w3c.envelopes import authenticate_envelope

__all__ = [
    "DANGEROUSLY_IGNORE_VALIDITY",
    "DATA_INTEGRITY",
    "INLINE",
    "Secured",
    "ValidityRule",
    "VerifiedW3cCredential",
    "W3cOptions",
    "check_validity",
    "check_values",
    "known_terms",
    "opened",
    "verify_credential",
    "worded",
]

Secured: TypeAlias = JsonObject | Envelope
"""A document with proofs in it, an object that envelops one, or an `Envelope`: the media type and the bytes of one."""

ValidityRule: TypeAlias = Literal["check", "dangerously_ignore_validity"]

DANGEROUSLY_IGNORE_VALIDITY: Final = "dangerously_ignore_validity"
"""For documents of the past: whether a credential was valid when that counted is then for the caller to know."""

DATA_INTEGRITY = "data integrity"

# Whatever secures it, the claims of a W3C credential stand where those of this format do.
_FORMAT = "ldp_vc"

INLINE = "NOT KNOWN: the document brought its contexts along, and its words mean what it says that they mean"

_SKIPPED = "SKIPPED: validity ignored by the caller"
# Texts may have a language and a direction, where a proof is over text.
_OF_VALUES = frozenset({"@value", "@language", "@direction"})

# Why statements refuse a type that text may have.
_SPELLINGS = frozenset({"jsonld_iri_invalid", "jsonld_undefined_term", "jsonld_unsecured", "w3c_malformed"})

_UNTABLED = "SKIPPED: no type of it has a table here"


@dataclass(frozen=True, slots=True)
class VerifiedW3cCredential:
    """A credential to be believed; it exists only if every step passed, and `checks` says what each one found.

    `secured` is "data integrity" or the media type of the envelope. Times are seconds since 1970 (UTC). `document` is
    what was secured, without proofs and claims about the signature. What the credential says of schemas, evidence and
    resources elsewhere was not looked at.
    """

    secured: str
    issuer: str
    types: tuple[str, ...]
    subjects: tuple[str | None, ...] = field(repr=False)
    valid_from: int | None
    valid_until: int | None
    document: JsonObject = field(repr=False)
    checks: Mapping[str, str]


def known_terms() -> Terms:
    """The contexts that are believed where the caller names no others: none that a document brings along."""
    return Terms(contexts(), inline=False)


def _known_suites() -> Mapping[str, Cryptosuite]:
    return CRYPTOSUITES


@dataclass(frozen=True, slots=True)
class W3cOptions:
    """What is decided for W3C credentials beside the policy.

    Args:
        terms: the contexts that are known; by default those of `credentials.contexts`.
        suites: what the cryptosuites are, of which the policy allows some.
        find: the rule of whose signatures count; by default the policy's anchors, which must admit the signers for
            every type of a credential.
        validity: "check" refuses what is not valid yet or any more; the other value is recorded in `checks`.
    """

    terms: Terms = field(default_factory=known_terms)
    suites: Mapping[str, Cryptosuite] = field(default_factory=_known_suites)
    find: FindSigners = by_anchors
    validity: ValidityRule = "check"


class _Authentic(NamedTuple):
    """What was secured, its structure and its terms checked, and what the steps so far have found."""

    credential: AuthenticW3cCredential
    checked: CheckedCredential
    words: Worded
    secured: str
    disclosure: str


@flow_boundary
async def verify_credential(
    secured: Secured, context: VerificationContext, options: W3cOptions | None = None
) -> VerifiedW3cCredential:
    """Verifies a credential, as a flow: whoever shows it, which is not asked here.

    Raises:
        ParseError: malformed, or `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `unforeseen` for a bug.
    """
    options = W3cOptions() if options is None else options
    context.budget.spend(1)
    document = opened(secured, ENVELOPED_CREDENTIAL)
    # 1 parse, 2 recognise, 3 admit, 4 find the keys, 5 check the proofs, 8 check the trust
    if isinstance(document, Envelope):
        authentic = await _from_envelope(document, context, options)
    else:
        authentic = await _from_proofs(document, context, options)
    credential, checked = authentic.credential, authentic.checked
    checks = {"proof": PASSED, "trust": credential.trust, "disclosure": authentic.disclosure}
    checks["words"] = INLINE if authentic.words.own else PASSED
    # 7 check the time, of the envelope and of the credential
    checks["time"] = check_validity(
        context, options, (credential.not_before, credential.expires), (checked.valid_from, checked.valid_until)
    )
    # 9 check the status
    status = fields.status_of(checked.document)
    checks["status"] = await check_status(status, context, issuers=credential.anchors, find=options.find)
    # 10 check the type
    checks["type"] = check_values(checked.document, authentic.words, context.budget)
    return VerifiedW3cCredential(
        secured=authentic.secured,
        issuer=checked.issuer,
        types=checked.types,
        subjects=_subjects(checked.document["credentialSubject"]),
        valid_from=checked.valid_from,
        valid_until=checked.valid_until,
        document=checked.document,
        checks=MappingProxyType(checks),
    )


def opened(secured: Secured, kind: str) -> Secured:
    """What is in an object that envelops a document of some kind; any other document as it is.

    Raises:
        ParseError: those of `parse_envelope`.
    """
    if isinstance(secured, Envelope):
        return secured
    stated = secured.get("type")
    return parse_envelope(secured, kind=kind) if stated in (kind, [kind]) else secured


def worded(unverified: UnverifiedSecured, terms: Terms, budget: Budget) -> tuple[UnverifiedSecured, Worded]:
    """The document with contexts that are known by address, as proofs over statements need it.

    A proof over text covers no context that the document brings along: there, none is believed.

    Raises:
        ParseError: those of `credentials.words.lift`.
    """
    of_text = OF_TEXT.issuperset(one.unverified_cryptosuite for one in unverified.proofs)
    lifted = lift(
        unverified.unverified_document, Terms(terms.contexts, inline=terms.inline and not of_text), budget=budget
    )
    return unverified._replace(unverified_document=lifted.document), lifted


def check_validity(context: VerificationContext, options: W3cOptions, *periods: tuple[int | None, int | None]) -> str:
    """Step 7, of each pair of times, unless the options say otherwise; returns what was checked.

    Raises:
        ParseError, VerificationError: those of `check_period`.
    """
    if options.validity != "check":
        return _SKIPPED
    for starts, ends in periods:
        check_period(starts, ends, context)
    return PASSED


def check_values(document: JsonObject, words: Worded, budget: Budget) -> str:
    """Step 10: the values of a document are those that the tables of its types give them; `words` are its own.

    Raises:
        ParseError: those of `encoding.rdf.jsonld.expand`.
        VerificationError: `type_rule_broken`.
    """
    known = [check_claims(type_, document, _FORMAT) for type_ in _types(words.document, words.terms, budget)]
    if not any(known):
        return _UNTABLED
    # A value under a keyword or an address would be one of the table's to whoever reads statements, and to it none.
    for one in parts([value for name, value in document.items() if name != "@context"], budget):
        if isinstance(one, dict) and any((name[:1] == "@" and name not in _OF_VALUES) or ":" in name for name in one):
            raise VerificationError("type_rule_broken", "a name that is no word")
    return PASSED


def _types(document: JsonObject, terms: Terms, budget: Budget) -> tuple[str, ...]:
    """The IRIs of all types of a document whose terms were checked, however they are spelt."""
    try:
        return fields.types_of(document, terms.contexts, budget=budget)
    except ParseError as error:
        if error.code not in _SPELLINGS:
            raise
        # Text that is signed may spell a type in ways that no statement does, as its IRI for instance.
        named = {"@context": document["@context"], "type": document["type"]}
        (node,) = cast("list[JsonObject]", jsonld.expand(named, contexts=terms.contexts, budget=budget))
        return tuple(node["@type"])


async def _from_envelope(envelope: Envelope, context: VerificationContext, options: W3cOptions) -> _Authentic:
    credential = await authenticate_envelope(
        envelope, context, role="credential", find=options.find, terms=options.terms
    )
    checked = credential.checked
    words = lift(checked.document, options.terms, budget=context.budget)
    return _Authentic(credential, checked, words, envelope.media_type, PASSED)


async def _from_proofs(document: JsonObject, context: VerificationContext, options: W3cOptions) -> _Authentic:
    """Whose proofs these are and whether they hold; what they secure, its structure and its terms checked."""
    # 1 parse: the structure first, so that a malformed credential asks nobody anything
    vc_integrity.check_document(document, "vc", None, versions=READ)
    unverified, words = worded(proof.parse(document), options.terms, context.budget)
    credential = await authenticate_integrity(
        unverified,
        context,
        role="credential",
        # For each type, since its issuer must be believed for all that it says it is.
        types=lambda: fields.types_of(words.document, words.terms.contexts, budget=context.budget),
        find=options.find,
        cryptosuites=context.policy.cryptosuites,
        terms=words.terms,
        suites=options.suites,
    )
    checked = credential.checked
    disclosure = PASSED if credential.cryptosuites.isdisjoint(SELECTIVE) else _disclosure(checked)
    # What is told of the words is told of what was verified, and of nothing else that was sent.
    restored = replace(checked, document=words.restore(checked.document))
    return _Authentic(credential, restored, replace(words, document=checked.document), DATA_INTEGRITY, disclosure)


def _disclosure(checked: CheckedCredential) -> str:
    """What nobody but the issuer knows of a part: whether it has a member, which is not shown, that it let withhold."""
    names = next(model.decisive for model in MODELS.values() if model.version == checked.version)
    absent = [name for name in names if name not in checked.document]
    return f"NOT KNOWN: whether its issuer let the holder withhold {', '.join(absent)}" if absent else PASSED


def _subjects(stated: JsonValue) -> tuple[str | None, ...]:
    listed = stated if isinstance(stated, list) else [stated]
    return tuple(one.get("id") for one in listed)
