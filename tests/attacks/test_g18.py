"""The root's private key lies in no folder of the service, in whatever form (G18)."""

import gzip
import json
import os
import zipfile
from base64 import b32encode, b64encode, b85encode
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url
from didkit_fr.errors import VerificationError
from didkit_fr.keys import jwk, software
from issuer_service.shell import allowed, private_files
from issuer_service.titles.config import Config
from issuer_service.titles.root_guard import check_root_absent
from tests.attacks.g18_folders import _founded, _refusal
from tests.end_to_end.world import BIN, run, start
from tests.issuer_service.world import scenario

DRAFT = "0123456789abcdef.draft"


def _forms(signer: software.SoftwareSigner, sealed: bytes) -> dict[str, bytes]:
    """The root's private key in every form that somebody may leave behind."""
    key, secret = signer.private, signer.secret()
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("root.key", sealed)
    return {
        "sealed": sealed,
        "sealed, in base64": b64encode(sealed),
        "PEM": pem,
        "PEM after a megabyte": b" " * (1 << 20) + pem,
        "DER": der,
        "DER of SEC 1": key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "OpenSSH": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        "PKCS 12": pkcs12.serialize_key_and_certificates(b"root", key, None, None, BestAvailableEncryption(b"x")),
        "PKCS 12 without password": pkcs12.serialize_key_and_certificates(b"root", key, None, None, NoEncryption()),
        "JWK": json.dumps({**jwk.build(signer.public_key), "d": base64url.encode(secret)}).encode(),
        "hex": secret.hex().encode() + b"\n",
        "hex in capitals": secret.hex().upper().encode(),
        "base64": b64encode(secret),
        "base64 of DER": b64encode(der),
        "base32": b32encode(secret),
        "base85": b85encode(secret),
        "scalar": secret,
        "scalar, padded": secret + bytes(480),
        "scalar, after zeros": bytes(1) + secret,
        "scalar, reversed": secret[::-1],
        "gzip": gzip.compress(pem),
        "gzip of the sealed file": gzip.compress(sealed),
        "zip": packed.getvalue(),
        "half of it": secret[:16],
    }


FORMS = sorted(_forms(software.generate(), b""))


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("form", FORMS)
@scenario
async def test_in_no_form_does_the_root_key_lie_in_a_folder_of_the_service(tmp_path, form) -> None:
    place, signer, root = await _founded(tmp_path)
    check_root_absent(place, root, software.generate().public_key)
    written = _forms(signer, (tmp_path / "root.key").read_bytes())[form]
    for folder in (place.folder, place.state, place.place("epochs"), place.place("revocations")):
        stray = folder / "notes"
        private_files.create(stray, written)
        error = _refusal(place, root)
        assert "notes" in error.detail
        stray.unlink()
    check_root_absent(place, root, software.generate().public_key)


NAMES = {
    "settings.toml": "data",
    "chain.pem": "data",
    "anchors.json": "data",
    "signer_revocations.crl": "data",
    "issuer.sqlite": "data",
    "issuer.sqlite-wal": "data",
    "issuer.sqlite-shm": "data",
    "issuer.sqlite-journal": "data",
    "epochs/2026-11-01.key": "data",
    "epochs/2026-11-01.doomed": "data",
    f"epochs/.2026-11-01.key.{DRAFT}": "data",
    f".keyring.sealed.{DRAFT}": "data",
    f".chain.pem.{DRAFT}": "data",
    f".signer_revocations.crl.{DRAFT}": "data",
    "mark.json": "state",
    "clock.json": "state",
    f".mark.json.{DRAFT}": "state",
    f".clock.json.{DRAFT}": "state",
    "revocations/2025.log": "state",
}
"""The names that are the service's own."""

TELL_NOTHING = {
    ("epochs/2026-11-01.key", "scalar, reversed"),
    ("epochs/2026-11-01.doomed", "scalar, reversed"),
    ("epochs/2026-11-01.doomed", "half of it"),
    (f"epochs/.2026-11-01.key.{DRAFT}", "scalar, reversed"),
    (f"epochs/.2026-11-01.key.{DRAFT}", "half of it"),
}
"""Random bytes of that length are what must be there; nobody can tell these from them."""


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("name", NAMES)
@scenario
async def test_nor_under_a_name_of_the_services_own(tmp_path, name) -> None:
    place, signer, root = await _founded(tmp_path)
    path = (place.folder if NAMES[name] == "data" else place.state) / name
    before = path.read_bytes() if path.exists() else None
    for form, written in _forms(signer, (tmp_path / "root.key").read_bytes()).items():
        if (name, form) in TELL_NOTHING:
            continue
        private_files.replace(path, written)
        assert _refusal(place, root).detail, form
    path.unlink() if before is None else private_files.replace(path, before)
    check_root_absent(place, root, software.generate().public_key)


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("form", ["PEM", "hex", "base64", "base64 of DER"])
@scenario
async def test_nor_in_a_comment_of_the_settings(tmp_path, form) -> None:
    place, signer, root = await _founded(tmp_path)
    written = _forms(signer, b"")[form]
    with (place.folder / "settings.toml").open("ab") as file:
        file.write(b"".join(b"# the root: " + line + b"\n" for line in written.splitlines()))
    assert _refusal(place, root).code == "root_key_exposed"


