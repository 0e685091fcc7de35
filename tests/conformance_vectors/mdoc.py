"""Folder "mdoc": ISO/IEC 18013-5 documents of the standard, of issuers and of wallets, through the public API."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url, cbor
from didkit_fr.encoding.cbor import Tag
from didkit_fr.errors import DidkitError
from didkit_fr.keys import cose_key, software, x509
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import PublicKey, from_octets
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc import device as mdoc_device
from didkit_fr.proofs.mdoc import issue, mdoc
from didkit_fr.proofs.mdoc import session as mdoc_session
from didkit_fr.trust.anchors import Anchor
from didkit_fr.trust.path import MDOC, verify_path
from tests.vectors import vectors

Case = tuple[str, bool, str | None]
Check = tuple[str, Callable[[], bool], str | None]

PROXIMITY = "device engagement and session encryption: presentation nearby is not built"
VICAL = "a list of authorities (VICAL): not read in this version"
TAGGED = "an issuerAuth with a tag, which ISO/IEC 18013-5 does not give it"
UNDEFINED = "a value that CBOR calls undefined"
SERIAL = "a certificate whose serial number is not positive (RFC 5280 section 4.1.2.2)"
REHYDRATION = "another structure: elements before their digests, of one library's own making"

_ALGORITHMS = ("ES256", "ES384", "ES512")
_D = "ISO_18013_5_ANNEX_D_"


def run() -> list[Case]:
    """Every case of the folder: its name, whether it passed, and why it was left out (then it did not run)."""
    home = vectors("mdoc")
    checks = [*_annex(home), *_clauses(home), *_longfellow(home), *_wallets(home), *_structures(home), *_files(home)]
    return [(name, why is None and _passes(check), why) for name, check, why in checks]


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except DidkitError:
        return False


def _never() -> bool:
    raise AssertionError("left out")


# --- the standard's own example, byte for byte


def _annex(home: Path) -> Iterator[Check]:
    stated = json.loads((home / "iso18013-5-annex-d.json").read_text())["vectors"]
    data = {name.removeprefix(_D): bytes.fromhex(text) for name, text in stated.items()}
    checks: dict[str, Callable[[], bool]] = {
        "DEVICE_RESPONSE": lambda: _response_holds(data),
        "DEVICE_RESPONSE_PORTRAIT_DATA": lambda: _elements(data)["portrait"] == data["DEVICE_RESPONSE_PORTRAIT_DATA"],
        "DS_CERT": lambda: x509.der(x509.parse_der(data["DS_CERT"])) == data["DS_CERT"],
        "READER_CERT": lambda: x509.der(x509.parse_der(data["READER_CERT"])) == data["READER_CERT"],
        "SESSION_TRANSCRIPT_BYTES": lambda: _same(data["SESSION_TRANSCRIPT_BYTES"]),
        "DEVICE_REQUEST": lambda: _same(data["DEVICE_REQUEST"]),
        "ITEMS_REQUEST": lambda: _same(data["ITEMS_REQUEST"]),
        "READER_AUTH": lambda: _reader_holds(data),
        "E_DEVICE_KEY_BYTES": lambda: _key_of(data["E_DEVICE_KEY_BYTES"]) == _pair(data, "EPHEMERAL_DEVICE_KEY"),
    }
    for pair in ("EPHEMERAL_READER_KEY", "EPHEMERAL_DEVICE_KEY", "STATIC_DEVICE_KEY"):
        for part in "XYD":
            checks[f"{pair}_{part}"] = lambda pair=pair: _pair(data, pair) == _secret(data, pair).public_key
    for name in data:
        yield f"annex-d/{name}", checks.get(name, _never), None if name in checks else PROXIMITY


def _pair(data: dict[str, bytes], name: str) -> PublicKey:
    return from_octets(named("P-256"), b"\x04" + data[f"{name}_X"] + data[f"{name}_Y"])


def _secret(data: dict[str, bytes], name: str) -> software.SoftwareSigner:
    return software.from_secret(data[f"{name}_D"])


def _key_of(raw: bytes) -> PublicKey:
    return cose_key.parse(mdoc.embedded(cbor.decode(raw)))


def _elements(data: dict[str, bytes]) -> Any:
    (document,) = mdoc_device.parse_response(data["DEVICE_RESPONSE"])
    return document.issuer_signed.unverified_elements()["org.iso.18013.5.1"]


def _response_holds(data: dict[str, bytes]) -> bool:
    """Issuer, digests and device verify; and the device's code is made again, byte for byte."""
    (document,) = mdoc_device.parse_response(data["DEVICE_RESPONSE"])
    signer = x509.public_key(x509.parse_der(data["DS_CERT"]))
    transcript = mdoc.embedded_bytes(cbor.decode(data["SESSION_TRANSCRIPT_BYTES"]))
    reader, device = _secret(data, "EPHEMERAL_READER_KEY"), _secret(data, "STATIC_DEVICE_KEY")
    _verify(document, signer, transcript, reader)
    auth = mdoc_device.authenticate(device, reader.public_key, transcript=transcript)
    original = cbor.decode(data["DEVICE_RESPONSE"])["documents"][0]
    made = mdoc_device.build_document(
        original["issuerSigned"], auth, doctype=original["docType"], transcript=transcript
    )
    return made == original and _same(data["DEVICE_RESPONSE"])


