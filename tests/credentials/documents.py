"""W3C credentials and presentations that are well formed, and a way to change one member."""

from copy import deepcopy

V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
CREDENTIAL = {
    "@context": [V2],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential"],
    "issuer": "https://issuer.example",
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2027-01-01T00:00:00+01:00",
    "credentialSubject": {"id": "did:example:1"},
}
PRESENTATION = {"@context": [V2], "type": "VerifiablePresentation", "holder": "did:example:holder"}


def changed(name, value, document=None):
    return {**deepcopy(document or CREDENTIAL), name: value}
