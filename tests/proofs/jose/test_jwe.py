import json
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe as joserfc
from joserfc.jwk import ECKey
from polaris_oid4vp import jwe as polaris

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import jwk
from didkit_fr.proofs.jose import jwe
from tests.vectors import vectors

KEY, OTHER = jwe.generate(), jwe.generate()
PRIVATE = ECKey.import_key({**jwk.build(KEY.public_key), "d": base64url.encode(KEY.secret)})
MESSAGE = '{"vp_token":{"pid":["é"]}}'.encode()


def sealed(enc="A256GCM", kid="one", plaintext=MESSAGE):
    return jwe.encrypt(plaintext, KEY.public_key, enc=enc, kid=kid)


def opened(compact, key=KEY, kid="one", **options):
    return jwe.decrypt(jwe.parse(compact), key, kid=kid, **options)


def header_of(compact):
    return dict(jwe.parse(compact).unverified_header)


def with_header(compact, **changes):
    header = {name: value for name, value in (header_of(compact) | changes).items() if value is not None}
    return ".".join([base64url.encode(json.dumps(header).encode()), *compact.split(".")[1:]])


def refused(kind, call):
    with pytest.raises(kind) as error:
        call()
    return error.value.code


@pytest.mark.parametrize("enc", jwe.ENCRYPTIONS)
def test_what_was_encrypted_opens_and_says_which_key(enc):
    compact = sealed(enc)
    assert opened(compact) == MESSAGE
    header = header_of(compact)
    assert {name: header[name] for name in ("alg", "enc", "kid")} == {"alg": "ECDH-ES", "enc": enc, "kid": "one"}
    assert "d" not in header["epk"]
    assert sealed(enc) != compact


def test_a_portrait_fits():
    assert opened(sealed(plaintext=b"x" * 700_000)) == b"x" * 700_000


@pytest.mark.parametrize("enc", jwe.ENCRYPTIONS)
@pytest.mark.parametrize("parties", [{}, {"apu": b"alice", "apv": b"nonce"}])
def test_an_implementation_that_is_not_ours_reads_and_is_read(enc, parties):
    assert polaris.decrypt_compact(sealed(enc), PRIVATE.private_key) == MESSAGE
    theirs = polaris.encrypt_compact(MESSAGE, PRIVATE.public_key, enc, **parties, extra_header={"kid": "one"})
    assert opened(theirs) == MESSAGE


def test_the_official_encrypted_response_opens():
    blocks = json.loads(vectors("oid4vp/1.0/inline-examples.json").read_text(encoding="utf-8"))["examples"]
    blocks = [block for block in blocks if block["section"].startswith("Encrypted Responses")]
    response, private, header, payload = (block["json"] for block in blocks[1:])
    compact = "".join(response["response"].split())
    key = jwe.DecryptionKey(base64url.decode(private["d"]))
    assert jwk.build(key.public_key) == {name: private[name] for name in ("kty", "crv", "x", "y")}
    assert header_of(compact) == header
    assert json.loads(opened(compact, key, "ac")) == payload


def test_another_key_or_name_does_not_open():
    assert refused(VerificationError, lambda: opened(sealed(), OTHER)) == "decryption_failed"
    assert refused(VerificationError, lambda: opened(sealed(), kid="two")) == "decryption_failed"
    assert refused(VerificationError, lambda: opened(with_header(sealed(), kid=None))) == "decryption_failed"


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_every_part_is_authenticated(part):
    parts = sealed().split(".")
    if part == 0:
        altered = with_header(".".join(parts), cty="x")
    else:
        data = bytearray(base64url.decode(parts[part]))
        data[0] ^= 1
        altered = ".".join([*parts[:part], base64url.encode(bytes(data)), *parts[part + 1 :]])
    assert refused(VerificationError, lambda: opened(altered)) == "decryption_failed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"alg": "ECDH-ES+A128KW"}, "algorithm_refused"),
        ({"alg": "dir"}, "algorithm_refused"),
        ({"alg": None}, "algorithm_refused"),
        ({"enc": "A128CBC-HS256"}, "algorithm_refused"),
        ({"enc": "A192GCM"}, "algorithm_refused"),
        ({"enc": ["A256GCM"]}, "algorithm_refused"),
        ({"zip": "DEF"}, "algorithm_refused"),
        ({"crit": ["exp"]}, "critical_header"),
        ({"epk": None}, "jwk_invalid"),
        ({"epk": "x"}, "jwk_invalid"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "jwk_invalid"),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": "AA"}}, "key_unsupported"),
        ({"epk": {**jwk.build(KEY.public_key), "y": jwk.build(OTHER.public_key)["y"]}}, "jwk_invalid"),
        ({"epk": {**jwk.build(KEY.public_key), "d": base64url.encode(KEY.secret)}}, "jwk_private"),
        ({"apu": 7}, "jwe_malformed"),
        ({"apv": "A"}, "base64url_invalid"),
        ({"apu": "A" * 2000}, "input_too_large"),
    ],
)
def test_a_header_that_says_something_else(changes, code):
    assert refused(DidkitError, lambda: opened(with_header(sealed(), **changes))) == code


