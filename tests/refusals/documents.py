"""Originals of ISO mdoc: an answer of a device to a relying party, as a tree that a case can edit.

Bytes are text that begins with "hex:"; a tag is an object with `tag` and `value`. The issuer signs what the case makes
of it, so that the edit gets refused and not a broken signature; each item's `digest` is "made" over what is sent,
"kept" from before the edit, "short", "alone" without its element, or "none".
"""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

import cbor2
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.cbor import Tag
from didkit_fr.flow import run
from didkit_fr.keys import cose_key, leaf_types, software, x509
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.mdoc import device as mdoc_device
from didkit_fr.proofs.mdoc import session as mdoc_session
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.relying_party import MemoryTransactions, Query, Verifier
from didkit_fr.trust.anchors import Anchor, Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.verify import verify_issued
from tests import documents
from tests.documents import MDL, MDL_NS, STATUS, VALIDITY
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, Web, nation
from tests.refusals import people
from tests.refusals.receiver import Original, Receiver
from tests.refusals.signed import fixed, web_around

QUERY = Query(MDL, [[MDL_NS, "family_name"], [MDL_NS, "birth_date"]], format="mso_mdoc")
RESPONSE_URI = "https://hire.example/answer"
_LABELS = {"alg": 1, "crit": 2, "kid": 4, "typ": 16, "x5chain": 33}
SHOWN = {"family_name": "Lefèvre", "birth_date": {"tag": 1004, "value": "1990-05-17"}}


