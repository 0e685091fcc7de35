"""Rows of hostile inputs: what the dearest input of a size may cost until it is refused, or verified.

Each row is a small function that makes an input of at most so many bytes, and the public function that gets it. The
limit is in S, of CPU: 2,000 S for 64 kB and 10,000 S for 1 MB (issue 12).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple

from didkit_fr.credentials.contexts import contexts
from didkit_fr.credentials.terms import Terms, check_terms
from didkit_fr.credentials.words import lift
from didkit_fr.encoding import cbor, multibase
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.json import JsonObject, parse_object
from didkit_fr.encoding.rdf import nquads, rdfc
from didkit_fr.encoding.rdf.jsonld import to_quads
from didkit_fr.errors import DidkitError
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.formats.w3c import vc_integrity
from didkit_fr.keys import bbs, software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from tests.bench.measure import Case, Work
from tests.bench.proofs import S
from tests.nation import NOW

__all__ = ["GOALS", "HOSTILE", "LIMITS", "ROWS", "Hostile", "filled"]

SMALL, LARGE = 65_536, 1_048_576
LIMITS = {SMALL: 2_000, LARGE: 10_000}

V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
METHOD = "did:example:issuer#key"
CREDENTIAL: JsonObject = {
    "@context": [V2, EXAMPLES],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:issuer",
}
ED, EC, BBS_SIGNER = software.generate(ED25519), software.generate(), bbs.generate()
KEYS = {METHOD: ED.public_key, "did:example:issuer#ec": EC.public_key, "did:example:issuer#bbs": BBS_SIGNER.public_key}


class Hostile(NamedTuple):
    """`make` gives, of a number, something that grows with it; `call` gets it as JSON text of at most `size` bytes."""

    make: Callable[[int], Any]
    call: Callable[[bytes], object]
    size: int


def filled(row: Hostile) -> bytes:
    """The largest input of a row within its size."""
    least = most = 1
    size = {1: len(_text(row.make(1)))}
    # Twice as much each time, so that no input is made that is many times too large.
    while most < row.size and size[most] <= row.size:
        least, most = most, min(2 * most, row.size)
        size[most] = len(_text(row.make(most)))
    if size[most] <= row.size:
        return _text(row.make(most))
    # Most inputs grow evenly: the place is guessed, and halves make sure that it is found where one does not.
    guess = True
    while most - least > 1:
        part = (row.size - size[least]) / (size[most] - size[least]) if guess else 0.5
        middle = min(max(least + int((most - least) * part), least + 1), most - 1)
        size[middle] = len(_text(row.make(middle)))
        least, most = (middle, most) if size[middle] <= row.size else (least, middle)
        guess = not guess or most - least < 8
    return _text(row.make(least))


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


# --- who gets it


def verified(raw: bytes) -> object:
    """A relying party that reads a W3C document with proofs."""
    return _verified(parse_object(raw, max_bytes=LARGE, max_depth=32), Terms(contexts(), inline=False), Budget())


def brought(raw: bytes) -> object:
    """A relying party that lets such a document bring contexts along."""
    budget = Budget()
    words = lift(parse_object(raw, max_bytes=LARGE, max_depth=32), Terms(contexts(), inline=True), budget=budget)
    return _verified(words.document, words.terms, budget)


def _verified(secured: JsonObject, terms: Terms, budget: Budget) -> object:
    kind: Any = "vp" if "verifiableCredential" in secured else "vc"
    return vc_integrity.verify(
        proof.parse(secured),
        KEYS,
        kind=kind,
        now=NOW,
        leeway=0,
        cryptosuites={*CRYPTOSUITES, bbs_2023.NAME},
        domain=None,
        challenge=None,
        terms=terms,
        suites={**CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)},
        budget=budget,
    )


def shown(raw: bytes) -> object:
    """A relying party that reads a title of the format `ldp_vc`."""
    unverified = ldp_vc.parse(raw.decode())
    return ldp_vc.verify(unverified, IssuerKey(ED.public_key), ProofRules({"EdDSA"}, {"eddsa-rdfc-2022"}, NOW, 0), None)


def meant(raw: bytes, *, inline: bool = False) -> object:
    """A relying party that asks what the terms of a signed text mean."""
    return check_terms(parse_object(raw, max_bytes=LARGE, max_depth=32), Terms(contexts(), inline=inline))


def canonical(raw: bytes) -> object:
    """Whoever canonicalises a graph."""
    return rdfc.canonicalize(nquads.parse(json.loads(raw)))


# --- what it gets


def secured(
    suite: str, subject: JsonObject, value: str | None = None, method: str = METHOD, **members: Any
) -> JsonObject:
    """A credential that nobody signed, with a proof all the same."""
    stated = {"type": "DataIntegrityProof", "cryptosuite": suite, "verificationMethod": method}
    purpose = "authentication" if "verifiableCredential" in members else "assertionMethod"
    stated |= {"proofPurpose": purpose, "proofValue": value or multibase.encode(bytes(64))}
    return {**CREDENTIAL, "credentialSubject": subject, **members, "proof": stated}


SUBJECTS: Mapping[str, Callable[[int], JsonObject]] = {
    "texts": lambda n: {"claim": [f"{at:x}" for at in range(n)]},
    "languages": lambda n: {"claim": [{"@value": f"{at:x}", "@language": "fr"} for at in range(n)]},
    "objects_of_values": lambda n: {"claim": [{"@value": at} for at in range(n)]},
    "numbers": lambda n: {"claim": list(range(n))},
    "nulls": lambda n: {"claim": [None] * n},
    "references": lambda n: {"claim": [{"id": f"a:{at:x}"} for at in range(n)]},
    "nodes": lambda n: {"claim": [{"more": at} for at in range(n)]},
    "nodes_alike": lambda n: {"claim": [{"type": "VerifiableCredential"}] * n},
    "nodes_of_one_id": lambda n: {"claim": [{"id": "_:a", "more": at} for at in range(n)]},
    "fans": lambda n: {"claim": [{"more": [{"more": [{"last": at % 3}]}]} for at in range(n)]},
    "poison": lambda n: {"claim": [{"more": [{"last": 1}] * n}] * 2},
    "types": lambda n: {"type": [f"a:{at:x}" for at in range(n)]},
    "words": lambda n: {f"n{at:x}": 1 for at in range(n)},
    "text": lambda n: {"claim": "\n" * n},
    "list": lambda n: {"claim": {"@list": list(range(n))}},
    "number": lambda n: {"claim": int("9" * min(n, 400))},
}


def _graph(shape: str) -> Callable[[int], str]:
    ring = "".join
    shapes: Mapping[str, Callable[[int], str]] = {
        "ring": lambda n: ring(f"_:n{at} <urn:p> _:n{(at + 1) % n} .\n" for at in range(n)),
        "hub": lambda n: ring(f"_:h{at % 2} <urn:p> _:n{at} .\n" for at in range(n)),
        "clique": lambda n: ring(
            f"_:n{a} <urn:p> _:n{b} .\n" for a in range(int(n**0.5)) for b in range(int(n**0.5)) if a != b
        ),
    }
    return shapes[shape]


def _selective(count: int) -> JsonObject:
    """As many signatures of statements as a proof holds, none of which is right but the issuer's own."""
    document = {**CREDENTIAL, "credentialSubject": {"claim": [f"{at:x}" for at in range(min(count, 500))]}}
    names = {"type": "DataIntegrityProof", "cryptosuite": ecdsa_sd.NAME, "proofPurpose": "assertionMethod"}
    options = {**names, "verificationMethod": "did:example:issuer#ec"}
    base = ecdsa_sd.sign_base(document, EC, options, mandatory=["/issuer"], contexts=contexts())
    return ecdsa_sd.derive(base, ["/credentialSubject"], contexts=contexts())


