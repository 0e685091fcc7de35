"""Folder "vcdm2": documents of data model 2.0, each issued and verified through the public API.

"Issued" is by the function that checks and signs. "Verified" is what a relying party does with the same document when
somebody signed it who does not check: so a refusal at one end does not hide that the other end would accept.
"""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from didkit_fr.credentials.model import ISSUED
from didkit_fr.credentials.presentation import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    Envelope,
    build_envelope,
    parse_envelope,
)
from didkit_fr.credentials.terms import Terms, hoist
from didkit_fr.encoding import base64url
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from didkit_fr.formats.w3c import vc_cose, vc_integrity, vc_jose, vc_sd_jwt
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.data_integrity import proof
from didkit_fr.proofs.jose import jws as jose
from didkit_fr.proofs.sd_jwt import sd_jwt
from tests.processor import sign_by_processor
from tests.vectors import vectors

Case = tuple[str, bool, str | None]

ISSUER, METHOD = "https://issuer.example/1", "https://issuer.example/1#key"
DATES = {"FUTURE DATE": "2096-01-01T00:00:00Z", "PAST DATE": "1996-01-01T00:00:00Z"}
PAYLOADS = {"credentialSubject", "verifiableCredential"}
ALGORITHMS = {"ES256", "ES384", "ES512", "EdDSA"}
UNFINISHED = "printed with an ellipsis: no document to read"
PROTOTYPE = "a prototype without issuer, as the text around it says"
TWO_URLS = "an error of the standard: its data: URL holds a space or another data: URL"
SCHEMA = "a JSON Schema: what it describes is checked by its own tables"

TERMS = Terms(KNOWN, inline=True)

_SIGNERS = {signer.public_key.algorithm: signer for signer in map(software.generate, ("P-256", "P-384", "Ed25519"))}
_SIGNER = _SIGNERS["ES256"]

NOW = 1_700_000_000
PLACEHOLDER = "credential-proof-ok"
"""Its proof names no key, and stands for any: the document is secured without it."""

DIRECTED = "-language-direction-en"

SUITES = {
    "ecdsa-rdfc-2019": _SIGNERS["ES384"],
    "ecdsa-jcs-2019": _SIGNERS["ES256"],
    "eddsa-rdfc-2022": _SIGNERS["EdDSA"],
    "eddsa-jcs-2022": _SIGNERS["EdDSA"],
}


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("vcdm2")
    return [*_suite(home), *_inputs(home), *_examples(home), *_schemas(home)]


def accepted(call: Callable[..., object], *arguments: object, **named: object) -> bool:
    """Whether a call returns; any error that is not ours escapes."""
    try:
        call(*arguments, **named)
    except DidkitError:
        return False
    return True


# --- the documents of the test suite of the data model


def _suite(home: Path) -> Iterator[Case]:
    for path in sorted((home / "test-suite-input").rglob("*.json")):
        document = filled(json.loads(path.read_text()), path.stem)
        due = path.stem.endswith("-ok")
        issued, verified = accepted(issue, document, path.stem), accepted(verify, document, path.stem)
        yield f"test-suite-input/{path.stem}", issued is verified is due, None
        for suite in SUITES:
            issued, verified = (accepted(_integrity, document, path.stem, suite, checked=one) for one in (True, False))
            # No statement says the direction of a text: such a document is signed as text, and never as statements.
            signable = due and not (DIRECTED in path.stem and "rdfc" in suite)
            yield f"test-suite-input/{path.stem}/{suite}", issued is verified is signable, None