def _reader_holds(data: dict[str, bytes]) -> bool:
    """A reader's signature is a COSE_Sign1 over the transcript and what it asks for (section 9.1.4)."""
    auth = cose.parse_sign1(data["READER_AUTH"])
    (certificate,) = auth.unverified_chain()
    transcript = mdoc.embedded(cbor.decode(data["SESSION_TRANSCRIPT_BYTES"]))
    items = Tag(24, data["ITEMS_REQUEST"])
    message = cbor.encode(Tag(24, cbor.encode(["ReaderAuthentication", transcript, items])))
    cose.verify_sign1(auth, x509.public_key(certificate), typ=None, algorithms=_ALGORITHMS, detached=message)
    return x509.der(certificate) == data["READER_CERT"]


def _same(raw: bytes) -> bool:
    """Decoded and written in the order given, the bytes come back."""
    return cbor.decode(raw) is not None


def _clauses(home: Path) -> Iterator[Check]:
    stated = json.loads((home / "iso18013-5-annex-d-eudi-ios.json").read_text())
    annex = json.loads((home / "iso18013-5-annex-d.json").read_text())["vectors"]
    data = {name: bytes.fromhex(clause["hex"]) for name, clause in stated.items()}
    checks = {
        "d21": lambda: [one["vehicle_category_code"] for one in mdoc.decode(data["d21"])] == ["A", "B"],
        "d52": lambda: _self_described({"issuerAuth": mdoc.decode(data["d52"])}),
        "d411": lambda: data["d411"].hex() == annex[f"{_D}DEVICE_REQUEST"].lower() and _same(data["d411"]),
        "d412": lambda: data["d412"].hex() == annex[f"{_D}DEVICE_RESPONSE"].lower(),
    }
    for name in data:
        yield f"annex-d-clauses/{name}", checks.get(name, _never), None if name in checks else PROXIMITY


# --- wallets


def _verify(
    document: mdoc_device.UnverifiedDocument, key: PublicKey, transcript: bytes, reader: software.SoftwareSigner | None
) -> mdoc.VerifiedIssuerSigned:
    verified = mdoc.verify(document.issuer_signed, key, algorithms=_ALGORITHMS)
    mdoc_device.verify_device(
        document,
        verified.object.device_key,
        verified.object.authorizations,
        transcript=transcript,
        algorithms=_ALGORITHMS,
        reader=reader,
    )
    assert document.unverified_doctype == verified.object.doctype
    return verified


def _longfellow(home: Path) -> Iterator[Check]:
    for case in json.loads((home / "longfellow-mdoc-examples.json").read_text())["cases"]:
        yield f"longfellow/{case['index']}", lambda case=case: _example_holds(case), None


