"""Folders "di-eddsa" and "di-ecdsa": each printed step, and the signed documents, through the public API."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from didkit_fr.encoding import json, multibase
from didkit_fr.errors import DidkitError
from didkit_fr.keys import ecdsa, multikey, software
from didkit_fr.keys.public import ED25519, PublicKey
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.proofs.data_integrity import ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, RDFC, Transformation, configuration
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES, CRYPTOSUITES_OF_HOLDERS
from tests.processor import reading
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

NOW = 1_790_000_000
INLINE = "a context written into the document: only contexts of known hash are read"

_CHECK: dict[str, Any] = {
    "purpose": "assertionMethod",
    "now": NOW,
    "leeway": 0,
    "cryptosuites": CRYPTOSUITES,
    "domain": None,
    "challenge": None,
}


@dataclass(frozen=True)
class Deterministic:
    """Signs as the printed proofs were: ECDSA with a nonce that follows from the message (RFC 6979)."""

    inner: SoftwareSigner

    @property
    def public_key(self) -> PublicKey:
        return self.inner.public_key

    def sign(self, message: bytes) -> bytes:
        private = self.inner.private
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            return private.sign(message)
        size, digest = self.inner.public_key.row.signature_bytes // 2, self.inner.certificate_hash
        return ecdsa.raw(private.sign(message, ec.ECDSA(digest, deterministic_signing=True)), size)


@dataclass(frozen=True)
class Printed:
    """One printed proof: its folder, the end of its files' names, how it is transformed, its document and key."""

    folder: str
    end: str
    transformation: Transformation
    document: str
    keys: str
    curve: str


_ED = ("keyPair.json", ED25519)
_256, _384 = ("p256KeyPair.json", "P-256"), ("p384KeyPair.json", "P-384")

SETS = {
    "di-eddsa": (
        Printed("eddsa-rdfc-2022", "DataInt", RDFC, "unsigned.json", *_ED),
        Printed("eddsa-rdfc-2022/employ", "DataInt", RDFC, "employmentAuth.json", *_ED),
        Printed("eddsa-jcs-2022", "JCS", JCS, "unsigned.json", *_ED),
        Printed("Ed25519Signature2020", "EdSig", RDFC, "unsigned.json", *_ED),
    ),
    "di-ecdsa": (
        Printed("ecdsa-rdfc-2019-p256", "ECDSAP256", RDFC, "unsigned.json", *_256),
        Printed("ecdsa-rdfc-2019-p256/employ", "ECDSAP256", RDFC, "employmentAuth.json", *_256),
        Printed("ecdsa-jcs-2019-p256", "JCSECDSAP256", JCS, "unsigned.json", *_256),
        Printed("ecdsa-rdfc-2019-p384", "ECDSAP384", RDFC, "unsigned.json", *_384),
        Printed("ecdsa-rdfc-2019-p384/employ", "ECDSAP384", RDFC, "employmentAuth.json", *_384),
        Printed("ecdsa-jcs-2019-p384", "JCSECDSAP384", JCS, "unsigned.json", *_384),
    ),
}


def run_eddsa() -> list[Case]:
    """Every case of "di-eddsa": its name, whether it passed, or why it is left out."""
    home = vectors("di-eddsa")
    return [case for one in SETS["di-eddsa"] for case in _steps(home, one)] + list(_chain(home / "proof-set-chain"))


def run_ecdsa() -> list[Case]:
    """Every case of "di-ecdsa": its name, whether it passed, or why it is left out."""
    home = vectors("di-ecdsa")
    cases = [case for one in SETS["di-ecdsa"] for case in _steps(home, one)]
    selective = (("employ", "employ", "employmentAuth.json"), ("prc", "prCred", "prCredUnsigned.json"))
    return [*cases, *(case for names in selective for case in _selective(home, *names)), *_mocks(home)]


