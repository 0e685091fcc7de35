import stat
import sys
from base64 import b64decode, b64encode
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer_service.register import portrait as drawn
from tests.refused import refusal
from tests.wallet_cli.world import CLAIMS, PASSPHRASE, TINY, VCT, Refusing, World, session
from wallet_cli import main
from wallet_cli.commands import show
from wallet_cli.commands.present import answer
from wallet_cli.files import export
from wallet_cli.portrait import WIDTH, draw, is_portrait, leaves_with, portrait_of
from wallet_cli.vault import create, open_vault

FACE = b64decode(drawn.draw(7))
URL = "data:image/jpeg;base64,"


def claims_with(jpeg):
    return CLAIMS | {"picture": URL + b64encode(jpeg).decode()}


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """A vault with one title and its portrait, and a session that is not asked for its passphrase."""

    def make(claims, **how):
        world = World()
        folder = tmp_path / "wallet"
        create(folder, world.contents(world.title(claims=claims)), lambda: PASSPHRASE, cost=TINY)
        monkeypatch.setattr("wallet_cli.session.Session.passphrase", lambda _: PASSPHRASE)
        return world, session(folder, **how)

    return make


# --- drawing


def test_a_face_is_drawn_in_half_blocks_of_its_own_colours():
    from PIL import Image

    plain = Image.new("RGB", (64, 64), (250, 10, 10))
    plain.paste((10, 10, 250), (0, 32, 64, 64))
    raw = BytesIO()
    plain.save(raw, "JPEG", quality=95)
    lines = draw(raw.getvalue())
    assert len(lines) == WIDTH // 2
    for line, red in [(lines[0], True), (lines[-1], False)]:
        first = line.split("m")[0].removeprefix("\x1b[38;2;").split(";")
        assert (int(first[0]) > 200) is red
        assert (int(first[2]) > 200) is not red
        assert line.count("\u2580") == WIDTH
        assert line.endswith("\x1b[0m")


@pytest.mark.parametrize("jpeg", [b"", b"\xff\xd8\xff\xd9", FACE[:200], b"GIF89a" + bytes(50), b"<svg/>"])
def test_what_cannot_be_drawn_is_not(jpeg):
    assert draw(jpeg) == []


@given(st.binary(max_size=300), st.integers(0, len(FACE)))
def test_a_damaged_face_is_drawn_or_not_and_nothing_else(noise, at):
    for line in draw(FACE[:at] + noise + FACE[at + len(noise) :]):
        assert set(line) <= set("\x1b[0123456789;m\u2580")


def test_an_image_that_unpacks_too_large_is_not_drawn():
    from PIL import Image

    raw = BytesIO()
    Image.new("L", (5000, 10)).save(raw, "JPEG")
    assert draw(raw.getvalue()) == []


def test_without_pillow_nothing_is_drawn(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert draw(FACE) == []


class Screen(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "stream", "colours"),
    [
        ({"COLORTERM": "truecolor"}, Screen(), True),
        ({"COLORTERM": "24bit", "TERM": "xterm"}, Screen(), True),
        ({"COLORTERM": "truecolor"}, StringIO(), False),
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, Screen(), False),
        ({"COLORTERM": "truecolor", "TERM": "dumb"}, Screen(), False),
        ({}, Screen(), False),
    ],
)
def test_which_terminals_can(environment, stream, colours):
    assert main._has_colours(environment, stream) is colours


# --- show


def test_show_draws_where_the_terminal_can(filled, capsys):
    _, shown = filled(claims_with(FACE))
    show.run(shown, "00000001")
    assert "\u2580" not in capsys.readouterr().out
    show.run(shown, "00000001", colours=True)
    out = capsys.readouterr().out
    assert "\u2580" in out
    assert f"(image, {len(FACE)} bytes)" in out


def test_with_json_nothing_is_drawn(filled, capsys):
    _, shown = filled(claims_with(FACE), as_json=True)
    show.run(shown, "00000001", colours=True)
    assert "\x1b" not in capsys.readouterr().out


