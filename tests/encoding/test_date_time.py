from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.encoding import date_time
from didkit_fr.errors import ParseError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.999Z", 0),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T10:00:00-14:00", 0),
        ("1970-01-01T14:00:00+14:00", 0),
        ("1969-12-31T24:00:00Z", 0),
        ("1969-12-31T24:00:00.0+00:00", 0),
        ("1969-12-31T23:59:59.5Z", -1),
        ("2000-02-29T00:00:00-00:00", 951_782_400),
        ("9999-12-31T24:00:00-14:00", 253_402_300_800 + 14 * 3_600),
    ],
)
def test_moments(text, seconds):
    assert date_time.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00Z",
        "1970-01-01 00:00:00Z",
        "1970-01-01t00:00:00z",
        "1970-01-01T00:00:00Z\n",
        " 1970-01-01T00:00:00Z",
        "1970-1-1T00:00:00Z",
        "1970-02-30T00:00:00Z",
        "2001-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "1970-01-01T24:00:01Z",
        "1970-01-01T25:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00+14:01",
        "1970-01-01T00:00:00+15:00",
        "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00+01",
        "١٩٧٠-01-01T00:00:00Z",
        "1970-01-01T00:00:00." + "0" * 100 + "Z",
    ],
)
def test_what_is_no_moment(text):
    with pytest.raises(ParseError) as error:
        date_time.parse(text)
    assert error.value.code == "date_time_invalid"


@given(st.integers(-62_135_510_400, 253_402_214_400), st.integers(-840, 840))
def test_as_the_standard_library_counts(seconds, minutes):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    sign = "-" if minutes < 0 else "+"
    text = f"{moment:%Y-%m-%dT%H:%M:%S}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    text = text.zfill(25)  # the platform may write a year below 1000 without its zeros
    assert date_time.parse(text) == int(datetime.fromisoformat(text).timestamp())


@given(st.integers(0, 253_402_300_799))
def test_what_is_written_is_read(seconds):
    assert date_time.parse(date_time.build(seconds)) == seconds


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    with suppress(ParseError):
        assert isinstance(date_time.parse(text), int)