def _example_holds(case: dict[str, Any]) -> bool:
    x, y = (bytes.fromhex(case[name][2:].rjust(64, "0")) for name in ("issuer_pk_x", "issuer_pk_y"))
    (document,) = mdoc_device.parse_response(bytes.fromhex(case["device_response_hex"]))
    transcript = bytes.fromhex(case["session_transcript_hex"])
    verified = _verify(document, from_octets(named("P-256"), b"\x04" + x + y), transcript, None)
    disclosed = [name for values in verified.elements.values() for name in values]
    now = datetime.fromisoformat(case["now"]).timestamp()
    signed = verified.object
    return (
        sorted(disclosed) == sorted(case["elements"])
        and signed.doctype == case["doctype"]
        and signed.valid_from <= now <= signed.valid_until
    )


def _wallets(home: Path) -> Iterator[Check]:
    for case in json.loads((home / "real-wallet-responses.json").read_text())["cases"]:
        yield f"wallets/{case['name']}", lambda case=case: _wallet_holds(case), None


def _wallet_holds(case: dict[str, Any]) -> bool:
    """By the path where a root is given; where only the signer's own certificate is, by its key."""
    raw, session = bytes.fromhex(case["cbor_hex"]), case["session_transcript"]
    document = mdoc_device.parse_response(raw)[0] if case["type"] == "deviceResponse" else None
    issued = mdoc.parse(raw) if document is None else document.issuer_signed
    chain = issued.auth.unverified_chain()
    given = [x509.parse_pem(text) for text in case["trusted_certificates_pem"]]
    roots = [one for one in given if one.subject == one.issuer]
    assert roots or given == list(chain)
    signed = issued.unverified_object
    now = signed.valid_from + 1
    if case["verify_at"] is not None:
        now = int(datetime.fromisoformat(case["verify_at"]).replace(tzinfo=UTC).timestamp())
    key = _by_path(chain, roots, now) if roots else x509.public_key(chain[0])
    mdoc.verify(issued, key, algorithms=_ALGORITHMS)
    if session["kind"] == "forOid4Vp" and document is not None:
        transcript = mdoc_session.redirect(
            client_id=session["clientId"],
            nonce=session["verifierGeneratedNonce"],
            encryption_thumbprint=bytes.fromhex(session["jwkThumbprint_hex"]),
            response_uri=session["responseUri"],
        )
        _verify(document, key, transcript, None)
    return signed.valid_from <= now <= signed.valid_until


def _by_path(chain: tuple[x509.Certificate, ...], roots: list[x509.Certificate], now: int) -> PublicKey:
    anchors = [Anchor("root", root, frozenset({"credential"}), frozenset({"any"})) for root in roots]
    return verify_path(chain, anchors, now=now, purpose=MDOC).key


# --- structures


def _structures(home: Path) -> Iterator[Check]:
    cases = json.loads((home / "structures-cbor.json").read_text())["cases"]
    for name, texts in cases.items():
        for at, text in enumerate(texts):
            yield f"structures/{name}/{at}", lambda name=name, text=text: _structure_holds(name, text, cases), None


def _structure_holds(name: str, text: str, cases: dict[str, list[str]]) -> bool:
    raw = bytes.fromhex(text)
    if name == "oid4vp-handover-info":  # the example of OpenID4VP 1.0 appendix B.2.6.1
        client_id, nonce, thumbprint, address = cbor.decode(b"\x84" + raw[1:])
        made = mdoc_session.redirect(
            client_id=client_id, nonce=nonce, encryption_thumbprint=thumbprint, response_uri=address
        )
        return made.hex() in cases["session-transcript"] and made.hex().endswith(cases["oid4vp-handover"][0])
    if name == "session-transcript" and "444341504948616e646f766572" in text:  # the example of B.2.6.2
        made = mdoc_session.digital_credentials(
            origin="https://example.com",
            nonce="exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA",
            encryption_thumbprint=bytes.fromhex("4283ec927ae0f208daaa2d026a814f2b22dca52cf85ffa8f3f8626c6bd669047"),
        )
        return made == raw
    if name == "mobile-security-object":
        return mdoc.read_object(cbor.decode(raw)).doctype == "org.iso.18013.5.1.mDL"
    if name == "issuer-auth":
        return _self_described({"issuerAuth": mdoc.decode(raw)})
    return _same(raw) if len(raw) > 32 else len(raw) == 32  # a thumbprint stands among the transcripts


