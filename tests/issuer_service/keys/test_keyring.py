import json
import stat
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import DidkitError, FetchError, ParseError, VerificationError
from didkit_fr.keys.public import verify_signature
from didkit_fr.keys.software import generate
from didkit_fr.primitives.passphrase import Cost, seal
from issuer_service.keys.keyring import Keyring, create, load, save
from issuer_service.keys.root_key import create as create_root
from issuer_service.keys.root_key import load as load_root
from issuer_service.shell import private_files

CHEAP = Cost(operations=1, memory=8_192)
WORD = b"correct horse"
CONTEXT = b"didkit-fr issuer keyring 1"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keyring.sealed"


def test_it_opens_as_it_was_made(path):
    made = create(path, WORD, cost=CHEAP)
    assert load(path, WORD) == made
    secrets = [secret for entry in fields(made) if (secret := getattr(made, entry.name))]
    assert len(set(secrets)) == len(secrets) == 7
    assert {len(secret) for secret in secrets} == {32}
    (signer,) = made.signers("document")
    verify_signature(signer.public_key, signer.sign(b"message"), b"message")


def test_a_successor_is_kept_beside_who_is_there_and_whoever_came_before_is_forgotten(path):
    made = create(path, WORD, cost=CHEAP)
    (first,), second, third = made.signers("mdoc"), generate(), generate()
    save(path, WORD, made.succeeded("mdoc", first, second), cost=CHEAP)
    kept = load(path, WORD)
    assert [one.secret() for one in kept.signers("mdoc")] == [first.secret(), second.secret()]
    assert kept.signers("document")[0].secret() == made.document_signer
    save(path, WORD, kept.succeeded("mdoc", second, third), cost=CHEAP)
    kept = load(path, WORD)
    assert [one.secret() for one in kept.signers("mdoc")] == [second.secret(), third.secret()]
    assert first.secret() not in [getattr(kept, entry.name) for entry in fields(kept)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_private_and_alone(path):
    create(path, WORD, cost=CHEAP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_it_shows_nothing(path):
    made = create(path, WORD, cost=CHEAP)
    made = made.succeeded("document", made.signers("document")[0], generate())
    made = made.succeeded("mdoc", made.signers("mdoc")[0], generate())
    save(path, WORD, made, cost=CHEAP)
    assert repr(made) == "Keyring()"
    raw = path.read_bytes()
    for name in GOOD:
        secret = getattr(made, name)
        assert secret not in raw
        assert base64url.encode(secret).encode() not in raw


@pytest.mark.parametrize("make", [create, create_root])
def test_nothing_is_overwritten(path, make):
    path.write_bytes(b"precious")
    with pytest.raises(VerificationError) as error:
        make(path, WORD, cost=CHEAP)
    assert error.value.code == "file_exists"
    assert path.read_bytes() == b"precious"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("make", [create, create_root])
def test_a_dangling_link_is_not_followed(path, tmp_path, make):
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VerificationError) as error:
        make(path, WORD, cost=CHEAP)
    assert error.value.code == "file_exists"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("make", [create, create_root])
def test_a_passphrase_of_eight_bytes_is_due(path, make):
    for short in (b"", b"seven77"):
        with pytest.raises(VerificationError) as error:
            make(path, short, cost=CHEAP)
        assert error.value.code == "passphrase_too_short"
        assert not path.exists()
    make(path, b"eight888", cost=CHEAP)


@pytest.mark.parametrize("make", [create, create_root])
def test_where_there_is_no_folder_none_is_made(tmp_path, make):
    with pytest.raises(FetchError) as error:
        make(tmp_path / "none" / "file", WORD, cost=CHEAP)
    assert error.value.code == "file_unavailable"


def test_a_wrong_passphrase_is_refused(path):
    create(path, WORD, cost=CHEAP)
    for word in (b"", b"correct horse ", b"Correct horse"):
        with pytest.raises(VerificationError) as error:
            load(path, word)
        assert error.value.code == "passphrase_wrong"


def test_the_root_key_opens_as_what_it_is_only(path, tmp_path):
    signer = create_root(path, WORD, cost=CHEAP)
    assert load_root(path, WORD).secret() == signer.secret()
    assert load_root(path, WORD).public_key == signer.public_key
    create(tmp_path / "other", WORD, cost=CHEAP)
    for opening, file in ((load, path), (load_root, tmp_path / "other")):
        with pytest.raises(VerificationError) as error:
            opening(file, WORD)
        assert error.value.code == "passphrase_wrong"


@pytest.mark.parametrize("opening", [load, load_root])
def test_rubbish_is_malformed(path, opening):
    for content in (b"", b"rubbish", b"didkit\x00\x01", bytes(500)):
        path.write_bytes(content)
        with pytest.raises(ParseError) as error:
            opening(path, WORD)
        assert error.value.code == "sealed_malformed"
    path.write_bytes(bytes(private_files.MAX_BYTES + 1))
    with pytest.raises(ParseError) as error:
        opening(path, WORD)
    assert error.value.code == "input_too_large"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edited_file_does_not_open(path, data):
    path.unlink(missing_ok=True)
    create(path, WORD, cost=CHEAP)
    raw = path.read_bytes()
    at = data.draw(st.integers(24, len(raw) - 1))  # an edited cost is the sealed file's own test
    edits = [raw[:at], raw[:at] + bytes([raw[at] ^ 0x20]) + raw[at + 1 :]]
    for edit in edits:
        path.write_bytes(edit)
        with pytest.raises(DidkitError) as error:
            load(path, WORD)
        assert error.value.code in {"passphrase_wrong", "sealed_malformed"}


SECRET = base64url.encode(bytes([7]) * 32)
GOOD = {entry.name: SECRET for entry in fields(Keyring) if entry.name != "more"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        {},
        {**GOOD, "nonce": 7},
        {**GOOD, "nonce": None},
        {**GOOD, "nonce": ["AA"]},
        {**GOOD, "nonce": "AA=="},
        {**GOOD, "nonce": "AAAA"},
        {name: value for name, value in GOOD.items() if name != "permutation"},
        {**GOOD, "signers": None},
        {**GOOD, "signers": [SECRET]},
        {**GOOD, "signers": {"mdoc:a": SECRET}},
        {**GOOD, "signers": {"mdoc:a": []}},
        {**GOOD, "signers": {"mdoc:a": [SECRET] * 3}},
        {**GOOD, "signers": {"mdoc:a": ["AAAA"]}},
        {**GOOD, "signers": {"mdoc:a": [7]}},
        {**GOOD, "signers": {"mdoc:a": 7}},
    ],
)
def test_what_is_sealed_but_no_keyring_is_malformed(path, content):
    plaintext = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(seal(WORD, plaintext, context=CONTEXT, cost=CHEAP))
    with pytest.raises(ParseError) as error:
        load(path, WORD)
    assert error.value.code == "sealed_malformed"