def test_the_portrait_in_a_file_is_the_portrait_and_nobody_else_s(filled, tmp_path, capsys):
    _, shown = filled(claims_with(FACE))
    place = tmp_path / "me.jpg"
    show.run(shown, "00000001", portrait=place)
    assert place.read_bytes() == FACE
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    out = capsys.readouterr().out
    assert str(place) in out
    assert CLAIMS["family_name"] not in out
    assert refusal(show.run, shown, "00000001", portrait=place) == "file_exists"
    assert refusal(show.run, shown, "00000001", portrait=tmp_path / "none" / "me.jpg") == "file_unavailable"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me.jpg", "wallet"]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({**CLAIMS, "picture": ""}, "portrait_absent"),
        ({name: value for name, value in CLAIMS.items() if name != "picture"}, "portrait_absent"),
        (CLAIMS | {"picture": "data:image/png;base64,AAAA"}, "value_invalid"),
        (CLAIMS | {"picture": URL + "!!"}, "value_invalid"),
        (CLAIMS | {"picture": URL + "\u00e9"}, "value_invalid"),
        (CLAIMS | {"picture": URL + b64encode(b"<html>").decode()}, "value_invalid"),
    ],
)
def test_there_is_no_portrait_to_write(filled, tmp_path, claims, code):
    _, shown = filled(claims)
    assert refusal(show.run, shown, "00000001", portrait=tmp_path / "me.jpg") == code
    assert not (tmp_path / "me.jpg").exists()


def test_a_file_of_another_is_never_replaced(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"mine")
    link.symlink_to(target)
    assert refusal(export, link, b"x") == "file_exists"
    assert refusal(export, tmp_path / "a\0b", b"x") == "file_unavailable"
    assert target.read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 2


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=40) | st.lists(st.text(max_size=40), max_size=2)))
def test_any_claims_hold_a_portrait_or_none(claims):
    if leaves_with(claims, VCT):
        return
    assert refusal(portrait_of, claims, VCT) == "portrait_absent"


MDL = "org.iso.18013.5.1"


@pytest.mark.parametrize(
    ("type_", "path", "portrait"),
    [
        (VCT, ("picture",), True),
        (VCT, ("family_name",), False),
        (VCT, ("nationalities", 0), False),
        ("eu.europa.ec.eudi.pid.1", ("eu.europa.ec.eudi.pid.1", "portrait"), True),
        (f"{MDL}.mDL", (MDL, "portrait"), True),
        (f"{MDL}.mDL", (MDL, "signature_usual_mark"), True),
        (f"{MDL}.mDL", (MDL, "portrait_capture_date"), False),
        # what no table knows, by its name
        (VCT, ("selfie",), True),
        (VCT, ("note",), False),
        ("urn:unknown", ("credentialSubject", "Holder_Photo", 0), True),
        ("urn:unknown", ("biometric_template_face",), True),
        ("urn:unknown", ("family_name",), False),
    ],
)
def test_what_is_a_portrait_follows_from_the_table_else_from_the_name(type_, path, portrait):
    assert is_portrait(path, type_) is portrait


# --- present


class Answering(Refusing):
    """A citizen who answers each question as `answers` says, and is asked nothing else."""

    answers: dict[str, bool] = {}  # noqa: RUF012 - each test its own
    asked: list[str] = []  # noqa: RUF012 - each test its own

    def agrees(self, question, *, beforehand):
        self.asked.append(question)
        return beforehand or self.answers[question]


def presenting(world, shown, path, **how):
    link, client_id, fetcher = world.ask(path)
    with open_vault(shown.folder, lambda: PASSPHRASE, cost=TINY) as vault:
        answer(shown, vault, link, fetcher, verifier=client_id, reuse=False, **how)


@pytest.mark.guarantee("G26")
def test_a_portrait_leaves_on_its_own_consent_only(filled):
    Answering.answers, Answering.asked = {"ask_portrait": False}, []
    world, shown = filled(claims_with(FACE), kind=Answering)
    assert refusal(presenting, world, shown, ["picture"], yes=True) == "access_denied"
    assert world.posted == []
    assert Answering.asked == ["ask_contact_request", "ask_portrait"]
    presenting(world, shown, ["picture"], yes=True, portrait=True)
    assert len(world.posted) == 1


def test_without_a_portrait_it_is_not_asked_about(filled):
    Answering.answers, Answering.asked = {"ask_contact_request": True, "ask_send": True}, []
    world, shown = filled(claims_with(FACE), kind=Answering)
    presenting(world, shown, ["age_over_18"], yes=False, portrait=True)
    assert Answering.asked == ["ask_contact_request", "ask_send"]
    assert len(world.posted) == 1
