"""Step 10: does the credential keep the rules of its type?

Type metadata are those of draft-ietf-oauth-sd-jwt-vc-19 sections 5.3 to 5.7 and 6. The types of `specs/` are read from
there. Another type's are fetched only where the policy says so: its publisher would learn from the request that such a
credential is being used, and when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from didkit_fr.boundary import flow_boundary
from didkit_fr.credentials import claims as values
from didkit_fr.credentials import types
from didkit_fr.credentials.types import ClaimRule, TypeMetadata, TypeRules
from didkit_fr.encoding.json import ClaimsPath
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.formats.port import VerifiedCredential
from didkit_fr.proofs.sd_jwt.outline import Node
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.steps import PASSED

__all__ = ["UNKNOWN", "check_claims", "check_type", "load_rules"]

UNKNOWN = "SKIPPED: a type without metadata here"

MAX_AGE = 86_400
PINNED_AGE = 2_592_000

_OK = 200


async def check_type(
    credential: VerifiedCredential, format_: str, context: VerificationContext, *, complete: bool
) -> str:
    """Refuses a credential that breaks its type's rules; returns what was checked.

    Args:
        credential: what was verified: its values must be of the types that their title's table gives them, and where
            it has an outline, that must keep the rules of type metadata.
        format_: its format.
        context: what to do about types that are not known here, what was fetched before, and when it is.
        complete: whether every disclosure is there, as for a wallet that receives it; a relying party must not take
            a withheld claim for a missing one.

    Raises:
        FetchError: the metadata could not be had.
        ParseError: malformed metadata.
        VerificationError: `type_metadata_unknown`, `type_metadata_mismatch`, `type_metadata_integrity`,
            `type_extends_endless`, `type_extends_contradiction`, `type_rule_broken`.
    """
    claims = credential.claims
    known = values.check_claims(credential.type, claims, format_)
    if credential.outline is None:
        return PASSED if known else UNKNOWN
    vct, integrity = claims["vct"], claims.get("vct#integrity")
    if "vct#integrity" in claims and not isinstance(integrity, str):
        raise VerificationError("type_metadata_integrity")
    rules = await _rules(vct, integrity, context)
    if rules is None:
        return UNKNOWN
    # What a type inherits by metadata that were fetched, it inherits with the types of its values.
    for above in rules.extends:
        values.check_claims(above, claims, format_)
    check_claims(credential.outline(), rules, complete=complete)
    return PASSED


@flow_boundary
async def load_rules(vct: str, integrity: str | None, context: VerificationContext) -> TypeRules | None:
    """The rules of a type and all that it extends; None for a type that is not known here, if the policy allows it.

    To be called beforehand, with the `vct#integrity` of the credentials to come, for offline use.

    Raises:
        FetchError, ParseError, VerificationError: as `check_type`.
    """
    return await _rules(vct, integrity, context)


async def _rules(vct: str, integrity: str | None, context: VerificationContext) -> TypeRules | None:
    policy, memory, now, name = context.policy, context.memory, context.now, (vct, integrity)
    known = memory.get(policy, "type", name, now=now)
    if isinstance(known, TypeRules):
        return known
    if policy.types == "known" and types.local_document(vct) is None:
        return None
    rules: list[Mapping[ClaimsPath, ClaimRule]] = []
    expires, seen = now + PINNED_AGE, list[str]()
    wanted: str | None = vct
    while wanted is not None:
        if wanted in seen or len(seen) == types.MAX_DOCUMENTS:
            raise VerificationError("type_extends_endless")
        seen.append(wanted)
        document, until = await _document(wanted, integrity, context)
        rules.append(document.rules)
        expires = min(expires, until)
        wanted, integrity = document.extends, document.extends_integrity
    combined = rules.pop()
    while rules:
        combined = types.combine(rules.pop(), combined)
    compiled = replace(types.compile_rules(combined), extends=() if types.local_document(vct) else tuple(seen[1:]))
    if expires > now:
        memory.put(policy, "type", name, compiled, now=now, expires=expires, owner=vct)
    return compiled


def check_claims(credential: Node, rules: TypeRules, *, complete: bool) -> None:
    """Walks a credential beside the rules of its type (section 5.6).

    Raises:
        VerificationError: `type_rule_broken`, naming the rule and never the value.
    """
    _walk([credential], rules, complete=complete)


async def _document(vct: str, integrity: str | None, context: VerificationContext) -> tuple[TypeMetadata, int]:
    """One document, its integrity checked before it is read, and until when it may be remembered."""
    now = context.now
    raw, until = types.local_document(vct), now + PINNED_AGE
    if raw is None:
        if context.policy.types != "fetched" or not vct.startswith("https://"):
            raise VerificationError("type_metadata_unknown")
        answer = await fetch(Request("GET", vct, {"accept": "application/json"}, max_bytes=types.MAX_BYTES))
        if answer.status != _OK:
            raise FetchError("fetch_status", f"type metadata: HTTP {answer.status}")
        raw, until = answer.body, now + (_freshness(answer) if integrity is None else PINNED_AGE)
    if integrity is not None:
        types.check_integrity(raw, integrity)
    document = types.parse(raw)
    # Without this, the rules of one type could be published as those of another.
    if document.vct != vct:
        raise VerificationError("type_metadata_mismatch")
    return document, until


def _freshness(answer: Response) -> int:
    """For how many seconds an answer that nothing pins may be kept (RFC 9111 section 5.2.2): none, unless it says."""
    directives = [part.strip().lower() for part in answer.headers.get("cache-control", "").split(",")]
    if "no-store" in directives or "no-cache" in directives:
        return 0
    ages = [part.removeprefix("max-age=") for part in directives if part.startswith("max-age=")]
    if len(ages) != 1 or len(ages[0]) > len(str(MAX_AGE)) or not (ages[0].isascii() and ages[0].isdigit()):
        return 0
    return min(int(ages[0]), MAX_AGE)


def _walk(selected: Sequence[Node], rule: TypeRules, *, complete: bool) -> None:
    """One step of every path at once."""
    known = [node for node in selected if not node.withheld]
    members, elements = _members(known, rule.members), _elements(known, rule.elements)
    for name, nodes in members.items():
        _check(nodes, rule.members[name], name, complete=complete)
    for position, nodes in elements.items():
        _check(nodes, rule.elements[position], position, complete=complete)
    missing = [step for step in rule.due if step not in members and step not in elements]
    # Something may be behind a digest, or within something that is not shown itself.
    if missing and (complete or len(known) == len(selected) > 0):
        unseen = not complete and max([node.unseen for node in known]) > 0
        for step in missing:
            if not unseen or not isinstance(step, str) or rule.members[step].disclosure == "never":
                raise VerificationError("type_rule_broken", f"mandatory: {_spelt(step)}")


def _members(known: Sequence[Node], rules: Mapping[str, TypeRules]) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in known if rules else ():
        if node.members is None:
            raise VerificationError("type_rule_broken", f"not an object around {_spelt(next(iter(rules)))}")
        for name, member in node.members.items():
            if name in rules:
                found.setdefault(name, []).append(member)
    return found


def _elements(known: Sequence[Node], rules: Mapping[int | None, TypeRules]) -> dict[int | None, list[Node]]:
    """Positions count the elements that were withheld; each of those is one, with nothing known in it."""
    found: dict[int | None, list[Node]] = {}
    for node in known if rules else ():
        if node.elements is None:
            raise VerificationError("type_rule_broken", f"not an array around {_spelt(next(iter(rules)))}")
        for position in rules:
            chosen = node.elements if position is None else node.elements[position : position + 1]
            if chosen:
                found.setdefault(position, []).extend(chosen)
    return found


def _check(nodes: Sequence[Node], rule: TypeRules, step: str | int | None, *, complete: bool) -> None:
    if rule.disclosure != "allowed":
        hidden = rule.disclosure == "always"
        for node in nodes:
            if node.disclosable is not hidden:
                raise VerificationError("type_rule_broken", f"sd {rule.disclosure}: {_spelt(step)}")
    if rule.members or rule.elements:
        _walk(nodes, rule, complete=complete)


def _spelt(step: str | int | None) -> str:
    """A step of the type's own path, for a person: short, and without what a terminal would obey."""
    return "".join(one for one in str(step)[:64] if one.isprintable())