def _steps(home: Path, one: Printed) -> Iterator[Case]:
    folder = home / one.folder
    kind = "sha384" if one.curve == "P-384" else "sha256"
    config, signed = _json(folder / f"proofConfig{one.end}.json"), _json(folder / f"signed{one.end}.json")
    document = {name: value for name, value in signed.items() if name != "proof"}
    same_document = {**_json(home / one.document), "@context": document["@context"]} == document
    canonical = [one.transformation.canonical(part, kind, reading()) for part in (document, config)]
    hashes = [hashlib.new(kind, part).digest() for part in canonical]
    signer = Deterministic(_signer(_json(home / one.keys), one.curve))
    signing_input = hashes[1] + hashes[0]
    signature = signer.sign(signing_input)
    steps = {
        "canonDoc": same_document and canonical[0] == (folder / f"canonDoc{one.end}.txt").read_bytes(),
        "proofCanon": canonical[1] == (folder / f"proofCanon{one.end}.txt").read_bytes(),
        "docHash": hashes[0].hex() == _text(folder / f"docHash{one.end}.txt"),
        "proofHash": hashes[1].hex() == _text(folder / f"proofHash{one.end}.txt"),
        "combinedHash": signing_input.hex() == _text(folder / f"combinedHash{one.end}.txt"),
        "sigHex": signature.hex() == _text(folder / f"sigHex{one.end}.txt"),
        "sigBTC58": multibase.encode(signature) == _text(folder / f"sigBTC58{one.end}.txt"),
        "verified": _holds(lambda: _verify(signed)),
    }
    if (suite := CRYPTOSUITES.get(config.get("cryptosuite", ""))) is not None and suite.prepare is not None:
        options = {name: value for name, value in config.items() if name != "@context"}
        steps["signed"] = _holds(lambda: _equal(_sign(document, signer, options), signed))
    yield from ((f"{one.folder}: {step}", passed, None) for step, passed in steps.items())


def _chain(folder: Path) -> Iterator[Case]:
    """Each proof that is added, and each document with all of them; the second proof of the set is not made anew."""
    keys = _json(folder / "multiKeyPairs.json")
    before = _json(folder / "unsigned.json")
    names = ("Set1", "Set2", "Chain1", "Chain2")
    for at, name in enumerate(names, start=1):
        config = _json(folder / f"proof{name[:-1]}Config{name[-1]}.json")
        signed = _json(folder / f"signedProof{name}.json")
        made = partial(_same, partial(_sign, before, _signer(keys[f"keyPair{at}"], ED25519), config), signed)
        yield (f"proof-set-chain: {name} signed", _holds(made), None)
        yield (f"proof-set-chain: {name} verified", _holds(partial(_verify, signed)), None)
        before = signed


def _selective(home: Path, case: str, name: str, unsigned: str) -> Iterator[Case]:
    folder = home / "ecdsa-sd-2023" / case
    material = _json(home / "ecdsa-sd-2023" / "SDKeyMaterial.json")
    signer = Deterministic(_signer(material["baseKeyPair"], "P-256"))
    mandatory, selective = (_pointers(home / f"{name}{what}.json") for what in ("Mandatory", "Selective"))
    options = _json(folder / "addProofConfig.json")
    document, signed = _json(home / unsigned), _json(folder / "addSignedSDBase.json")
    derived = _json(folder / "derivedRevealDocument.json")
    config = configuration(document, options)
    draws = iter((bytes.fromhex(material["hmacKeyString"]), _draw(_signer(material["proofKeyPair"], "P-256"))))
    del options["@context"]
    prepared = ecdsa_sd.prepare_base(document, options, mandatory=mandatory, random=lambda _size: next(draws))
    hashes = _json(folder / "addHashData.json")
    public = multibase.decode(material["proofKeyPair"]["publicKeyMultibase"])
    printed = bytes.fromhex(hashes["proofHash"]) + public + bytes.fromhex(hashes["mandatoryHash"])
    base = bytes.fromhex(_json(folder / "addRawBaseSignatureInfo.json")["baseSignature"])
    made = proof.attach(prepared, signer.sign(prepared.signing_input))
    steps = {
        "proofConfigCanon": lambda: _equal(
            RDFC.canonical(config, "sha256", reading()), (folder / "addProofConfigCanon.txt").read_bytes()
        ),
        "hashData": lambda: _equal(prepared.signing_input, printed),
        "baseSignature": lambda: _equal(signer.sign(prepared.signing_input), base),
        "base made here verifies": lambda: _verify(made, suites=CRYPTOSUITES_OF_HOLDERS),
        "printed base verifies": lambda: _verify(signed, suites=CRYPTOSUITES_OF_HOLDERS),
        "derived": lambda: _equal(ecdsa_sd.derive(signed, selective), derived),
        "derived from what was made here": lambda: _verify(ecdsa_sd.derive(made, selective)),
        "printed derived verifies": lambda: _verify(derived),
    }
    yield from ((f"ecdsa-sd-2023/{case}: {step}", _holds(call), None) for step, call in steps.items())


