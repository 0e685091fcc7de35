"""Attacks on G18: the root's private key behind the beginning of a file that may lie there, or in a form it may not."""

import shutil

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from didkit_fr.errors import VerificationError
from didkit_fr.keys import software
from issuer_service.shell import allowed
from issuer_service.titles import root_guard
from issuer_service.titles.config import Config
from issuer_service.titles.root_guard import check_root_absent
from tests.attacks.g18_files import APPLICATION, made
from tests.attacks.g18_folders import _founded, _refusal
from tests.issuer_service.world import scenario


def _pkcs8(signer, encoding=Encoding.PEM):
    return signer.private.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())


def _wrapped(pem, width):
    text = pem.replace(b"\n", b"")
    return b"\n".join(text[at : at + width] for at in range(0, len(text), width)) + b"\n"


def _served_over_tls(place, folder):
    """With a certificate and a key of TLS in a folder."""
    shutil.copy(place.place("chain"), folder / "tls.pem")
    (folder / "tls.key").write_bytes(_pkcs8(software.generate()))
    for name in ("tls.pem", "tls.key"):
        (folder / name).chmod(0o600)
    named = {"tls_certificate": str(folder / "tls.pem"), "tls_key": str(folder / "tls.key")}
    if folder == place.folder:
        named = {"tls_certificate": "tls.pem", "tls_key": "tls.key"}
    return Config(place.folder, place.settings.model_copy(update=named))