def filled(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document as the suite sends it: with dates, and with the issuer's name where it has none."""
    document = {key: DATES.get(value, value) if isinstance(value, str) else value for key, value in document.items()}
    if name.startswith("presentation-") or name == "credential-no-issuer-fail":
        return document
    issuer = document.get("issuer", ISSUER)
    if isinstance(issuer, dict) and "id" not in issuer:
        issuer = {"id": ISSUER, **issuer}
    return {**document, "issuer": issuer}


def issue(document: dict[str, Any], name: str) -> object:
    """Signs what was checked; the credentials in a presentation first, but for those that its holder says himself."""
    if name.startswith("presentation-") and "self-asserted" not in name:
        document = _secured(document, lambda one: _sign(one, "vc"))
    return _sign(document, "vp" if name.startswith("presentation-") else "vc")


def verify(document: dict[str, Any], name: str) -> object:
    """Verifies what was signed unchecked, and the credentials in it that were signed here."""
    kind = "vp" if name.startswith("presentation-") else "vc"
    if kind == "vp" and "self-asserted" not in name:
        document = _secured(document, lambda one: _raw(one, "vc"))
    verified = _verify(_raw(document, kind), kind)
    for one in getattr(verified.checked, "credentials", ()):
        if isinstance(one, Envelope) and one.media_type == "application/vc+jwt":
            _verify(one.unverified_content.decode("ascii"), "vc")
    return verified


def _integrity(document: dict[str, Any], name: str, suite: str, *, checked: bool) -> object:
    """Secured with a proof, the credentials in a presentation first, by one who checks or one who does not; verified.

    Contexts that a document brings along are added by their hash, as its reader would have to. Words that mean nothing
    nobody can sign with a suite that signs statements.
    """
    kind: Any = "vp" if name.startswith("presentation-") else "vc"
    contexts, document = hoist(document, KNOWN)
    terms = Terms(contexts, inline=False)
    if checked and kind == "vc":
        vc_integrity.check_document(document, kind, terms, versions=ISSUED)
    if name == PLACEHOLDER:
        del document["proof"]
    if kind == "vp" and "self-asserted" not in name and "verifiableCredential" in document:
        listed = [_prove(one, "vc", suite, terms, checked=checked) for one in document["verifiableCredential"]]
        document["verifiableCredential"] = listed
    secured = _prove(document, kind, suite, terms, checked=checked)
    rules: Any = {"now": NOW, "leeway": 0, "cryptosuites": SUITES, "domain": None, "challenge": None, "terms": terms}
    keys = {METHOD: SUITES[suite].public_key}
    for one in secured.get("verifiableCredential", ()):
        if "proof" in one:
            vc_integrity.verify(proof.parse(one), keys, kind="vc", **rules)
    return vc_integrity.verify(proof.parse(secured), keys, kind=kind, **rules)


def _prove(document: dict[str, Any], kind: Any, suite: str, terms: Terms, *, checked: bool) -> dict[str, Any]:
    if "issuer" not in document and kind == "vc":
        return document
    how: Any = {"cryptosuite": suite, "verification_method": METHOD, "created": NOW}
    if checked:
        return vc_integrity.sign(document, SUITES[suite], kind=kind, terms=terms, **how)
    sign = sign_by_processor if "rdfc" in suite else proof.sign
    return sign(document, SUITES[suite], purpose=vc_integrity.PROOF_PURPOSES[kind], contexts=terms.contexts, **how)


def _secured(document: dict[str, Any], sign: Callable[[dict[str, Any]], str]) -> dict[str, Any]:
    inner = document.get("verifiableCredential", [])
    listed = [
        build_envelope("application/vc+jwt", sign(one)) if isinstance(one, dict) and "issuer" in one else one
        for one in inner
    ]
    return {**document, "verifiableCredential": listed} if inner else document


def _sign(document: dict[str, Any], kind: Any) -> str:
    return vc_jose.sign(document, _SIGNER, kind=kind, verification_method=METHOD, terms=TERMS)


def _raw(document: dict[str, Any], kind: str) -> str:
    return jose.sign(document, _SIGNER, typ=f"{kind}+jwt", header={"kid": METHOD})


def _verify(raw: str, kind: Any, terms: Terms | None = TERMS) -> Any:
    return vc_jose.verify(vc_jose.parse(raw), _SIGNER.public_key, kind=kind, algorithms=ALGORITHMS, terms=terms)


# --- the inputs of the test suite of JOSE and COSE


def _inputs(home: Path) -> Iterator[Case]:
    folder = home / "jose-cose-input"
    keys = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("vm-*.json"))}
    for name, method in keys.items():
        yield f"jose-cose-input/{name}", _signer(method).public_key == jwk.parse(method["publicKeyJwk"]), None
    for path in sorted(folder.glob("*-*.json")):
        if path.stem not in keys:
            document, due = json.loads(path.read_text()), path.stem != "credential-unknown-extensions"
            passed = [accepted(_three_ways, document, method) for method in keys.values()]
            yield f"jose-cose-input/{path.stem}", passed == [due] * len(keys), None

    yield from _enveloped(folder, keys)