def test_a_narrower_list_of_ciphers_is_obeyed():
    assert refused(VerificationError, lambda: opened(sealed("A128GCM"), encryptions={"A256GCM"})) == "algorithm_refused"


@pytest.mark.parametrize(
    ("compact", "code"),
    [
        ("", "jwe_malformed"),
        ("a.b.c", "jwe_malformed"),
        ("é.b.c.d.e", "jwe_malformed"),
        ("e30.AA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", "jwe_malformed"),
        ("e30..AAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", "jwe_malformed"),
        ("e30..AAAAAAAAAAAAAAAA.AA.AAAA", "jwe_malformed"),
        ("W10..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", "json_not_object"),
        ("eyJhIjoxLCJhIjoyfQ..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", "json_duplicate_key"),
        ("e30=..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", "base64url_invalid"),
        ("A" * 5000 + "....", "input_too_large"),
        ("x" * (1 << 21), "input_too_large"),
    ],
)
def test_what_is_no_jwe(compact, code):
    assert refused(ParseError, lambda: jwe.parse(compact)) == code


def test_a_shorter_tag_is_no_tag():
    parts = sealed().split(".")
    joined = base64url.decode(parts[3]) + base64url.decode(parts[4])
    moved = [*parts[:3], base64url.encode(joined[:-12]), base64url.encode(joined[-12:])]
    assert refused(ParseError, lambda: opened(".".join(moved))) == "jwe_malformed"


def test_what_joserfc_makes_in_other_modes_is_refused():
    wrapped = joserfc.encrypt_compact({"alg": "ECDH-ES+A128KW", "enc": "A128GCM", "kid": "one"}, MESSAGE, PRIVATE)
    assert refused(ParseError, lambda: opened(wrapped)) == "jwe_malformed"
    deflated = joserfc.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A128GCM", "kid": "one", "zip": "DEF"}, MESSAGE, PRIVATE
    )
    assert refused(VerificationError, lambda: opened(deflated)) == "algorithm_refused"


def test_only_what_is_supported_is_made():
    assert refused(VerificationError, lambda: sealed("A128CBC-HS256")) == "algorithm_refused"
    assert refused(ParseError, lambda: jwe.DecryptionKey(b"\0" * 32).public_key) == "key_unsupported"
    assert base64url.encode(KEY.secret) not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


@settings(deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(st.binary(max_size=24), min_size=5, max_size=5).map(lambda parts: ".".join(map(base64url.encode, parts)))
)
def test_any_text_is_opened_or_refused_with_a_code(text):
    with pytest.raises(DidkitError):
        opened(text)


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "epk", "apu", "apv", "zip", "crit", "cty", "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=2),
        max_size=4,
    )
)
def test_any_header_is_accepted_as_it_was_or_refused_with_a_code(changes):
    compact = with_header(sealed(), **changes)
    with suppress(DidkitError):
        assert opened(compact) == MESSAGE
        assert header_of(compact) == header_of(sealed()) | {"epk": header_of(compact)["epk"]}


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=300), st.sampled_from(jwe.ENCRYPTIONS))
def test_round_trip(plaintext, enc):
    assert opened(sealed(enc, plaintext=plaintext)) == plaintext


def test_importing_it_does_not_import_the_library_behind_it():
    code = "import sys; import didkit_fr.proofs.jose.jwe; sys.exit('joserfc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