KINDS = {
    "a link": lambda path, home: path.symlink_to(home / "root.key"),
    "a link to nothing": lambda path, home: path.symlink_to(home / "nothing"),
    "a link to a folder": lambda path, home: path.symlink_to(home),
    "a folder": lambda path, home: path.mkdir(),  # noqa: ARG005 - one form for all
    "a pipe": lambda path, home: os.mkfifo(path),  # noqa: ARG005
}


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize("kind", KINDS)
@scenario
async def test_what_is_no_file_is_not_taken_for_one(tmp_path, kind) -> None:
    place, _, root = await _founded(tmp_path)
    for name in ("spare", "issuer.sqlite-journal", "epochs/2026-11-01.key", f".chain.pem.{DRAFT}"):
        path = place.folder / name
        KINDS[kind](path, tmp_path)
        assert _refusal(place, root).detail
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    check_root_absent(place, root, software.generate().public_key)


@pytest.mark.guarantee("G18")
@scenario
async def test_epoch_keys_that_are_linked_in_are_named_in_the_settings_instead(tmp_path) -> None:
    place, _, root = await _founded(tmp_path)
    place.place("epochs").rename(tmp_path / "volume")
    place.place("epochs").symlink_to(tmp_path / "volume")
    error = _refusal(place, root)
    assert "name in the settings where it lies" in error.__notes__[0]
    place.place("epochs").unlink()
    named = Config(place.folder, place.settings.model_copy(update={"epochs": str(tmp_path / "volume")}))
    check_root_absent(named, root, software.generate().public_key)
    (tmp_path / "volume" / "spare").write_bytes(b"x")
    assert "spare" in _refusal(named, root).detail


@pytest.mark.guarantee("G18")
@pytest.mark.parametrize(
    ("name", "mode", "hint"),
    [("keyring.sealed", 0o640, "chmod go="), ("chain.pem", 0o664, "chmod go-w"), (".", 0o770, "chmod go-w")],
)
@scenario
async def test_what_others_may_read_or_change_is_refused_with_the_command_that_mends_it(
    tmp_path, name, mode, hint
) -> None:
    place, _, root = await _founded(tmp_path)
    (place.folder / name).chmod(mode)
    error = _refusal(place, root)
    assert error.__notes__[0].startswith(hint)
    assert os.system(error.__notes__[0]) == 0  # noqa: S605, ASYNC221 - as it stands
    check_root_absent(place, root, software.generate().public_key)


@pytest.mark.guarantee("G18")
@scenario
async def test_what_belongs_to_somebody_else_is_refused(tmp_path, monkeypatch) -> None:
    place, _, root = await _founded(tmp_path)
    if os.geteuid() == 0:
        os.chown(place.folder / "chain.pem", 12_345, 12_345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    error = _refusal(place, root)
    assert "somebody else" in error.detail
    assert error.__notes__[0].startswith("chown ")


@pytest.mark.guarantee("G18")
@scenario
async def test_what_sqlite_the_system_and_a_killed_process_leave_is_no_reason_to_refuse(tmp_path) -> None:
    place, _, root = await _founded(tmp_path)
    (place.folder / "lost+found").mkdir(mode=0o700)
    (place.state / "lost+found").mkdir(mode=0o700)
    for name, data in {
        "issuer.sqlite-journal": b"",
        f".chain.pem.{DRAFT}": place.place("chain").read_bytes()[:99],
        f".keyring.sealed.{DRAFT}": place.place("keyring").read_bytes()[:300],
        f".signer_revocations.crl.{DRAFT}": place.place("signer_revocations").read_bytes()[:50],
        f"epochs/.2026-11-01.key.{DRAFT}": b"",
        "epochs/2026-11-01.doomed": bytes(32),
    }.items():
        private_files.create(place.folder / name, data)
    for name, data in {f".mark.json.{DRAFT}": b'{"generation":1,"ti', f".clock.json.{DRAFT}": b""}.items():
        private_files.create(place.state / name, data)
    check_root_absent(place, root, software.generate().public_key)
    (place.folder / "lost+found" / "#123").write_bytes(b"x")
    assert "lost+found" in _refusal(place, root).detail


@pytest.mark.guarantee("G18")
@given(name=st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60), data=st.binary(max_size=64))
def test_whatever_else_lies_there_is_refused_by_name(tmp_path_factory, name, data) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        (folder / name).write_bytes(data)
    except (OSError, UnicodeEncodeError):
        return
    with pytest.raises(VerificationError) as error:
        allowed.check_folder(folder, ())
    assert error.value.code == "folder_unexpected"
    assert error.value.detail.isascii()
    assert error.value.detail.isprintable()


@pytest.mark.slow
@pytest.mark.guarantee("G18")
def test_the_folders_of_the_api_of_the_w3c_and_of_the_register_hold_their_own_files_only(tmp_path) -> None:
    vcalm, register = tmp_path / "vcalm", tmp_path / "register"
    secret = {"--passphrase-fd": "of the keys"}
    made = run(
        [BIN / "didkit-issuer", "vcalm-init", "--data", vcalm, "--address", "http://127.0.0.1:1"], secrets=secret
    )
    assert made.status == 0, made.err
    assert run([BIN / "didkit-register", "ticket", "--data", register], stdin="any\n").status == 0
    serve = [BIN / "didkit-issuer", "vcalm-serve", "--data", vcalm, "--port", "0", "--insecure-local"]
    endpoint = [BIN / "didkit-register", "serve", "--data", register]
    for folder, command, secrets in (
        (vcalm, serve, secret),
        (tmp_path / "vcalm-state", serve, secret),
        (register, endpoint, {}),
    ):
        stray = folder / "notes.txt"
        stray.write_text("x")
        refused = run(command, secrets=secrets)
        assert refused.status == 1
        assert "notes.txt" in refused.err
        assert "hint: move " in refused.err
        stray.unlink()
        log = tmp_path / "log"
        start(command, log=log, secrets=secrets).stop()