def _enveloped(folder: Path, keys: dict[str, dict[str, Any]]) -> Iterator[Case]:
    """The credentials that are enveloped in the inputs, which another implementation signed with the suite's keys."""
    by_kid = {method["publicKeyJwk"]["kid"]: jwk.parse(method["publicKeyJwk"]) for method in keys.values()}
    for name, due in (("multiple", True), ("selective", True), ("single", False)):
        document = json.loads((folder / f"presentation-{name}.json").read_text())
        for at, one in enumerate(document["verifiableCredential"]):
            yield f"jose-cose-input/presentation-{name}/{at}", accepted(_open, one, by_kid) is due, None


def _open(value: dict[str, Any], by_kid: dict[str, Any]) -> None:
    envelope = parse_envelope(value)
    rules: Any = {"kind": "vc", "algorithms": ALGORITHMS, "terms": TERMS}
    if envelope.media_type == vc_cose.media_type("vc"):
        message = vc_cose.parse(envelope.unverified_content)
        vc_cose.verify(message, by_kid[message.unverified_header[4].decode()], **rules)
    elif envelope.media_type == vc_sd_jwt.media_type("vc"):
        token = vc_sd_jwt.parse(envelope.unverified_content.decode())
        vc_sd_jwt.verify(token, by_kid[token.jws.unverified_header["kid"]], **rules)
    else:
        jws = vc_jose.parse(envelope.unverified_content.decode())
        vc_jose.verify(jws, by_kid[jws.unverified_header["kid"]], **rules)


def _signer(method: dict[str, Any]) -> software.SoftwareSigner:
    secret = method["secretKeyJwk"]
    return software.from_secret(base64url.decode(secret["d"]), secret["crv"])


def _three_ways(document: dict[str, Any], method: dict[str, Any]) -> None:
    """Signed and verified as JWS, as SD-JWT with one property disclosable, and as COSE_Sign1."""
    signer, url = _signer(method), method["id"]
    kind: Any = "vp" if "verifiableCredential" in document else "vc"
    how: Any = {"kind": kind, "verification_method": url, "terms": TERMS}
    rules: Any = {"kind": kind, "algorithms": ALGORITHMS, "terms": TERMS}
    key = signer.public_key
    paths = [("credentialSubject", list(document["credentialSubject"])[-1])] if kind == "vc" else [("holder",)]
    vc_jose.verify(vc_jose.parse(vc_jose.sign(document, signer, **how)), key, **rules)
    vc_cose.verify(vc_cose.parse(vc_cose.sign(document, signer, **how)), key, **rules)
    issued = vc_sd_jwt.sign(document, signer, disclosable=paths, **how)
    vc_sd_jwt.verify(vc_sd_jwt.parse(issued), key, **rules)


# --- the examples that the recommendations print


def _examples(home: Path) -> Iterator[Case]:
    for name in ("vcdm20-rec-examples", "vc-jose-cose-examples", "data-integrity-rec-examples"):
        blocks = json.loads((home / f"{name}.json").read_text())["examples"]
        for at, block in enumerate(blocks):
            case = f"{name}/{at:02}/{' '.join(block['section'].split())}"
            yield case, *_example(block, [one.get("json") for one in blocks[at + 1 :]])


