"""What every algorithm and every signer of it must do, whoever wrote them: a test class inherits `SignerContract`."""

from types import MappingProxyType
from typing import Any

import pytest

from didkit_fr.encoding import cbor
from didkit_fr.encoding.multibase import BASE64URL
from didkit_fr.keys import cose_key, jwk, multikey, software, x509
from didkit_fr.keys.algorithms import KNOWN, Table
from didkit_fr.keys.public import compressed, from_compressed, from_cryptography, from_octets, verify_signature
from didkit_fr.keys.signer import Signer
from didkit_fr.proofs.cose import cose
from didkit_fr.proofs.data_integrity import options, proof
from didkit_fr.proofs.data_integrity.cryptosuite import JCS, whole_document
from didkit_fr.proofs.jose import jws
from tests.refused import refusal

NOW = 1_790_000_000
MESSAGE = b"message"
OTHERS = tuple(software.generate(name) for name in ("P-256", "Ed25519", "ML-DSA-65"))


class SignerContract:
    """A subclass says which table knows the algorithm, and brings signers; each call of `make` makes another key."""

    known: Table = KNOWN

    def make(self) -> Signer:
        raise NotImplementedError

    @pytest.fixture
    def signer(self) -> Signer:
        return self.make()

    @pytest.fixture
    def others(self, signer) -> list[Signer]:
        """Signers whose keys are not the one: another of its algorithm, and those of other algorithms."""
        rest = [one for one in OTHERS if one.public_key.row is not signer.public_key.row]
        return [self.make(), *rest]

    def test_a_key_comes_back_however_it_is_written(self, signer):
        key, known = signer.public_key, self.known
        assert known.by_name[key.family] is key.row
        assert from_octets(key.row, key.octets) == from_octets(key.row, key.octets, load=True) == key
        assert from_compressed(key.row, compressed(key)) == key
        assert jwk.parse(jwk.build(key), known=known) == key
        assert jwk.parse({**jwk.build(key), "alg": key.algorithm, "use": "sig"}, known=known) == key
        assert cose_key.parse(cbor.decode(cbor.encode(cose_key.build(key))), known=known) == key
        assert multikey.parse(multikey.build(key), known=known) == key
        assert from_cryptography(key.handle, known=known) == key

    def test_a_key_of_another_length_is_none(self, signer):
        key = signer.public_key
        for octets in (b"", key.octets[:-1], key.octets + b"\0"):
            assert refusal(lambda octets=octets: from_octets(key.row, octets)) == "key_length"

    def test_its_spellings_show_no_private_key(self, signer):
        private = {**jwk.build(signer.public_key), "d": "AA", "priv": "AA"}
        assert refusal(lambda: jwk.parse(private, known=self.known)) == "jwk_private"
        kind = signer.public_key.row.key_type
        private = {**cose_key.build(signer.public_key), kind.cose_private: b"\1"}
        assert refusal(lambda: cose_key.parse(private, known=self.known)) == "cose_key_private"

    def test_two_keys_have_two_thumbprints(self, signer, others):
        prints = {jwk.thumbprint(one.public_key) for one in (signer, *others)}
        assert len(prints) == 1 + len(others)
        assert {len(one) for one in prints} == {43}

    def test_a_signature_is_of_one_key_and_one_message(self, signer, others):
        key, signature = signer.public_key, signer.sign(MESSAGE)
        assert len(signature) == key.row.signature_bytes
        verify_signature(key, signature, MESSAGE)
        changed = bytes([signature[0] ^ 1]) + signature[1:]
        for forged in (b"", signature[:-1], signature + b"\0", bytes(len(signature)), changed):
            assert refusal(lambda forged=forged: verify_signature(key, forged, MESSAGE)) == "signature_invalid"
        assert refusal(lambda: verify_signature(key, signature, b"other")) == "signature_invalid"
        for other in others:
            code = refusal(lambda other=other: verify_signature(other.public_key, signature, MESSAGE))
            assert code == "signature_invalid"

    def test_a_set_of_keys_finds_it_by_each_of_its_names(self, signer, others):
        key = signer.public_key
        keys = jwk.KeySet((("a", key), ("b", others[-1].public_key)))
        for name in key.row.jose:
            assert keys.find("a", name) == keys.find(None, name) == key
            assert keys.find("b", name) is None

    def test_a_jwt(self, signer, others):
        parsed = jws.parse(jws.sign({"a": 1}, signer, typ="test"))
        name = signer.public_key.algorithm
        assert jws.verify(parsed, signer.public_key, typ="test", algorithms={name}).claims == {"a": 1}
        for algorithms in (set(), {"none"}, {"ES256K"}):
            call = lambda algorithms=algorithms: jws.verify(  # noqa: E731 - one of each
                parsed, signer.public_key, typ="test", algorithms=algorithms
            )
            assert refusal(call) == "algorithm_refused"
        codes = [
            refusal(lambda other=other: jws.verify(parsed, other.public_key, typ="test", algorithms={name}))
            for other in others
        ]
        assert codes == ["signature_invalid", *["algorithm_refused"] * (len(others) - 1)]

    def test_a_cose_sign1(self, signer, others):
        parsed = cose.parse_sign1(cose.sign1(MESSAGE, signer, typ=None))
        name = signer.public_key.algorithm
        assert parsed.unverified_header[cose.ALG] == signer.public_key.row.cose_identifier
        verify: Any = cose.verify_sign1
        assert verify(parsed, signer.public_key, typ=None, algorithms={name}).payload == MESSAGE
        assert refusal(lambda: verify(parsed, signer.public_key, typ=None, algorithms=())) == "algorithm_refused"
        codes = [
            refusal(lambda other=other: verify(parsed, other.public_key, typ=None, algorithms={name}))
            for other in others
        ]
        assert codes == ["signature_invalid", *["algorithm_refused"] * (len(others) - 1)]

    def test_a_data_integrity_proof(self, signer, others):
        suite = whole_document("contract-jcs", {signer.public_key.family: "sha256"}, JCS, base=BASE64URL)
        suites = MappingProxyType({suite.name: suite})
        stated = options.build_options(
            cryptosuite=suite.name, verification_method="urn:key", purpose="assertionMethod", created=NOW
        )
        document = {"id": "urn:document", "name": "Titre"}
        prepared = proof.prepare(document, signer.public_key, stated, suites=suites)
        secured = proof.attach(prepared, signer.sign(prepared.signing_input))
        checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}

        def verified(key, allowed=(suite.name,), of=secured):
            unverified = proof.parse(of)
            return proof.verify(unverified, {"urn:key": key}, cryptosuites=allowed, suites=suites, **checks)

        assert verified(signer.public_key).document == document
        assert refusal(lambda: verified(signer.public_key, allowed=())) == "cryptosuite_refused"
        assert refusal(lambda: verified(signer.public_key, of={**secured, "name": "x"})) == "signature_invalid"
        codes = [refusal(lambda other=other: verified(other.public_key)) for other in others]
        assert codes == ["signature_invalid", *["algorithm_refused"] * (len(others) - 1)]

    def test_a_certificate_of_it(self, signer):
        authority = software.generate()
        root = x509.issue_root(authority, name="Racine", country="FR", now=NOW, days=9)
        leaf = x509.issue_leaf(
            authority, root, signer.public_key, name="Signataire", country="FR", now=NOW, days=9, purposes=[]
        )
        assert x509.public_key(x509.parse_der(x509.der(leaf)), known=self.known) == signer.public_key

    def test_its_repr_shows_no_more_than_the_key(self, signer):
        assert repr(signer.public_key).startswith(f"PublicKey(row=Algorithm({signer.public_key.family!r})")