def _blind(count: int) -> JsonObject:
    """A proof of BBS that hides as many statements as there may be, with points that are points."""
    point = bytes.fromhex(
        "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
    )
    octets = point * 3 + (1).to_bytes(32) * (4 + min(count, 950))
    document = {"id": "urn:example:title", **CREDENTIAL, "credentialSubject": {"id": "urn:a", "claim": ["a", "b", "c"]}}
    shown = len(to_quads(document, contexts=contexts()))
    parts: Any = [octets, {}, [], list(range(shown)), b""]
    value = multibase.encode(b"\xd9\x5d\x03" + cbor.encode(parts), multibase.BASE64URL)
    subject = document["credentialSubject"]
    return secured(bbs_2023.NAME, subject, value, "did:example:issuer#bbs", id=document["id"])


def _presentation(count: int) -> JsonObject:
    """Embedded credentials, each with other contexts, that have to be compiled."""
    known = [EXAMPLES, "https://w3id.org/citizenship/v4rc1", "https://w3id.org/vdl/v2", "https://w3id.org/vdl/aamva/v1"]
    embedded = [
        {**CREDENTIAL, "@context": [V2, *known[at % 4 :], *known[: at % 4], *[EXAMPLES] * (at % 11)]}
        for at in range(count)
    ]
    presentation = secured("eddsa-rdfc-2022", {}, type=["VerifiablePresentation"], verifiableCredential=embedded)
    return {name: value for name, value in presentation.items() if name not in ("issuer", "credentialSubject")}


