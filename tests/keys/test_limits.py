"""The limits of keys and certificates: at the bound and one beyond."""

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from didkit_fr.keys import foreign, jwk, multikey, software, x509
from tests.limits import Limit
from tests.nation import nation
from tests.trust.authority import SIGNING, Authority

KEY = software.generate().public_key
JWK = jwk.build(KEY)
LEAF = nation().leaf


def rsa_key(bits):
    """A modulus of so many bits; nobody knows its factors, and nobody needs to."""
    public = rsa.RSAPublicNumbers(65_537, (1 << bits) - 1).public_key()
    return foreign.CHECKS["rsa-pub"](public.public_bytes(Encoding.DER, PublicFormat.PKCS1))


def pem(count):
    return x509.parse_pem_chain(b"".join(x509.pem(LEAF) for _ in range(count)))


LIMITS = {
    "a set of keys": Limit(lambda n: jwk.parse_set({"keys": [JWK] * n}), 64, "jwk_set_invalid"),
    "a JWK: characters of a coordinate": Limit(
        lambda n: jwk.parse({**JWK, "x": "A" * n}), 128, "input_too_large", "jwk_invalid"
    ),
    "a multikey: characters": Limit(
        lambda n: multikey.parse("z" + "1" * (n - 1)), 256, "input_too_large", "multicodec_unknown"
    ),
    "a BBS multikey: characters": Limit(
        lambda n: multikey.parse_bbs("z" + "1" * (n - 1)), 256, "input_too_large", "multicodec_unknown"
    ),
    "an RSA key: bits": Limit(rsa_key, 4_096, "key_length"),
    "an RSA key: least bits": Limit(rsa_key, 2_048, "key_length", step=-1),
    "a certificate: bytes": Limit(lambda n: x509.parse_der(bytes(n)), 16_384, "input_too_large", "x509_malformed"),
    "x5c: certificates": Limit(lambda n: x509.decode_x5c(x509.build_x5c([LEAF] * n)), 5, "x5c_malformed"),
    "x5c: least certificates": Limit(
        lambda n: x509.decode_x5c(x509.build_x5c([LEAF] * n)), 1, "x5c_malformed", step=-1
    ),
    "x5c: characters of a certificate": Limit(
        lambda n: x509.decode_x5c(["!" * n]), 32_768, "input_too_large", "x5c_malformed"
    ),
    "PEM: certificates": Limit(pem, 5, "x509_malformed"),
    "PEM: characters": Limit(
        lambda n: x509.parse_pem_chain(x509.pem(LEAF) + b"\n" * (n - len(x509.pem(LEAF)))), 163_840, "input_too_large"
    ),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()


def test_a_key_with_a_name_of_over_1024_characters_is_not_in_its_set():
    for chars, known in ((1_024, KEY), (1_025, None)):
        assert jwk.parse_set({"keys": [{**JWK, "kid": "k" * chars}]}).find("k" * chars, "ES256") == known


@pytest.mark.parametrize(("last", "length"), [(60, 255), (61, 256), (62, 256)])
def test_the_name_of_a_certificate_is_shown_to_256_characters(last, length):
    parts = [pyca.NameAttribute(pyca.NameOID.COMMON_NAME, "a" * chars) for chars in (60, 60, 60, last)]
    assert len(x509.subject_name(Authority(pyca.Name(parts), SIGNING).certificate)) == length