def test_a_keyring_of_before_document_types_had_signers_of_their_own_opens(path):
    before = {name: value for name, value in GOOD.items() if not name.startswith("next_")}
    path.write_bytes(seal(WORD, json.dumps(before).encode(), context=CONTEXT, cost=CHEAP))
    kept = load(path, WORD)
    assert (kept.mdoc_signer, kept.next_mdoc_signer, kept.more) == (bytes([7]) * 32, b"", {})


def test_the_keys_of_document_types_are_kept_by_their_purpose_and_none_is_shown(path):
    made = create(path, WORD, more=["mdoc:a", "mdoc:b"], cost=CHEAP)
    (first,), second = made.signers("mdoc:a"), generate()
    save(path, WORD, made.succeeded("mdoc:a", first, second), cost=CHEAP)
    kept = load(path, WORD)
    assert [one.secret() for one in kept.signers("mdoc:a")] == [first.secret(), second.secret()]
    assert kept.more["mdoc:b"] == made.more["mdoc:b"]
    assert repr(kept) == "Keyring()"
    for secret in (first.secret(), second.secret(), *kept.more["mdoc:b"]):
        assert secret not in path.read_bytes()


def test_members_of_a_later_version_are_ignored(path):
    path.write_bytes(seal(WORD, json.dumps({**GOOD, "later": "x"}).encode(), context=CONTEXT, cost=CHEAP))
    assert load(path, WORD).nonce == bytes([7]) * 32


@pytest.mark.parametrize("secret", [b"", bytes(32), b"\xff" * 32, b"k" * 31])
def test_a_sealed_root_that_is_no_key_is_malformed(path, secret):
    path.write_bytes(seal(WORD, secret, context=b"didkit-fr issuer root key 1", cost=CHEAP))
    with pytest.raises(ParseError) as error:
        load_root(path, WORD)
    assert error.value.code == "sealed_malformed"


def test_a_write_that_fails_leaves_nothing(path, monkeypatch):
    def full(descriptor):  # noqa: ARG001 - as os.fsync
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FetchError) as error:
        create(path, WORD, cost=CHEAP)
    assert error.value.code == "file_unavailable"
    assert list(path.parent.iterdir()) == []
