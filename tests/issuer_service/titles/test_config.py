"""Settings: what is refused before anything is opened, and the root key's absence."""

import os

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import base64url, json
from didkit_fr.errors import DidkitError, ParseError, VerificationError
from didkit_fr.keys import jwk, software, x509
from issuer_service.keys import root_key
from issuer_service.shell import private_files
from issuer_service.shell.settings import is_loopback, render
from issuer_service.titles import config
from issuer_service.titles.root_guard import check_root_absent
from tests.issuer_service.titles.settings_files import written
from tests.issuer_service.world import CHEAP, found_in, scenario, settings_for


def test_the_settings_of_a_real_issuer() -> None:
    settings = config.parse(written(port=443, host="0.0.0.0"))  # noqa: S104 - an issuer behind TLS listens to all
    assert (settings.batch_size, settings.offer_ttl, settings.token_ttl, settings.tx_code_attempts) == (30, 600, 300, 5)
    assert (settings.validity_days, settings.titles, settings.insecure_loopback) == (14, ("pid",), False)


def test_a_token_issues_from_once_to_a_hundred_times() -> None:
    assert config.parse(written()).token_issuances == 5
    assert [config.parse(written(token_issuances=bound)).token_issuances for bound in (1, 100)] == [1, 100]


def test_rendered_settings_parse_to_the_same() -> None:
    settings = config.parse(written(name='Autorité "nationale" \\ d\'essai\t'))
    assert config.parse(render(settings)) == settings


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "http://issuer.example"}, "plain_http_refused"),
        ({"issuer": "http://127.0.0.1:8443"}, "plain_http_refused"),
        ({"issuer": "http://issuer.example", "insecure_loopback": True}, "plain_http_refused"),
        ({"issuer": "http://127.0.0.1.example", "insecure_loopback": True}, "plain_http_refused"),
        ({"register_url": "http://register.example", "insecure_loopback": True}, "plain_http_refused"),
        ({"tls_key": None, "tls_certificate": None}, "plain_http_refused"),
        (
            {"tls_key": None, "tls_certificate": None, "insecure_loopback": True, "host": "0.0.0.0"},  # noqa: S104
            "plain_http_refused",
        ),
        ({"tls_key": None}, "settings_invalid"),
        ({"issuer": "https://issuer.example/"}, "settings_invalid"),
        ({"issuer": "https://issuer.example/{x}"}, "settings_invalid"),
        ({"issuer": "https://issuer.example?x=1"}, "settings_invalid"),
        ({"issuer": "https://issuer.example#x"}, "settings_invalid"),
        ({"issuer": "https://user@issuer.example"}, "settings_invalid"),
        ({"issuer": "https://issuer.example:99999"}, "settings_invalid"),
        ({"issuer": "https://[::1"}, "settings_invalid"),
        ({"issuer": "ftp://issuer.example"}, "settings_invalid"),
        ({"issuer": None}, "settings_invalid"),
        ({"token_ttl": 301}, "settings_invalid"),
        ({"tx_code_attempts": 0}, "settings_invalid"),
        ({"token_issuances": 0}, "settings_invalid"),
        ({"token_issuances": 101}, "settings_invalid"),
        ({"batch_size": 1}, "settings_invalid"),
        ({"port": "443"}, "settings_invalid"),
        ({"port": True}, "settings_invalid"),
        ({"titles": []}, "settings_invalid"),
        ({"titles": ["../pid"]}, "settings_invalid"),
        ({"status_ttl": 3600, "status_expires": 3600}, "settings_invalid"),
        ({"tx_code_atempts": 5}, "settings_invalid"),
        ({"root_key": "/mnt/root.key"}, "root_key_exposed"),
    ],
)
def test_what_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(DidkitError) as error:
        config.parse(written(**changes))
    assert error.value.code == code


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_settings_or_refused(raw: bytes) -> None:
    with pytest.raises(ParseError) as error:
        config.parse(raw)
    assert error.value.code == "settings_invalid"


@given(st.text(max_size=40))
def test_any_issuer_is_taken_or_refused(text: str) -> None:
    changed = written(issuer="https://" + text.encode("utf-8", "ignore").decode())
    try:
        issuer = config.parse(changed).issuer
    except ParseError:
        return
    assert issuer.isascii()
    assert not issuer.endswith("/")