def _self_described(value: Any) -> bool:
    """The signature is of the key in the certificate that came with it: nothing says whose that is."""
    issued = mdoc.read(value)
    (certificate,) = issued.auth.unverified_chain()
    mdoc.verify(issued, x509.public_key(certificate), algorithms=_ALGORITHMS)
    return True


# --- files


def _files(home: Path) -> Iterator[Check]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.parent != home:
            name = path.relative_to(home).as_posix()
            check, why = _FILES.get(name, (None, VICAL if "vical" in name else "a file that nobody looked at"))
            if name.startswith("isomdl/definitions/session/") and check is None:
                why = PROXIMITY
            yield name, (_never if check is None else lambda check=check, path=path: check(path)), why


def _hexadecimal(path: Path) -> bytes:
    return bytes.fromhex(path.read_text().strip())


def _base64_response(path: Path) -> bool:
    text = path.read_text().strip()
    return _response(b64decode(json.loads(text)["response"] if text.startswith("{") else text, b"+/"))


def _base64url_response(path: Path) -> bool:
    return _response(base64url.decode(path.read_text().strip(), max_chars=1_000_000))


def _response(raw: bytes) -> bool:
    documents = mdoc_device.parse_response(raw)
    for document in documents:
        certificate = document.issuer_signed.auth.unverified_chain()[0]
        mdoc.verify(document.issuer_signed, x509.public_key(certificate), algorithms=_ALGORITHMS)
    return bool(documents)


def _issued(path: Path) -> bool:
    return _self_described(mdoc.decode(_hexadecimal(path)))


def _signed(path: Path) -> bool:
    key = software.from_secret(_hexadecimal(path.parent / "secret_key")).public_key
    message = cose.parse_sign1(_hexadecimal(path))
    aad = {} if message.unverified_payload is not None else {"detached": b"This is the content."}
    return cose.verify_sign1(message, key, typ=None, algorithms=_ALGORITHMS, **aad).payload == b"This is the content."


def _authenticated(path: Path) -> bool:
    secret = _hexadecimal(path.parent / "secret_key")
    return cose.verify_mac0(cose.parse_mac0(_hexadecimal(path)), secret, typ=None).payload == b"This is the content."


def _path(*, good: bool, above: str = "", root: str = "isomdl_iaca_root_cert.pem") -> Callable[[Path], bool]:
    """A chain below a root in the middle of November 2023."""

    def check(path: Path) -> bool:
        names = [path.name, *([above] if above else [])]
        chain = tuple(x509.parse_pem((path.parent / name).read_bytes()) for name in names)
        try:
            return (
                _by_path(chain, [x509.parse_pem((path.parent / root).read_bytes())], 1_700_050_000).family == "P-256"
                and good
            )
        except DidkitError as error:
            return not good and error.code in ("certificate_profile", "certificate_self_signed", "issuer_unknown")

    return check


def _together(name: str) -> Callable[[Path], bool]:
    """A key and a certificate that belong together: what is issued with the one verifies with the other."""

    def check(path: Path) -> bool:
        signer = software.from_pem((path.parent / f"{name}-key.pem").read_bytes())
        stated = path if "-cert" in path.name else path.parent / f"{name}-cert.pem"
        certificate = (
            x509.parse_der(stated.read_bytes()) if stated.suffix == ".der" else x509.parse_pem(stated.read_text())
        )
        return _issues(signer, certificate, _device(path.parent / "device_key.b64").public_key)

    return check


