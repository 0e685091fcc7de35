"""Folder "di-bbs": bbs-2023 step by step, the signed documents, and the documents of the test suite.

The sailing document has a context written into it. Only contexts of known hash are read, so here that context has an
address: the statements, which are all that is signed, stay what they are.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from didkit_fr.encoding import cbor, json, multibase
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts
from didkit_fr.errors import DidkitError
from didkit_fr.keys import bbs, multikey
from didkit_fr.primitives.bbs import BLS12_381_SHA_256
from didkit_fr.proofs.data_integrity import bbs_2023, proof
from didkit_fr.proofs.data_integrity.cryptosuite import canonical, configuration
from didkit_fr.proofs.data_integrity.selective import group, separate, shuffled_labels
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.conformance_vectors.bbs import seeded
from tests.processor import reading
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

NOW = 1_790_000_000
OPTIONS = "holder binding and pseudonyms: these vectors follow drafts of April 2025, which have changed since"
INPUT = "an input of other cases, or the configuration of the test suite"
OTHER = "an error of the vector: the printed steps are of a credential with another description"

SAILING = "https://windsurf.grotto-networking.com/selective/v1"
# Not the tag of the fixtures of the signature scheme, but the bare identifier of its interface.
_DST = BLS12_381_SHA_256.id + b"H2G_HM2S_"


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("di-bbs")
    cases = [*_journey(home, home, "wind"), *_journey(home, home / "prc", "prCred"), *_mocks(home)]
    printed = _unsecured(_json(home / "addSignedSDBase.json"))
    cases += [("windDoc", _json(home / "windDoc.json") == printed, None), ("prCredUnsigned", False, OTHER)]
    for folder in ("HolderBinding", "Pseudonym", "PseudonymHB", "FeatureInputs"):
        cases += [(path.relative_to(home).as_posix(), False, OPTIONS) for path in sorted((home / folder).iterdir())]
    cases += [(path.relative_to(home).as_posix(), False, INPUT) for path in sorted(home.glob("test-suite/config/*"))]
    return cases


def _journey(home: Path, folder: Path, name: str) -> Iterator[Case]:
    where = "" if folder == home else f"{folder.name}/"
    material, shown = _json(home / "BBSKeyMaterial.json"), _json(home / "BBSDeriveMaterial.json")
    signer = bbs.from_secret(bytes.fromhex(material["privateKeyHex"]))
    hmac_key, ph = bytes.fromhex(material["hmacKeyString"]), bytes.fromhex(shown["presentationHeaderHex"])
    mandatory, selective = _list(home / f"{name}Mandatory.json"), _list(home / f"{name}Selective.json")
    (options, _), (signed, known), (derived, _) = (
        _addressed(_json(folder / f"{file}.json"))
        for file in ("addProofConfig", "addSignedSDBase", "derivedRevealDocument")
    )
    document = _unsecured(signed)
    config = configuration(document, options)
    del options["@context"]
    prepared = bbs_2023.prepare_base(document, options, mandatory=mandatory, random=lambda _: hmac_key, contexts=known)
    signature = signer.sign(prepared.header, prepared.messages)
    made = prepared.attach(signer.public_key, signature)
    grouped = group(document, [mandatory, selective], shuffled_labels(hmac_key), reading=reading(known))
    hashes, indexes = _json(folder / "addHashData.json"), _json(folder / "derivedGroupIndexes.json")
    required, chosen = grouped.groups
    steps: dict[str, tuple[Any, Any]] = {
        "public key": (signer.public_key.octets.hex(), material["publicKeyHex"]),
        "addBaseDocCanon": (canonical(document, "sha256", reading(known)), _lines(folder / "addBaseDocCanon.json")),
        "addBaseDocHMACCanon": (list(grouped.statements), _list(folder / "addBaseDocHMACCanon.json")),
        "addBaseTransform": ([required, prepared.messages], _transformed(folder / "addBaseTransform.json")),
        "addProofConfigCanon": (
            canonical(config, "sha256", reading(known)),
            (folder / "addProofConfigCanon.txt").read_bytes(),
        ),
        "addHashData": (prepared.header.hex(), hashes["proofHash"] + hashes["mandatoryHash"]),
        "addRawBaseSignatureInfo": (signature.hex(), _json(folder / "addRawBaseSignatureInfo.json")["bbsSignature"]),
        "addSignedSDBase": (made, signed),
        "derivedGroupIndexes": (
            [sorted(required), sorted(chosen), sorted(required | chosen)],
            [indexes[f"{which}Indexes"] for which in ("mandatory", "selective", "combined")],
        ),
    }
    hidden = len(prepared.messages) - len(_json(folder / "derivedAdjIndexes.json")["adjSelectiveIndexes"])
    random = seeded(BLS12_381_SHA_256, 5 + hidden, shown["pseudoRandSeedHex"], _DST.hex())
    revealed = bbs_2023.derive(made, selective, presentation_header=ph, random=random, contexts=known)
    steps |= {"derivedRevealDocument": (revealed, derived), **_derived_parts(folder, revealed, known)}
    yield from ((f"{where}{step}", here == printed, None) for step, (here, printed) in steps.items())
    suite = bbs_2023.bbs_2023(presentation_header=ph)
    yield f"{where}base verified", _verified(signed, CRYPTOSUITES_OF_HOLDERS, bbs_2023.BBS_2023_BASE, known), None
    yield f"{where}derived verified", _verified(derived, CRYPTOSUITES, suite, known), None


def _derived_parts(folder: Path, made: dict[str, Any], known: Contexts) -> dict[str, tuple[Any, Any]]:
    """The parts of the derived proof that was made here, each with what its own file says."""
    bbs_proof, compressed, mandatory, selective, _ = cbor.decode(multibase.decode(made["proof"]["proofValue"])[3:])
    labels = {f"c14n{at}": f"b{label}" for at, label in compressed.items()}
    indexes, data = _json(folder / "derivedAdjIndexes.json"), _json(folder / "derivedDisclosureData.json")
    unsigned, _ = _addressed(_json(folder / "derivedUnsignedReveal.json"))
    parts: dict[str, tuple[Any, Any]] = {
        "derivedAdjIndexes": ([mandatory, selective], [indexes["adjMandatoryIndexes"], indexes["adjSelectiveIndexes"]]),
        "derivedDisclosureData": ((bbs_proof.hex(), labels), (data["bbsProof"], dict(data["labelMap"]["value"]))),
        "derivedUnsignedReveal": (_unsecured(made), unsigned),
    }
    if (folder / "verifyNQuads.json").exists():
        separated = separate(_unsecured(made), labels, mandatory, reading=reading(known))
        statements = sorted([*separated.mandatory, *separated.others])
        parts["verifyNQuads"] = (statements, _list(folder / "verifyNQuads.json"))
        printed = _json(folder / "verifyDerivedProofValue.json")
        parts["verifyDerivedProofValue"] = (bbs_proof.hex(), printed["bbsProof"])
    return parts


def _transformed(path: Path) -> list[Any]:
    """The positions of the mandatory statements, and the others in order."""
    stated = _json(path)
    required = frozenset(at for at, _ in stated["mandatory"]["value"])
    return [required, tuple(statement.encode() for _, statement in stated["nonMandatory"]["value"])]


def _mocks(home: Path) -> Iterator[Case]:
    """The documents of the test suite: issued, derived from, and verified."""
    for folder in sorted(home.glob("test-suite/tests/fixtures/license/*")):
        yield folder.relative_to(home).as_posix(), _issued_and_shown(folder), None


def _issued_and_shown(folder: Path) -> bool:
    signer = bbs.generate()
    method = f"did:key:{multikey.build_bbs(signer.public_key)}#{multikey.build_bbs(signer.public_key)}"
    document = {**_json(folder / "credential.json"), "issuer": method.partition("#")[0]}
    if folder.name == "1.1":
        document["issuanceDate"] = "2026-01-01T00:00:00Z"  # the test suite adds it too
    mandatory, selective = _list(folder / "mandatoryPointers.json"), _list(folder / "selectivePointers.json")
    options = {"type": "DataIntegrityProof", "cryptosuite": bbs_2023.NAME, "verificationMethod": method}
    options |= {"created": "2026-01-01T00:00:00Z", "proofPurpose": "assertionMethod"}
    base = bbs_2023.sign_base(document, signer, options, mandatory=mandatory)
    derived = bbs_2023.derive(base, selective, presentation_header=b"once")
    suite = bbs_2023.bbs_2023(presentation_header=b"once")
    return _verified(base, CRYPTOSUITES_OF_HOLDERS, bbs_2023.BBS_2023_BASE, KNOWN) and _verified(
        derived, CRYPTOSUITES, suite, KNOWN
    )


def _addressed(document: dict[str, Any]) -> tuple[dict[str, Any], Contexts]:
    """The document with an address in place of a context written into it, and the contexts with the one there."""
    known, stated = KNOWN, []
    for context in document["@context"]:
        if isinstance(context, dict):
            raw = json.encode({"@context": context})
            known = known.adding(SAILING, raw, sha256=hashlib.sha256(raw).hexdigest())
        stated.append(SAILING if isinstance(context, dict) else context)
    return {**document, "@context": stated}, known


def _verified(secured: dict[str, Any], table: Any, suite: Any, known: Contexts) -> bool:
    unverified = proof.parse(secured)
    (method,) = (one.unverified_verification_method for one in unverified.proofs)
    keys = {method: multikey.parse_bbs(method.partition("#")[2])}
    checks: dict[str, Any] = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    suites = {**table, bbs_2023.NAME: suite}
    try:
        verified = proof.verify(unverified, keys, cryptosuites={bbs_2023.NAME}, contexts=known, suites=suites, **checks)
    except DidkitError:
        return False
    return verified.document == _unsecured(secured)


def _unsecured(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def _json(path: Path) -> dict[str, Any]:
    return json.parse_object(path.read_bytes())


def _list(path: Path) -> list[Any]:
    return list(json.parse(path.read_bytes()))


def _lines(path: Path) -> bytes:
    return "".join(_list(path)).encode()