def _time(seconds):
    return {"tag": 0, "value": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _stated(value):
    """A value of CBOR as the tree has it."""
    if isinstance(value, bytes):
        return f"hex:{value.hex()}"
    if isinstance(value, dict):
        return {str(name): _stated(one) for name, one in value.items()}
    return value


def _meant(value):
    """What the tree's value stands for."""
    if isinstance(value, str) and value.startswith("hex:"):
        try:
            return bytes.fromhex(value[4:])
        except ValueError:
            return value
    if isinstance(value, list):
        return [_meant(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"tag", "value"} and isinstance(value["tag"], int) and 0 <= value["tag"] < 1 << 32:
        return Tag(value["tag"], _meant(value["value"]))
    return {_name(name): _meant(one) for name, one in value.items()}


def _name(name):
    """Names of a COSE_Key and of digests are numbers, which TOML cannot have as names."""
    return int(name) if name.lstrip("-").isdigit() and name.isascii() and len(name) < 9 else name


def _header(value):
    """A header whose parameters have names in the tree and numbers in a message."""
    meant = _meant(value)
    return {_LABELS.get(name, name): one for name, one in meant.items()} if isinstance(meant, dict) else {}


@cache
def _answered():
    items = [
        {
            "item": {
                "digestID": at,
                "random": f"hex:{bytes([at + 1] * 32).hex()}",
                "elementIdentifier": name,
                "elementValue": one,
            },
            "digest": "made",
        }
        for at, (name, one) in enumerate(SHOWN.items())
    ]
    return {
        "items": [{"namespace": MDL_NS, "entries": items}],
        "object": {
            "version": "1.0",
            "digestAlgorithm": "SHA-256",
            "deviceKeyInfo": {"deviceKey": _stated(cose_key.build(nation().holder.public_key))},
            "docType": MDL,
            "validityInfo": {
                "signed": _time(VALIDITY.signed),
                "validFrom": _time(VALIDITY.valid_from),
                "validUntil": _time(VALIDITY.valid_until),
            },
            "status": STATUS,
        },
        "issuer": {"key": "signer", "chain": "leaf", "protected": {"alg": -7}, "unprotected": {}, "signature": "made"},
        "device": {"key": "holder", "how": "signature", "elements": {}, "protected": {"alg": -7}},
        "session": {
            "client_id": _verifier({"anchors": "national"}, Web({})).client_id,
            "nonce": base64url.encode(fixed(16)),
            "response_uri": RESPONSE_URI,
        },
        "response": {"version": "1.0", "status": 0},
        "document": {"docType": MDL},
        "times": 1,
        "respelt": [],
        "behind": "",
        "answers": "",
        "around": {"clock": 0, "anchors": "national", "status": 0, "web": "up"},
    }


def _issuer_signed(tree):
    digests, namespaces = {}, {}
    for group in tree["items"]:
        if not isinstance(group, dict) or not {"namespace", "entries"} <= group.keys():
            continue
        namespace, entries = str(group["namespace"]), group["entries"]
        for at, entry in enumerate(entries if isinstance(entries, list) else []):
            if not isinstance(entry, dict) or "item" not in entry:
                continue
            sent = Tag(24, _respelt(cbor2.dumps(_meant(entry["item"])), tree, f"item {at}"))
            if entry.get("digest") != "alone":
                namespaces.setdefault(namespace, []).append(sent)
            _add_digest(digests.setdefault(group.get("signed as", namespace), {}), entry, sent, at)
    signed = _meant(tree["object"])
    if isinstance(signed, dict):
        signed.setdefault("valueDigests", digests)
    issuer = tree["issuer"]
    protected = cbor2.dumps(_header(issuer["protected"]))
    payload = cbor2.dumps(Tag(24, _respelt(cbor2.dumps(signed), tree, "object")))
    signature = people.key(issuer["key"]).sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    if issuer["signature"] == "flipped":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    unprotected = _header(issuer["unprotected"])
    if issuer["chain"]:
        unprotected = {cose.X5CHAIN: cose.build_x5chain(chain(issuer["chain"])), **unprotected}
    return {"nameSpaces": namespaces, "issuerAuth": [protected, unprotected, payload, signature]}


def _add_digest(digests, entry, sent, at):
    how = entry.get("digest")
    item = entry["item"]
    if how == "kept":
        item = _answered()["items"][0]["entries"][at]["item"]
        sent = Tag(24, cbor2.dumps(_meant(item)))
    number = item.get("digestID") if isinstance(item, dict) else None
    if how != "none" and isinstance(number, int) and not isinstance(number, bool):
        digest = sha256(cbor2.dumps(sent)).digest()
        digests[number] = digest[:-1] if how == "short" else digest


def _device_signed(tree):
    device, session = tree["device"], tree["session"]
    namespaces = cbor2.dumps(_meant(device["elements"]))
    transcript = mdoc_session.redirect(encryption_thumbprint=None, **session)
    message = mdoc_device.to_authenticate(tree["document"]["docType"], namespaces, transcript)
    key, auth = people.key(device["key"]), {}
    if device["how"] in ("signature", "both"):
        prepared = cose.prepare(_header(device["protected"]), message, detached=True)
        auth["deviceSignature"] = cose.attach(prepared, key.sign(prepared.to_be_signed))
    if device["how"] in ("mac", "both"):
        auth |= mdoc_device.authenticate(key, nation().reader.public_key, transcript=transcript)(message)
    return {"nameSpaces": Tag(24, namespaces), "deviceAuth": auth}


def _respelt(raw, tree, where):
    for edit in tree["respelt"]:
        if edit["where"] == where:
            old = bytes.fromhex(edit["old"])
            assert old in raw, "nothing to replace"
            raw = raw.replace(old, bytes.fromhex(edit["new"]), 1)
    return raw


def _posted(tree):
    document = {**_meant(tree["document"]), "issuerSigned": _issuer_signed(tree)}
    document["deviceSigned"] = _device_signed(tree)
    documents_ = [document] * tree["times"]
    raw = cbor2.dumps({**_meant(tree["response"]), "documents": documents_})
    raw = _respelt(raw, tree, "response") + bytes.fromhex(tree["behind"])
    answer = tree["answers"] or base64url.encode(raw)
    return build_form(
        {"vp_token": json.encode_text({"title": [answer]}), "state": base64url.encode(fixed(16))}
    ).encode()


# --- who judges


def _anchors(around):
    if around["anchors"] == "none":
        return Anchors(())
    national, access = documents.anchors().anchors
    if around["anchors"] == "with a revocation":
        national = replace(national, revocation=_revoking(nation().leaf.serial_number))
    if around["anchors"] == "with an old list":
        national = replace(national, revocation=_revoking(7, until=NOW - DAY))
    if around["anchors"] == "with a partial list":
        national = replace(national, revocation=_revoking(7, partial=True))
    if around["anchors"] == "naming types":
        national = replace(national, leaf_types=True)
    more = [
        Anchor(name, root, frozenset({"credential"}), frozenset({MDL}))
        for name, root in (("Brainpool", _brainpool()[1]), ("long", _long()[0]))
    ]
    return Anchors((national, access, *more))


def _verifier(around, web):
    return Verifier(
        signer=nation().reader,
        chain=[nation().reader_leaf],
        policy=Policy(_anchors(around)),
        transactions=MemoryTransactions(),
        fetcher=web,
        random=fixed,
    )


@contextmanager
def _relying_party(around, _folder):
    web = web_around(around)
    verifier = _verifier(around, web)

    def receive(body):
        verifier.request(
            QUERY,
            request_uri="https://hire.example/request",
            response_uri=RESPONSE_URI,
            response_mode="direct_post",
            now=NOW,
        )
        return verifier.verify(body, now=NOW + around["clock"])

    yield Receiver(receive, web)


def _delivered(tree):
    """What an issuer hands over: no device has answered with it."""
    issued = _respelt(cbor2.dumps(_issuer_signed(tree)), tree, "response")
    return base64url.encode(issued + bytes.fromhex(tree["behind"])).encode()


@contextmanager
def _wallet(around, _folder):
    web = web_around(around)

    def receive(body):
        checked = verify_issued(
            body.decode("latin-1"),
            VerificationContext(Policy(_anchors(around)), Memory(), NOW + around["clock"]),
            format="mso_mdoc",
            holder=nation().holder.public_key,
        )
        return run(checked, web)

    yield Receiver(receive, web)


# --- certificates


def chain(name):
    """As `people.chain`, and those that only documents have."""
    chains = {
        "of another country": lambda: [_signer(country="BE")],
        "for too long": lambda: [_signer(days=458)],
        "for anything": lambda: [_signer(purposes=[])],
        "for documents and TLS": lambda: [_signer(purposes=[CREDENTIAL_PURPOSE, people.TLS_SERVER])],
        "for its type": lambda: [_signer(doctypes=[MDL])],
        "for another type": lambda: [_signer(doctypes=["eu.europa.ec.av.1"])],
        "for no type": lambda: [_signer(doctypes=[])],
        "for types misspelt": lambda: [_naming(b"\x30\x81\x03\x0c\x01a")],
        "on Brainpool": lambda: [_brainpool()[0]],
        "below an authority": lambda: list(_long()[1:]),
    }
    return chains[name]() if name in chains else people.chain(name)


def _signer(**changes):
    state = nation()
    options = {"name": "DS", "country": "FR", "now": NOW - DAY, "days": 365, "purposes": [CREDENTIAL_PURPOSE]}
    return x509.issue_leaf(state.root_signer, state.root, state.signer.public_key, **(options | changes))


def _naming(value):
    """A signer whose certificate has this in the place of its document types."""
    begin = datetime.fromtimestamp(NOW - DAY, UTC)
    names = [pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR"), pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "DS")]
    key = nation().signer.public_key.handle
    builder = pyca.CertificateBuilder(
        nation().root.subject, pyca.Name(names), key, 9, begin, begin + timedelta(days=99)
    ).add_extension(pyca.UnrecognizedExtension(leaf_types.OID, value), critical=False)
    for one in _signer().extensions:
        builder = builder.add_extension(one.value, critical=one.critical)
    return builder.sign(nation().root_signer.private, hashes.SHA256())


def _usage(*granted):
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return pyca.KeyUsage(**{name: name in granted for name in names})


def _issued(issuer, subject, key, above, *, length=None, authority=True):
    begin = datetime.fromtimestamp(NOW - DAY, UTC)
    names = [
        pyca.Name(
            [pyca.NameAttribute(pyca.NameOID.COUNTRY_NAME, "FR"), pyca.NameAttribute(pyca.NameOID.COMMON_NAME, one)]
        )
        for one in (issuer, subject)
    ]
    builder = pyca.CertificateBuilder(*names, key, 9, begin, begin + timedelta(days=99))
    if authority:
        builder = builder.add_extension(pyca.BasicConstraints(ca=True, path_length=length), critical=True)
        builder = builder.add_extension(_usage("key_cert_sign"), critical=True)
    else:
        purpose = pyca.ExtendedKeyUsage([pyca.ObjectIdentifier(CREDENTIAL_PURPOSE)])
        builder = builder.add_extension(purpose, critical=True)
        builder = builder.add_extension(_usage("digital_signature"), critical=True)
    return builder.sign(above, hashes.SHA256())


@cache
def _brainpool():
    """A signer and its root on a curve that ISO/IEC 18013-5 allows and the library cannot check."""
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    root = _issued("Brainpool", "Brainpool", key.public_key(), key, length=0)
    return _issued("Brainpool", "DS", nation().signer.public_key.handle, key, authority=False), root


@cache
def _long():
    """A root, a signer, and an authority between the two."""
    top, middle = software.generate(), software.generate()
    root = _issued("top", "top", top.public_key.handle, top.private)
    between = _issued("top", "middle", middle.public_key.handle, top.private, length=0)
    return root, _issued("middle", "DS", nation().signer.public_key.handle, middle.private, authority=False), between


def _revoking(serial, *, until=NOW + DAY, partial=False):
    begin = datetime.fromtimestamp(NOW - 9 * DAY, UTC)
    builder = pyca.CertificateRevocationListBuilder(nation().root.subject, begin, datetime.fromtimestamp(until, UTC))
    builder = builder.add_revoked_certificate(pyca.RevokedCertificateBuilder(serial, begin).build())
    if partial:
        builder = builder.add_extension(pyca.DeltaCRLIndicator(1), critical=True)
    return builder.sign(nation().root_signer.private, hashes.SHA256()).public_bytes(Encoding.DER)


DOCUMENTS = {
    "document": Original(lambda: deepcopy(_answered()), _posted, _relying_party),
    "issued document": Original(lambda: deepcopy(_answered()), _delivered, _wallet),
}
