import io
import struct
import sys
import zlib

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from didkit_fr.errors import DidkitError
from wallet_cli import pictures
from wallet_cli.inputs import find_link
from wallet_cli.messages import Misuse
from wallet_cli.output import Output
from wallet_cli.pictures import MAX_BYTES, read_qr

LINK = "openid4vp://?client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Frp.example%2Frequest"


def code(text=LINK, *, scale=4, mode="L"):
    drawn = io.BytesIO()
    segno.make(text, error="l").save(drawn, kind="png", scale=scale, border=4)
    return Image.open(drawn).convert(mode)


def refused(path):
    with pytest.raises(DidkitError) as error:
        read_qr(path)
    return error.value.code


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("JPEG", "RGB"), ("PNG", "1"), ("PNG", "P"), ("JPEG", "L")])
def test_the_link_in_an_image_is_read(tmp_path, kind, mode):
    code(mode=mode).save(tmp_path / "code", kind)
    assert read_qr(tmp_path / "code") == LINK


def test_a_long_offer_turned_and_on_a_transparent_ground_is_read(tmp_path):
    segno.make("x" * 2000, error="l").save(str(tmp_path / "code.png"), scale=3, light=None)
    assert read_qr(tmp_path / "code.png") == "x" * 2000
    code().rotate(90).save(tmp_path / "turned.png")
    assert read_qr(tmp_path / "turned.png") == LINK


def test_none_and_two_are_refused(tmp_path):
    Image.new("L", (200, 200), "white").save(tmp_path / "none.png")
    assert refused(tmp_path / "none.png") == "qr_code_missing"
    one, other = code(), code("openid4vp://?another")
    both = Image.new("L", (one.width + other.width, max(one.height, other.height)), "white")
    both.paste(one, (0, 0))
    both.paste(other, (one.width, 0))
    both.save(tmp_path / "two.png")
    assert refused(tmp_path / "two.png") == "qr_code_several"


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(side):
    """A small PNG that says it is `side` pixels wide and high."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def gif():
    drawn = io.BytesIO()
    code().save(drawn, "GIF")
    return drawn.getvalue()


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x89PNG", b"<svg/>", b"%PDF-1.4", gif(), bomb(8_000), bomb(12_000), bomb(30_000), bomb(0), bomb(2_000)],
    ids=["empty", "short", "svg", "pdf", "gif", "large", "larger", "bomb", "nothing", "truncated"],
)  # fmt: skip
def test_what_is_no_usable_image_is_refused(tmp_path, raw):
    (tmp_path / "code").write_bytes(raw)
    assert refused(tmp_path / "code") == "image_unreadable"


def test_a_file_is_bounded_and_may_be_absent(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused(tmp_path / "large") == "input_too_large"
    assert refused(tmp_path / "absent") == refused(tmp_path) == "file_unreadable"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_image_gives_a_text_or_one_of_the_codes(tmp_path, data):
    drawn = io.BytesIO()
    code(scale=2).save(drawn, data.draw(st.sampled_from(["PNG", "JPEG"])))
    raw = bytearray(drawn.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "code").write_bytes(raw)
    try:
        assert isinstance(read_qr(tmp_path / "code"), str)
    except DidkitError as error:
        assert error.code in {"image_unreadable", "qr_code_missing"}  # noqa: PT017 - a change may not matter


def test_without_what_reads_images_it_is_said_so(tmp_path, monkeypatch):
    code().save(tmp_path / "code.png")
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(Misuse) as error:
        pictures.read_qr(tmp_path / "code.png")
    assert error.value.key == "qr_unavailable"


def test_a_link_and_a_code_are_one_too_many(tmp_path):
    code().save(tmp_path / "code.png")
    assert find_link(Output("en"), "ask_request", qr=tmp_path / "code.png") == LINK
    assert find_link(Output("en"), "ask_request", given="openid4vp://x") == "openid4vp://x"
    with pytest.raises(Misuse) as error:
        find_link(Output("en"), "ask_request", given=LINK, qr=tmp_path / "code.png")
    assert error.value.key == "link_twice"