def test_a_folder_without_settings(tmp_path) -> None:
    with pytest.raises(ParseError) as error:
        config.load(tmp_path)
    assert error.value.code == "settings_invalid"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False)],  # noqa: S104
)
def test_loopback(host: str, loopback: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert is_loopback(host) is loopback


class TestRoot:
    """The root's private key, in every form in which it may be left within reach."""

    @staticmethod
    async def founded(folder, **changes):
        place = await found_in(folder, **changes)
        signer = root_key.load(folder / "root.key", b"of the root")
        return place, signer, x509.public_key(x509.parse_pem((folder / "root.key.pem").read_bytes()))

    @scenario
    async def test_nothing_is_exposed_after_founding(self, tmp_path) -> None:
        place, _, root = await self.founded(tmp_path)
        check_root_absent(place, root, software.generate().public_key)

    @pytest.mark.guarantee("G18")
    @pytest.mark.parametrize(
        "form", ["sealed", "pem", "sec1", "encrypted pem", "jwk", "scalar", "base64url", "beside text", "in a folder"]
    )
    @scenario
    async def test_the_root_key_in_the_data_folder(self, tmp_path, form) -> None:
        place, signer, root = await self.founded(tmp_path)
        self.leave(place.folder, tmp_path, signer, form)
        with pytest.raises(VerificationError) as error:
            check_root_absent(place, root, software.generate().public_key)
        assert error.value.code == "root_key_exposed"

    @scenario
    async def test_a_bare_scalar_that_ends_like_text(self, tmp_path) -> None:
        place, _, _ = await self.founded(tmp_path)
        spaced = software.from_secret(b"\n" + b"\x07" * 30 + b" ")
        (place.folder / "backup").write_bytes(spaced.secret())
        with pytest.raises(VerificationError) as error:
            check_root_absent(place, spaced.public_key, software.generate().public_key)
        assert error.value.code == "root_key_exposed"

    @pytest.mark.parametrize("setting", ["tls_key", "register_secret_file", "database", "chain"])
    @scenario
    async def test_the_root_key_named_by_a_setting(self, tmp_path, setting) -> None:
        place, _, root = await self.founded(tmp_path)
        changed = place.settings.model_copy(update={setting: str(tmp_path / "root.key")})
        with pytest.raises(VerificationError) as error:
            check_root_absent(config.Config(place.folder, changed), root, software.generate().public_key)
        assert error.value.code == "root_key_exposed"

    @scenario
    async def test_a_link_to_the_root_key(self, tmp_path) -> None:
        place, _, root = await self.founded(tmp_path)
        (place.folder / "link").symlink_to(tmp_path / "root.key")
        with pytest.raises(VerificationError) as error:
            check_root_absent(place, root, software.generate().public_key)
        assert error.value.code == "root_key_exposed"

    @scenario
    async def test_a_document_signer_that_is_the_root(self, tmp_path) -> None:
        place, signer, root = await self.founded(tmp_path)
        with pytest.raises(VerificationError) as error:
            check_root_absent(place, root, signer.public_key)
        assert error.value.code == "root_key_exposed"

    @scenario
    async def test_other_keys_are_left_alone(self, tmp_path) -> None:
        place, _, root = await self.founded(tmp_path)
        other = software.generate().private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (place.folder / "tls.key").write_bytes(other)
        private_files.create(place.folder / "epochs" / "2026-11-22.key", os.urandom(32))
        changed = place.settings.model_copy(update={"tls_key": "tls.key"})
        check_root_absent(config.Config(place.folder, changed), root, software.generate().public_key)

    @staticmethod
    def leave(folder, home, signer, form) -> None:
        forms = {
            "sealed": (home / "root.key").read_bytes(),
            "pem": signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "sec1": signer.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
            "encrypted pem": signer.private.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"of the root")
            ),
            "jwk": json.encode({**jwk.build(signer.public_key), "d": base64url.encode(signer.secret())}),
            "scalar": signer.secret(),
            "base64url": base64url.encode(signer.secret()).encode() + b"\n",
        }
        forms["beside text"] = b"note to self\n" + forms["pem"] + b"keep safe\n"
        forms["in a folder"] = forms["sealed"]
        place = folder / "old" / "backup" if form == "in a folder" else folder / "backup"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(forms[form])


@pytest.mark.guarantee("G18")
@scenario
async def test_the_root_is_never_founded_inside_the_data_folder(tmp_path) -> None:
    from issuer_service.titles.founding import Passphrases, found

    with pytest.raises(VerificationError) as error:
        await found(
            settings_for(tmp_path),
            folder=tmp_path / "data",
            root=tmp_path / "data" / "root.key",
            passphrases=Passphrases(b"one", b"two"),
            now=0,
            cost=CHEAP,
        )
    assert error.value.code == "root_key_exposed"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("taken", ["data/file", "root.key", "root.key.pem"])
@scenario
async def test_founding_overwrites_nothing(tmp_path, taken) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine")
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(VerificationError) as error:
        await found_in(tmp_path)
    assert error.value.code == "file_exists"
    after = sorted(path for path in tmp_path.rglob("*") if path.name != "service-secret")
    assert after == before
    assert (tmp_path / taken).read_text() == "mine"


@scenario
async def test_founding_that_fails_leaves_nothing(tmp_path) -> None:
    with pytest.raises(ParseError) as error:
        await found_in(tmp_path, titles=("passport_of_nowhere",))
    assert error.value.code == "title_unknown"
    assert [path.name for path in tmp_path.iterdir()] == ["service-secret"]


@scenario
async def test_what_founding_makes_is_for_one_user_only(tmp_path) -> None:
    place = await found_in(tmp_path)
    assert place.folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in place.folder.rglob("*") if path.is_file()] + [tmp_path / "root.key"]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
