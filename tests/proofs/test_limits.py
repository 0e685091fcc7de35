"""The limits of signed documents: at the bound and one beyond."""

import json as plain

import pytest

from didkit_fr.encoding import base64url, cbor, json
from didkit_fr.keys import jwk, software
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import ecdsa_sd, options, pointers, proof
from didkit_fr.proofs.jose import jwe, jws
from didkit_fr.proofs.mdoc import device, mdoc
from didkit_fr.proofs.sd_jwt import json_serialization, sd_jwt
from tests import documents
from tests.limits import Limit
from tests.nation import NOW, nation

SIGNER = software.generate()


def jws_header(size):
    header = plain.dumps({"alg": "ES256", "a": ""}).encode()
    header = header[:-2] + b"x" * (size - len(header)) + b'"}'
    assert len(header) == size
    return jws.parse(f"{base64url.encode(header)}.e30.{base64url.encode(bytes(64))}")


def jwe_header(chars):
    return jwe.parse(f"{'A' * chars}..{base64url.encode(bytes(12))}.AA.{base64url.encode(bytes(16))}")


def jwe_party(name):
    def tried(chars):
        epk = jwk.build(SIGNER.public_key)
        header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": "k", "epk": epk, name: "A" * chars}
        head = base64url.encode(plain.dumps(header).encode())
        compact = f"{head}..{base64url.encode(bytes(12))}.AA.{base64url.encode(bytes(16))}"
        return jwe.decrypt(jwe.parse(compact), jwe.generate(), kid="k")

    return tried


def x5chain(count):
    ders = [b"certificate"] * count
    prepared = cose.prepare({1: -7, 33: ders}, b"content")
    return cose.read(cose.attach(prepared, bytes(64)), "Signature1").unverified_certificates()


def disclosures(count):
    token = jws.sign({"_sd": []}, SIGNER, typ="x")
    made = [base64url.encode(plain.dumps([f"salt{number}", f"name{number}", 1]).encode()) for number in range(count)]
    return sd_jwt.parse("~".join((token, *made, "")))


def signatures(count):
    token = jws.sign({"a": 1}, SIGNER, typ="x").split(".")
    one = {"protected": token[0], "signature": token[2], "header": {"disclosures": []}}
    others = [{"protected": token[0], "signature": token[2]}] * (count - 1)
    return json_serialization.parse_json(json.encode({"payload": token[1], "signatures": [one, *others]}))


def response(count):
    document = mdoc_document()
    return device.read_response({"version": "1.0", "documents": [document] * count, "status": 0})


def mdoc_document():
    made = device.build_document(
        cbor.decode(base64url.decode(documents.licence())),
        device.sign(nation().holder),
        doctype=documents.MDL,
        transcript=cbor.encode([None, None, None]),
    )
    return cbor.decode(cbor.encode(made))


def elements(count):
    raw = documents.licence(elements={"ns": {f"a{number}": 1 for number in range(count)}})
    return mdoc.parse(base64url.decode(raw))


def own_elements(count):
    how = {"doctype": documents.MDL, "transcript": cbor.encode([None, None, None])}
    stated = {"ns": {f"a{number}": 1 for number in range(count)}}
    issued = cbor.decode(base64url.decode(documents.licence()))
    made = device.build_document(issued, device.sign(nation().holder), device_elements=stated, **how)
    return device.parse_response(device.build_response(made))


def salt(size):
    issued = cbor.decode(base64url.decode(documents.licence()))
    items = issued["nameSpaces"][documents.MDL_NS]
    changed = {**cbor.decode(items[0].value), "random": bytes(size)}
    items[0] = cbor.Tag(24, cbor.encode(changed))
    return mdoc.parse(cbor.encode(issued))


def named(chars):
    return mdoc.name_of("a" * chars, "docType")


STATED = {
    "type": "DataIntegrityProof",
    "cryptosuite": "ecdsa-rdfc-2019",
    "verificationMethod": "did:example:a#a",
    "proofPurpose": "assertionMethod",
    "proofValue": "z1",
}


def proofs(count):
    return proof.parse({"proof": [dict(STATED) for _ in range(count)]})


def domains(count):
    return options.parse_proof({**STATED, "domain": [str(number) for number in range(count)]})