def _example(block: dict[str, Any], following: list[Any]) -> tuple[bool, str | None]:
    if "compact" in block:
        raw = "".join(block["compact"].split())
        # The last "~" is not printed: without it, the last disclosure would be read as a key binding.
        return accepted(sd_jwt.parse, raw if raw.endswith("~") else f"{raw}~"), None
    value = block["json"]
    if "verificationMethod" in value:
        stated = [one["publicKeyJwk"] for one in value["verificationMethod"]]
        keys = [one for one in stated if one["crv"] != "X25519"]  # which agrees on keys and signs nothing
        return bool(keys) and all(accepted(jwk.parse, one) for one in keys), None
    if value.keys() == {"alg", "kid"}:
        payload = next(one for one in following if isinstance(one, dict) and not PAYLOADS.isdisjoint(one))
        why = _unreadable(payload)
        return why is None and _headed(value, payload), why
    if value.keys() == {"@context"}:
        raw_context = json.dumps(value).encode()
        digest = sha256(raw_context).hexdigest()
        return accepted(KNOWN.adding, "https://example.org/context", raw_context, sha256=digest), None
    if "myWebsite" in value:
        return accepted(proof.parse, value), None
    why = _unreadable(value)
    return why is None and _document(value), why


def _unreadable(value: dict[str, Any]) -> str | None:
    """Why a printed document says nothing about an implementation."""
    inner = value.get("verifiableCredential", [])
    urls = [one["id"] for one in inner if isinstance(one, dict) and "id" in one]
    if any(one.count("data:") > 1 or ";base64url," in one or " " in one for one in urls):
        return TWO_URLS
    if any("..." in one for one in urls if ";base64," in one):
        return UNFINISHED
    return PROTOTYPE if "issuer" not in value and "credentialSubject" in value else None


def _headed(header: dict[str, Any], payload: dict[str, Any]) -> bool:
    """The header of a token and the payload printed after it, with the type that this project asks for."""
    kind: Any = "vp" if "verifiableCredential" in payload else "vc"
    signer = _SIGNERS[header["alg"]]
    raw = jose.sign(payload, signer, typ=f"{kind}+jwt", header=header)
    rules: Any = {"kind": kind, "algorithms": {header["alg"]}, "terms": _terms(payload)}
    return accepted(vc_jose.verify, vc_jose.parse(raw), signer.public_key, **rules)


def _document(value: dict[str, Any]) -> bool:
    stated = value.get("type")
    if stated in (ENVELOPED_CREDENTIAL, ENVELOPED_PRESENTATION):
        return accepted(parse_envelope, value, kind=stated)
    kind: Any = "vp" if "VerifiablePresentation" in (stated or ()) else "vc"
    terms = _terms(value)
    if "lprCategory" in value.get("credentialSubject", ()):
        # Its context lost the terms that the example uses: the form is right, and the words mean nothing any more.
        return _both(value, kind, None) and not _both(value, kind, terms)
    return _both(value, kind, terms)


def _both(value: dict[str, Any], kind: Any, terms: Terms | None) -> bool:
    how: Any = {"kind": kind, "verification_method": METHOD, "terms": terms}
    return accepted(vc_jose.sign, value, _SIGNER, **how) and accepted(_verify, _raw(value, kind), kind, terms)


def _terms(document: dict[str, Any]) -> Terms | None:
    """What words mean is asked where all contexts are known: examples name some that nobody ever published."""
    known = all(isinstance(one, dict) or one in KNOWN for one in document.get("@context", ()))
    return TERMS if known else None


# --- JSON Schema


def _schemas(home: Path) -> Iterator[Case]:
    for path in sorted((home / "json-schema").rglob("*.*")):
        yield f"json-schema/{path.name}", False, SCHEMA
    for path in sorted(vectors("contexts/vc-json-schema").rglob("example-*.json")):
        value = json.loads(path.read_text())
        yield f"vc-json-schema/{path.parent.name}/{path.stem}", _document(value), None