HIDDEN = {
    "behind many certificates": ("tls.pem", lambda old, root: old * (83_000 // len(old)) + _pkcs8(root)),
    "behind one": ("tls.pem", lambda old, root: old + _pkcs8(root)),
    "behind the key": ("tls.key", lambda old, root: old + b"# x\n" * 18_000 + _pkcs8(root)),
    "behind space": ("tls.key", lambda old, root: old + b"\n" * 200_000 + _pkcs8(root)),
    "DER behind a certificate": ("tls.pem", lambda old, root: old + _pkcs8(root, Encoding.DER)),
    "PEM in short lines": ("tls.pem", lambda old, root: old + _wrapped(_pkcs8(root), 15)),
    "PEM in short lines behind the key": ("tls.key", lambda old, root: old + _wrapped(_pkcs8(root), 15)),
    "scalar behind the key": ("tls.key", lambda old, root: old + root.secret()),
    "the root's alone": ("tls.key", lambda _, root: _pkcs8(root)),
    "as a number": ("tls.pem", lambda old, root: old + str(int.from_bytes(root.secret())).encode()),
    "behind the key, in its block": (
        "tls.key",
        lambda old, root: _pem(_der(old) + _pkcs8(root, Encoding.DER)),
    ),
    "another block": ("tls.key", lambda old, root: old + _pem(root.secret()[::-1], b"SECRET")),
    "nothing": ("tls.key", lambda *_: b""),
}


def _der(pem):
    from base64 import b64decode

    return b64decode(b"".join(pem.splitlines()[1:-1]))


def _pem(der, label=b"PRIVATE KEY"):
    from base64 import encodebytes

    return b"-----BEGIN " + label + b"-----\n" + encodebytes(der) + b"-----END " + label + b"-----\n"


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("how", HIDDEN)
@scenario
async def test_a_file_of_tls_is_what_its_setting_says_to_its_end(tmp_path, how, elsewhere) -> None:
    place, signer, root = await _founded(tmp_path)
    folder = tmp_path / "tls" if elsewhere else place.folder
    folder.mkdir(exist_ok=True)
    served = _served_over_tls(place, folder)
    check_root_absent(served, root, software.generate().public_key)
    name, hide = HIDDEN[how]
    (folder / name).write_bytes(hide((folder / name).read_bytes(), signer))
    error = _refusal(served, root)
    assert name in error.detail


@pytest.mark.guarantee("G18")
@scenario
async def test_what_tls_may_be_given_is_accepted(tmp_path) -> None:
    place, _, root = await _founded(tmp_path)
    served = _served_over_tls(place, place.folder)
    key = software.generate().private
    sec1 = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    curve = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    chain = (place.folder / "tls.pem").read_bytes()
    for name, content in (
        ("tls.key", curve + sec1),
        ("tls.key", sec1.replace(b"\n", b"\r\n")),
        ("tls.pem", b"\n" + chain + b"\n\n" + chain.rstrip()),
    ):
        (place.folder / name).write_bytes(content)
        check_root_absent(served, root)
    (place.folder / "tls.pem").unlink()
    (place.folder / "tls.key").write_bytes(chain + sec1)
    both = {"tls_certificate": "tls.key", "tls_key": "tls.key"}
    check_root_absent(Config(place.folder, place.settings.model_copy(update=both)), root)


def _acts(count):
    return b"".join(b"revoke " + number.to_bytes(32).hex().encode() + b"\n" for number in range(1, count + 1))


LINES = {
    "a line beyond 64 KiB": lambda secret: _acts(1_000) + b"revoke " + secret + b"\n",
    "a line where pieces meet": lambda secret: _acts(1_000)[: -72 + 40] + b"\nrevoke " + secret + b"\n" + _acts(9),
    "two half lines": lambda secret: secret[:32] + b"\n" + secret[32:] + b"\n",
    "two acts cut short": lambda secret: b"revoke " + secret[:32] + b"\nrevoke " + secret[32:] + b"\n" + _acts(3),
    "two acts with checksums cut short": lambda secret: (
        b"revoke %s: %s\nrevoke %s: %s\n%s" % (b"0" * 16, secret[:32], b"f" * 16, secret[32:], _acts(3))
    ),
    "an act with another's checksum": lambda secret: _acts(1) + b"revoke %s: %s\n" % (b"0" * 16, secret),
    "no act": lambda secret: b"sign " + secret + b"\n",
    "digits alone": lambda secret: secret[:60],
    "an empty line": lambda _: _acts(1) + b"\n",
}


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("how", LINES)
@scenario
async def test_no_line_of_a_revocation_log_is_the_key(tmp_path, how, monkeypatch) -> None:
    monkeypatch.setattr(root_guard, "PIECE", 72 * 1_000)
    monkeypatch.setattr(root_guard, "OVERLAP", 256)
    place, signer, root = await _founded(tmp_path)
    log = place.place("revocations") / "2026.log"
    log.write_bytes(LINES[how](signer.secret().hex().encode()))
    assert "2026.log" in _refusal(place, root).detail


@pytest.mark.guarantee("G18")
@scenario
async def test_a_key_is_seen_at_every_place_of_a_log_of_several_pieces(tmp_path, monkeypatch) -> None:
    place, signer, root = await _founded(tmp_path)
    log = place.place("revocations") / "2026.log"
    line = b"revoke " + signer.secret().hex().encode() + b"\n"
    monkeypatch.setattr(root_guard, "PIECE", 300)
    monkeypatch.setattr(root_guard, "OVERLAP", 100)
    for before in range(10):
        log.write_bytes(_acts(before) + line + _acts(2))
        assert _refusal(place, root).code == "root_key_exposed"
    log.write_bytes(_acts(12))
    check_root_absent(place, root)


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize(
    "cut",
    [
        "r",
        "resum",
        "revoke",
        "revoke ",
        "suspend 0",
        "resume " + "a" * 63,
        "revoke " + "b" * 64,
        "revoke 0123456789abcdef: 0",
    ],
)
@scenario
async def test_a_line_that_a_crash_cut_short_is_no_reason_to_refuse(tmp_path, cut) -> None:
    place, _, root = await _founded(tmp_path)
    log = place.place("revocations") / "2026.log"
    for behind in (b"", b"\n" + _acts(2)):
        log.write_bytes(_acts(2) + cut.encode() + behind)
        check_root_absent(place, root)


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("at", [100, 66_000])
@scenario
async def test_a_key_in_der_is_seen_wherever_it_is_in_what_is_looked_at(tmp_path, at) -> None:
    place, signer, root = await _founded(tmp_path)
    draft = place.folder / ".signer_revocations.crl.0123456789abcdef.draft"
    crl = place.place("signer_revocations").read_bytes()
    draft.write_bytes(crl[:50].ljust(at, b"\0") + _pkcs8(signer, Encoding.DER) + bytes(9))
    draft.chmod(0o600)
    assert _refusal(place, root).code == "root_key_exposed"


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize("damage", [lambda log: log + bytes(40), lambda log: log.replace(b"\n", b"\r\n")])
@scenario
async def test_nobody_is_told_to_move_a_damaged_revocation_log_away(tmp_path, damage) -> None:
    place, _, root = await _founded(tmp_path)
    log = place.place("revocations") / "2026.log"
    mirrored = log.read_bytes()
    log.write_bytes(damage(mirrored))
    (hint,) = _refusal(place, root).__notes__
    assert str(log) in hint
    assert "mirror" in hint
    assert "no older copy" in hint
    assert " away" not in hint
    log.write_bytes(mirrored)
    check_root_absent(place, root)


@pytest.mark.guarantee("G7")
@pytest.mark.parametrize(
    "name", ["issuer.sqlite", "issuer.sqlite-journal", "issuer.sqlite-wal", "epochs/2026-11-01.key"]
)
@scenario
async def test_nor_any_other_file_that_something_is_lost_without(tmp_path, name) -> None:
    place, _, root = await _founded(tmp_path)
    (place.folder / name).write_bytes(b"anything")
    (place.folder / name).chmod(0o600)
    (hint,) = _refusal(place, root).__notes__
    assert "before anything is moved" in hint
    assert "from a backup" not in hint


@pytest.mark.guarantee("G18")
def test_an_index_of_another_version_is_none(tmp_path) -> None:
    path = made(tmp_path, mode="WAL")
    index = path.with_name(f"{path.name}-shm")
    raw = index.read_bytes()
    for head, right in ((raw[:4], True), (bytes(4), True), (b"\1\0\0\0", False), (b"MIGH", False)):
        index.write_bytes(head + raw[4:])
        try:
            allowed.check_folder(tmp_path, allowed.database(path.name, APPLICATION))
        except VerificationError:
            assert not right
        else:
            assert right
