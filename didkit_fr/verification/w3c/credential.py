"""W3C credentials of any form, as flows: secured by Data Integrity proofs inside, or by an envelope around them.

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
from didkit_fr.trust.anchors import Anchor
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.signers.integrity_keys import find_issuer_keys
from didkit_fr.verification.signers.rules import PASSED, FindSigners, by_anchors
from didkit_fr.verification.status.bitstring import check_entries
from didkit_fr.verification.w3c.envelopes import verify_credential_envelope

__all__ = [
    "DANGEROUSLY_IGNORE_VALIDITY",
    "DATA_INTEGRITY",
    "INLINE",
    "Rules",
    "Secured",
    "ValidityRule",
    "VerifiedW3cCredential",
    "check_period",
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
_FORM = "ldp_vc"

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
class Rules:
    """By what one message is judged, and all that is in it; its budget is used up, so that each message has its own.

    Args:
        policy: the anchors, and what is accepted; its anchors must admit the signers for every type of a credential.
        memory: what was checked before.
        now: seconds since 1970 (UTC).
        terms: the contexts that are known; by default those of `credentials.contexts`.
        suites: what the cryptosuites are, of which the policy allows some.
        find: the rule of whose signatures count; None for the policy's anchors.
        validity: "check" refuses what is not valid yet or any more; the other value is recorded in `checks`.
        budget: what the work on the message may still cost.
    """

    policy: Policy
    memory: Memory
    now: int
    terms: Terms = field(default_factory=known_terms)
    suites: Mapping[str, Cryptosuite] = field(default_factory=_known_suites)
    find: FindSigners | None = None
    validity: ValidityRule = "check"
    budget: Budget = field(default_factory=Budget)

    @property
    def signers(self) -> FindSigners:
        """The rule of whose signatures count."""
        return self.find or by_anchors(self.policy, self.memory, self.now, self.budget)


class _Secured(NamedTuple):
    """What was secured, its form and its terms checked, and what the steps so far have found."""

    checked: CheckedCredential
    words: Worded
    secured: str
    checks: dict[str, str]
    anchors: frozenset[Anchor]


@flow_boundary
async def verify_credential(secured: Secured, rules: Rules) -> VerifiedW3cCredential:
    """Verifies a credential, as a flow: whoever shows it, which is not asked here.

    Raises:
        ParseError: malformed, or `work_exceeded`.
        FetchError: cannot tell.
        VerificationError: refused; `unforeseen` for a bug.
    """
    rules.budget.spend(1)
    document = opened(secured, ENVELOPED_CREDENTIAL)
    # 1 to 5, and 8
    if isinstance(document, Envelope):
        found = await _enveloped_credential(document, rules)
    else:
        found = await _integrity_credential(document, rules)
    checked, checks = found.checked, found.checks
    # 7 check the time
    if rules.validity == "check":
        check_period(checked.valid_from, checked.valid_until, now=rules.now, leeway=rules.policy.leeway)
    checks["time"] = PASSED if rules.validity == "check" else _SKIPPED
    # 9 check the status
    checks["status"] = await _check_status(found, rules)
    # 10 check the type
    checks["type"] = check_values(checked.document, found.words, rules.budget)
    return VerifiedW3cCredential(
        secured=found.secured,
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


def check_period(starts: int | None, ends: int | None, *, now: int, leeway: int) -> None:
    """Step 7, of one pair of times.

    Raises:
        VerificationError: `credential_not_yet_valid`, `credential_expired`.
    """
    if starts is not None and starts > now + leeway:
        raise VerificationError("credential_not_yet_valid")
    if ends is not None and ends <= now - leeway:
        raise VerificationError("credential_expired")


def check_values(document: JsonObject, words: Worded, budget: Budget) -> str:
    """Step 10: the values of a document are those that the tables of its types give them; `words` are its own.

    Raises:
        ParseError: those of `encoding.rdf.jsonld.expand`.
        VerificationError: `type_rule_broken`.
    """
    known = [check_claims(type_, document, _FORM) for type_ in _types(words.document, words.terms, budget)]
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


async def _enveloped_credential(envelope: Envelope, rules: Rules) -> _Secured:
    verified, found = await verify_credential_envelope(
        envelope,
        role="credential",
        find=rules.signers,
        algorithms=rules.policy.algorithms,
        terms=rules.terms,
        budget=rules.budget,
    )
    # 7 check the time of the signature, too
    if rules.validity == "check":
        check_period(verified.not_before, verified.expires, now=rules.now, leeway=rules.policy.leeway)
    checked = cast("CheckedCredential", verified.checked)
    words = lift(checked.document, rules.terms, budget=rules.budget)
    checks = {"proof": PASSED, "trust": found.trust, "disclosure": PASSED, "words": INLINE if words.own else PASSED}
    anchors = frozenset(path.anchor for path in found.keys.values())
    return _Secured(checked, words, envelope.media_type, checks, anchors)


async def _integrity_credential(document: JsonObject, rules: Rules) -> _Secured:
    """Whose proofs these are and whether they hold; what they secure, its form and its terms checked."""
    # 1 parse: the form first, so that a malformed credential asks nobody anything
    vc_integrity.check_document(document, "vc", None, versions=READ)
    unverified, words = worded(proof.parse(document), rules.terms, rules.budget)
    # 3 admit, 4 find the keys: for each type, since its issuer must be believed for all that it says it is
    policy = rules.policy
    found = await find_issuer_keys(
        unverified,
        role="credential",
        types=lambda: fields.types_of(words.document, words.terms.contexts, budget=rules.budget),
        find=rules.signers,
    )
    keys = {method: path.key for method, path in found.keys.items()}
    if any(key.algorithm not in policy.algorithms for key in keys.values()):
        raise VerificationError("algorithm_refused")
    # 5 check the proofs
    secured, verified = vc_integrity.verify(
        unverified,
        keys,
        kind="vc",
        now=rules.now,
        leeway=policy.leeway,
        cryptosuites=policy.cryptosuites,
        domain=None,
        challenge=None,
        terms=words.terms,
        suites=rules.suites,
        budget=rules.budget,
    )
    # 8 check the trust again, on the verified values
    checked = cast("CheckedCredential", verified)
    own = frozenset(path.anchor for path in found.keys.values() if checked.issuer in path.names)
    if not own:
        raise VerificationError("issuer_mismatch")
    checks = {"proof": PASSED, "trust": found.trust, "words": INLINE if words.own else PASSED}
    selective = any(one.cryptosuite in SELECTIVE for one in secured.proofs)
    checks["disclosure"] = _disclosure(checked) if selective else PASSED
    # What is told of the words is told of what was verified, and of nothing else that was sent.
    words, restored = replace(words, document=checked.document), words.restore(checked.document)
    return _Secured(replace(checked, document=restored), words, DATA_INTEGRITY, checks, own)


def _disclosure(checked: CheckedCredential) -> str:
    """What nobody but the issuer knows of a part: whether it has a member, which is not shown, that it let withhold."""
    names = next(model.decisive for model in MODELS.values() if model.version == checked.version)
    absent = [name for name in names if name not in checked.document]
    return f"NOT KNOWN: whether its issuer let the holder withhold {', '.join(absent)}" if absent else PASSED


async def _check_status(found: _Secured, rules: Rules) -> str:
    stated = found.checked.document.get("credentialStatus")
    if stated is None:
        return "the credential has no status"
    if rules.policy.status != "check":
        return "SKIPPED: revocation ignored by policy"
    notices = await check_entries(
        stated,
        policy=rules.policy,
        memory=rules.memory,
        now=rules.now,
        issuers=found.anchors,
        find=rules.signers,
        budget=rules.budget,
    )
    return "; ".join(("valid", *notices))


def _subjects(stated: JsonValue) -> tuple[str | None, ...]:
    listed = stated if isinstance(stated, list) else [stated]
    return tuple(one.get("id") for one in listed)