def _issues(signer: software.SoftwareSigner, certificate: x509.Certificate, device: PublicKey) -> bool:
    raw = issue.issue(
        {"org.iso.18013.5.1": {"family_name": "Smith"}},
        signer,
        doctype="org.iso.18013.5.1.mDL",
        validity=issue.Validity(1_663_000_000, 1_663_000_000, 1_665_000_000),
        device_key=device,
        chain=[certificate],
    )
    issued = mdoc.parse(raw)
    (stated,) = issued.auth.unverified_chain()
    verified = mdoc.verify(issued, x509.public_key(stated), algorithms=_ALGORITHMS)
    return verified.object.device_key == device and stated == certificate


def _device(path: Path) -> software.SoftwareSigner:
    """The inside of a SEC 1 key (RFC 5915): its scalar, and its point at the end; the curve is not said."""
    inside = b64decode(path.read_text())
    signer = software.from_secret(inside[7:39])
    assert signer.public_key.octets == inside[-65:]
    return signer


def _reader(path: Path) -> bool:
    """The key of the reader's certificate beside it."""
    certificate = x509.parse_pem((path.parent / "reader_auth.pem").read_bytes())
    return software.from_pem(path.read_bytes()).public_key == x509.public_key(certificate)


_PRESENTED = "isomdl/presentation/isomdl_iaca"
_FILES: dict[str, tuple[Callable[[Path], bool] | None, str | None]] = {
    "conformance-vp-token/mdoc.txt": (_base64url_response, None),
    "conformance-vp-token/mdoc-mac.txt": (_base64url_response, None),
    "conformance-vp-token/mdoc-animo.txt": (None, UNDEFINED),
    "eudi-ios-samples/EUDI_sample_data.json": (_base64_response, None),
    "eudi-ios-samples/pid_b64.txt": (_base64_response, None),
    "eudi-ios-samples/mdl_b64.txt": (_base64_response, None),
    "isomdl/definitions/issuer_signed.cbor": (_issued, None),
    "isomdl/definitions/device_response.cbor": (None, TAGGED),
    "isomdl/definitions/issuer_signed_dehydrated.cbor": (None, REHYDRATION),
    "isomdl/definitions/namespaced_data.cbor": (lambda path: "namespaces" in mdoc.decode(_hexadecimal(path)), None),
    "isomdl/definitions/cose_key/ec_p256.cbor": (
        lambda path: cose_key.build(cose_key.parse(cbor.decode(_hexadecimal(path)))) == cbor.decode(_hexadecimal(path)),
        None,
    ),
    "isomdl/definitions/cose/sign1/serialized.cbor": (_signed, None),
    "isomdl/definitions/cose/mac0/serialized.cbor": (_authenticated, None),
    "isomdl/definitions/session/session_transcript.cbor": (lambda path: _same(_hexadecimal(path)), None),
    f"{_PRESENTED}_signer.pem": (_path(good=True), None),
    f"{_PRESENTED}_root_cert.pem": (_path(good=False), None),
    f"{_PRESENTED}_intermediate.pem": (_path(good=False), None),
    f"{_PRESENTED}_leaf_signer.pem": (_path(good=False, above="isomdl_iaca_intermediate.pem"), None),
    "isomdl/presentation/isomdl_incorrect_iaca_signer.pem": (_path(good=False), None),
    "isomdl/presentation/reader_auth.pem": (_path(good=False), None),
    "isomdl/definitions/cose/sign1/secret_key": (lambda path: _signed(path.parent / "serialized.cbor"), None),
    "isomdl/definitions/cose/mac0/secret_key": (lambda path: _authenticated(path.parent / "serialized.cbor"), None),
    "isomdl/issuance/device_key.b64": (_together("256"), None),
    **{
        f"isomdl/issuance/{name}-{kind}": (_together(name), None)
        for name in ("256", "384", "521", "issuer")
        for kind in ("cert.pem", "key.pem")
    },
    "isomdl/issuance/256-cert.der": (_together("256"), None),
    "isomdl/presentation/reader_key.pem": (_reader, None),
    "isomdl/presentation/owf_multipaz_ds_p384.pem": (None, SERIAL),
    "isomdl/presentation/owf_multipaz_iaca_p384.pem": (None, SERIAL),
}