def _repeated(count: int) -> JsonObject:
    """Embedded credentials that name one context again and again, signed as text, with a member that is null."""
    embedded = [{**CREDENTIAL, "@context": [V2, *[EXAMPLES] * 15], "name": None} for _ in range(count)]
    return {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": embedded}


def _proofs(count: int) -> JsonObject:
    """Eight proofs over one large document."""
    document = secured("eddsa-rdfc-2022", SUBJECTS["texts"](count))
    return {**document, "proof": [document["proof"]] * 8}


def _contexts(count: int) -> JsonObject:
    """Contexts that a document brings along: terms each written with the next."""
    brought = {f"t{at}": f"t{at + 1}:a" for at in range(count)}
    return {**CREDENTIAL, "@context": [V2, brought], "credentialSubject": {"id": "urn:a"}}


def _nested(count: int) -> JsonObject:
    value: Any = 1
    for _ in range(min(count, 13)):
        value = {"more": [value, *([{"last": 1}] * (count // 13))]}
    return secured("eddsa-rdfc-2022", {"claim": value})


SHARED: Mapping[str, Callable[[str, int], tuple[JsonObject, JsonObject]]] = {
    "id": lambda text, n: ({}, {"id": f"u:{text}", **_members(n)}),
    "name": lambda text, n: ({}, {text: list(_members(n))}),
    "name_of_nodes": lambda text, n: ({}, {text: [{"more": at} for at in range(n // 2 + 1)]}),
    "name_above_nodes": lambda text, n: ({}, {text: {name: {"more": 1} for name in _members(n // 2 + 1)}}),
    "name_of_alike_nodes": lambda text, n: ({}, {"more": [{text: [{"last": 1}] * min(n, 6)}] * 2}),
    "vocabulary": lambda text, n: ({"@vocab": f"urn:{text}"}, _members(n)),
    "datatype": lambda text, n: ({"p": {"@id": "urn:p", "@type": f"urn:{text}"}}, {"p": list(_members(n))}),
    "property": lambda text, n: ({"p": f"urn:{text}"}, {"p": list(_members(n))}),
    "prefix": lambda text, n: ({"p": f"urn:{text}:", **{f"p{at}": f"p:{at}" for at in range(n)}}, {"p1": "x"}),
    "word": lambda text, n: (
        {"w": f"urn:{text}", "p": {"@id": "urn:p", "@type": "@vocab"}, "n": "urn:n"},
        {"n": [{"p": "w"}] * (n // 2 + 1)},
    ),
}
"""What is stated once, a text, and read so many times: a context, and a subject."""


def _members(count: int) -> JsonObject:
    return {f"p{at}": "x" for at in range(count)}


def _sharing(shape: str, chars: int | None) -> Callable[[int], JsonObject]:
    """A text of so many characters, or one that grows, and as many statements as are read."""

    def make(n: int) -> JsonObject:
        context, subject = SHARED[shape]("a" * (chars or 8 * n), min(n, 3_900))
        stated = [V2, context] if context else [V2, EXAMPLES]
        return secured("eddsa-rdfc-2022", subject) | {"@context": stated}

    return make


HOSTILE: Mapping[str, Hostile] = {
    **{
        f"shared_{shape}_{length}_{size // 1024}k": Hostile(
            _sharing(shape, chars), brought if SHARED[shape]("", 1)[0] else verified, size
        )
        for shape in SHARED
        for length, chars, sizes in (("long", None, LIMITS), ("bounded", 2_000, [SMALL]), ("short", 200, [LARGE]))
        for size in sizes
    },
    **{
        f"rdfc_{name}_{size // 1024}k": Hostile(
            lambda n, make=make: secured("eddsa-rdfc-2022", make(n)), verified, size
        )
        for name, make in SUBJECTS.items()
        for size in (SMALL, LARGE)
    },
    **{
        f"terms_{name}_{size // 1024}k": Hostile(
            lambda n, make=make: {**CREDENTIAL, "credentialSubject": make(n), "name": None}, meant, size
        )
        for name, make in SUBJECTS.items()
        for size in (SMALL, LARGE)
    },
    **{
        f"jcs_{name}_{size // 1024}k": Hostile(
            lambda n, name=name: secured("eddsa-jcs-2022", SUBJECTS[name](n)), verified, size
        )
        for name in ("nodes", "numbers", "text")
        for size in (SMALL, LARGE)
    },
    **{f"graph_{name}_64k": Hostile(_graph(name), canonical, SMALL) for name in ("ring", "hub", "clique")},
    "ldp_vc_texts_64k": Hostile(lambda n: secured("eddsa-rdfc-2022", SUBJECTS["texts"](n)), shown, SMALL),
    "ldp_vc_types_64k": Hostile(lambda n: {**secured("eddsa-rdfc-2022", {}), **SUBJECTS["types"](n)}, shown, SMALL),
    "selective_64k": Hostile(_selective, verified, SMALL),
    "bbs_64k": Hostile(_blind, verified, SMALL),
    "presentation_64k": Hostile(_presentation, verified, SMALL),
    "presentation_1024k": Hostile(_presentation, verified, LARGE),
    "repeated_contexts_64k": Hostile(_repeated, meant, SMALL),
    "repeated_contexts_few_64k": Hostile(lambda n: _repeated(min(n, 11)), meant, SMALL),
    "proofs_64k": Hostile(_proofs, verified, SMALL),
    "nested_64k": Hostile(_nested, verified, SMALL),
    "contexts_64k": Hostile(_contexts, partial(meant, inline=True), SMALL),
    "contexts_1024k": Hostile(_contexts, partial(meant, inline=True), LARGE),
}


def _row(row: Hostile) -> Callable[[], AbstractContextManager[Case]]:
    @contextmanager
    def measured() -> Iterator[Case]:
        raw = filled(row)

        def subject() -> None:
            with suppress(DidkitError):
                row.call(raw)

        yield Case("S", Work(subject), S, more={"limit": LIMITS[row.size]})

    return measured


ROWS = {f"hostile_{name}": _row(row) for name, row in HOSTILE.items()}
GOALS = {f"hostile_{name}": LIMITS[row.size] for name, row in HOSTILE.items()}