def _mocks(home: Path) -> Iterator[Case]:
    """The documents of the test suite, issued, derived from, and verified, with the issuer that they lack."""
    signer = _signer(_json(home / "p256KeyPair.json"), "P-256")
    method = f"did:key:{multikey.build(signer.public_key)}#{multikey.build(signer.public_key)}"
    for path in sorted((home / "test-suite").rglob("document.json")):
        name = path.parent.relative_to(home).as_posix()
        document = {**_json(path), "issuer": method.partition("#")[0]}
        if "vc1.1" in name:
            document["issuanceDate"] = "2026-01-01T00:00:00Z"
        if not all(isinstance(one, str) for one in document["@context"]):
            yield (name, False, INLINE)
            continue
        mandatory, selective = (_pointers(path.parent / f"{what}Pointers.json") for what in ("mandatory", "selective"))
        options = {"type": "DataIntegrityProof", "cryptosuite": ecdsa_sd.NAME, "verificationMethod": method}
        options |= {"created": "2026-01-01T00:00:00Z", "proofPurpose": "assertionMethod"}
        yield (name, _holds(partial(_journey, document, signer, options, (mandatory, selective))), None)


def _journey(
    document: dict[str, Any], signer: SoftwareSigner, options: dict[str, Any], pointers: tuple[list[str], list[str]]
) -> None:
    base = ecdsa_sd.sign_base(document, signer, options, mandatory=pointers[0])
    _verify(base, suites=CRYPTOSUITES_OF_HOLDERS)
    _verify(ecdsa_sd.derive(base, pointers[1]))


def _sign(document: dict[str, Any], signer: Any, options: dict[str, Any]) -> dict[str, Any]:
    prepared = proof.prepare(document, signer.public_key, options)
    return proof.attach(prepared, signer.sign(prepared.signing_input))


def _verify(secured: dict[str, Any], **more: Any) -> None:
    unverified = proof.parse(secured)
    methods = [one.unverified_verification_method for one in unverified.proofs]
    # Each of these is a did:key, or names a key in its fragment.
    keys = {method: multikey.parse(method.partition("#")[2]) for method in methods}
    proof.verify(unverified, keys, **_CHECK, **more)


def _holds(call: Callable[[], None]) -> bool:
    try:
        call()
    except (DidkitError, AssertionError):
        return False
    return True


def _same(call: Callable[[], object], expected: object) -> None:
    _equal(call(), expected)


def _equal(made: object, expected: object) -> None:
    assert made == expected


def _signer(pair: dict[str, Any], curve: str) -> SoftwareSigner:
    """The secret key of a Multikey pair: two bytes say its type."""
    secret = pair.get("secretKeyMultibase") or pair["privateKeyMultibase"]
    return software.from_secret(multibase.decode(secret)[2:], curve)


def _draw(signer: SoftwareSigner) -> bytes:
    """The random bytes from which `software.generate` makes this key."""
    return (int.from_bytes(signer.secret()) - 1).to_bytes(len(signer.secret()) + 8)


def _json(path: Path) -> dict[str, Any]:
    return json.parse_object(path.read_bytes())


def _text(path: Path) -> str:
    return path.read_text().strip()


def _pointers(path: Path) -> list[str]:
    return [str(one) for one in json.parse(path.read_bytes())]