def value(cryptosuite, text):
    document = {"@context": ["https://www.w3.org/ns/credentials/v2"], "id": "urn:a"}
    parsed = proof.parse({**document, "proof": {**STATED, "cryptosuite": cryptosuite, "proofValue": text}})
    how = {"purpose": "assertionMethod", "now": NOW, "leeway": 60, "domain": None, "challenge": None}
    return proof.verify(parsed, {"did:example:a#a": SIGNER.public_key}, cryptosuites=[cryptosuite], **how)


def statements(count):
    contexts = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
    document = {"@context": contexts, "id": "urn:a", "colour": [f"red{number}" for number in range(count)]}
    stated = options.build_options(
        cryptosuite="ecdsa-sd-2023", verification_method="did:example:a#a", purpose="assertionMethod", created=NOW
    )
    return ecdsa_sd.sign_base(document, SIGNER, stated, mandatory=["/id"])


LIMITS = {
    "JWS: characters": Limit(lambda n: jws.parse("a" * n), 1_048_576, "input_too_large", "jws_malformed"),
    "JWS: bytes of a header": Limit(jws_header, 32_768, "input_too_large"),
    "JWE: characters": Limit(lambda n: jwe.parse("a" * n), 1_048_576, "input_too_large", "jwe_malformed"),
    "JWE: characters of a header": Limit(jwe_header, 4_096, "input_too_large", "json_invalid"),
    "JWE: characters of apu": Limit(jwe_party("apu"), 1_024, "input_too_large", "decryption_failed"),
    "JWE: characters of apv": Limit(jwe_party("apv"), 1_024, "input_too_large", "decryption_failed"),
    "COSE: bytes": Limit(lambda n: cose.parse_sign1(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"),
    "COSE_Mac0: bytes": Limit(lambda n: cose.parse_mac0(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"),
    "COSE: certificates": Limit(x5chain, 5, "x5c_malformed"),
    "SD-JWT: characters": Limit(lambda n: sd_jwt.parse("a" * n), 1_048_576, "input_too_large", "sd_jwt_malformed"),
    "SD-JWT: disclosures": Limit(disclosures, 512, "input_too_large"),
    "SD-JWT in JSON: signatures": Limit(signatures, 8, "input_too_large"),
    "mdoc: bytes": Limit(lambda n: mdoc.parse(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"),
    "mdoc: bytes of an answer": Limit(
        lambda n: device.parse_response(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"
    ),
    "mdoc: documents of an answer": Limit(response, 16, "mdoc_malformed"),
    "mdoc: elements": Limit(elements, 1_024, "input_too_large"),
    "mdoc: elements of the device": Limit(own_elements, 1_024, "input_too_large"),
    "mdoc: least bytes of a salt": Limit(salt, 16, "mdoc_malformed", step=-1),
    "mdoc: characters of a name": Limit(named, 256, "mdoc_malformed"),
    "mdoc: least characters of a name": Limit(named, 1, "mdoc_malformed", step=-1),
    "Data Integrity: proofs": Limit(proofs, 8, "input_too_large"),
    "Data Integrity: domains": Limit(domains, 16, "integrity_proof_malformed"),
    "Data Integrity: least domains": Limit(domains, 1, "integrity_proof_malformed", step=-1),
    "pointers": Limit(
        lambda n: pointers.parse_pointers([f"/a/{number}" for number in range(n)], {"a": list(range(n))}),
        512,
        "input_too_large",
    ),
    "pointers: characters": Limit(
        lambda n: pointers.parse_pointers(["/" + "a" * (n - 1)], {"a" * (n - 1): 1}), 1_024, "pointer_invalid"
    ),
    "Data Integrity: characters of a signature": Limit(
        lambda n: value("ecdsa-rdfc-2019", "z" + "1" * (n - 1)), 256, "input_too_large", "integrity_value_malformed"
    ),
    "ecdsa-sd-2023: characters of a proof": Limit(
        lambda n: value("ecdsa-sd-2023", "u" + "A" * (n - 1)), 262_144, "input_too_large", "integrity_value_malformed"
    ),
    "ecdsa-sd-2023: statements": Limit(statements, 2_048, "input_too_large"),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()
