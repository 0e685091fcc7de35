from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.credentials import values
from didkit_fr.credentials.values import ValueType
from didkit_fr.errors import ParseError

TEXT = ValueType("text", max=150)
DATE = ValueType("full-date")
COUNTRY = ValueType("country", codes=frozenset({"QU"}))
COUNTRIES = ValueType("country", many=True)
BOOLEAN = ValueType("boolean")
SEX = ValueType("uint", max=9, allowed=frozenset({0, 1, 2, 9}))
JPEG = ValueType("jpeg", max=600, may_be_empty=True)
LATIN = ValueType("latin1", max=10)
CHOICE = ValueType("choice", codes=frozenset({"P", "PD"}))
PRIVILEGES = ValueType("driving_privileges")
KINDS = [TEXT, DATE, COUNTRY, COUNTRIES, BOOLEAN, SEX, JPEG, LATIN, CHOICE, PRIVILEGES]

PICTURE = b"\xff\xd8\xff\xe0" + b"canary" * 40 + b"\xff\xd9"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=6,
)


def refusal(value, kind):
    with pytest.raises(ParseError) as error:
        values.check(value, kind, "the_name")
    assert error.value.code == "value_invalid"
    return str(error.value)


@pytest.mark.parametrize("value", ["O", "d'Aubrelicourt", "Œuvrard-Haÿ", "é" * 150, "Nguyễn Văn", "می‌خواهم"])
def test_text(value):
    assert values.check(value, TEXT, "n") == value


@pytest.mark.parametrize(
    "value",
    ["", " ", "\u2003", "x" * 151, "a\nb", "a\0b", "\x1b[2J", "a\u202eb", "\u2066a", "a\u2028b", "\ud800", "\ue000",
     "\ufeffa", "a\u200bb", "\U000e0041", None, 1, True, ["a"], {"a": 1}],
)  # fmt: skip
def test_text_refused(value):
    refusal(value, TEXT)


@pytest.mark.parametrize("value", ["1948-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
def test_full_date(value):
    assert values.check(value, DATE, "n") == value


@pytest.mark.parametrize(
    "value",
    ["1948-00-00", "1948-07-00", "1900-02-29", "2023-02-30", "2023-13-01", "0000-01-01", "2023-1-1", "20230101",
     "2023-W01-1",
     "2023-01-01T00:00:00Z", " 2023-01-01", "2023-01-01\n", "\uff12\uff10\uff12\uff13-01-01", "", None, 20230101],
)  # fmt: skip
def test_full_date_refused(value):
    refusal(value, DATE)


@given(st.dates())
def test_every_day_of_the_calendar_is_a_full_date(day):
    assert values.check(day.isoformat(), DATE, "n") == day.isoformat()


def test_countries():
    assert len(values.COUNTRIES) == 249
    assert values.check("FR", COUNTRY, "n") == "FR"
    assert values.check("QU", COUNTRY, "n") == "QU"
    for value in ("fr", "FRA", "QS", "XX", "UK", "", None, 33, ["FR"]):
        refusal(value, COUNTRY)


def test_many():
    assert values.check(["FR", "DZ"], COUNTRIES, "n") == ["FR", "DZ"]
    for value in ([], "FR", ["FR", "FR"], ["FR", None], [["FR"]], sorted(values.COUNTRIES)[:33], {"FR": 1}):
        refusal(value, COUNTRIES)


def test_boolean_and_integer_are_not_each_other():
    for value in (True, False):
        assert values.check(value, BOOLEAN, "n") is value
    assert values.check(0, SEX, "n") == 0
    for value in (0, 1, "true", None):
        refusal(value, BOOLEAN)
    for value in (True, False, 3, 10, -1, 1.0, "1", None, 10**30):
        refusal(value, SEX)


def test_latin1():
    for value in ("Lef\u00e8vre", "\u00ff", "d'Arc"):
        assert values.check(value, LATIN, "n") == value
    for value in ("\u0152uvre", "\u0100", "x" * 11, "", "a\u00ad", 7):
        refusal(value, LATIN)


def test_choice():
    assert values.check("PD", CHOICE, "n") == "PD"
    for value in ("p", "", "PS", None, ["P"], {"P": 1}, 7):
        refusal(value, CHOICE)


@pytest.mark.parametrize(
    "value",
    [
        [{"vehicle_category_code": "B"}],
        [{"vehicle_category_code": "B", "issue_date": "2001-02-03", "expiry_date": "2031-02-03"}],
        [{"vehicle_category_code": "A"}, {"vehicle_category_code": "B", "codes": [{"code": "01.02"}]}],
        [{"vehicle_category_code": "BE", "codes": [{"code": "S06", "sign": "<=", "value": "70"}]}],
    ],
)
def test_driving_privileges(value):
    assert values.check(value, PRIVILEGES, "n") == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        "B",
        [None],
        [{}],
        [{"vehicle_category_code": "Z"}],
        [{"vehicle_category_code": ["B"]}],
        [{"vehicle_category_code": "B"}, {"vehicle_category_code": "B"}],
        [{"vehicle_category_code": "B", "surprise": 1}],
        [{"vehicle_category_code": "B", "issue_date": "2001-02-30"}],
        [{"vehicle_category_code": "B", "expiry_date": 7}],
        [{"vehicle_category_code": "B", "codes": []}],
        [{"vehicle_category_code": "B", "codes": {}}],
        [{"vehicle_category_code": "B", "codes": [{}]}],
        [{"vehicle_category_code": "B", "codes": [{"code": 1}]}],
        [{"vehicle_category_code": "B", "codes": [{"code": "01", "sign": "!"}]}],
        [{"vehicle_category_code": "B", "codes": [{"code": "01", "value": "a b"}]}],
        [{"vehicle_category_code": "B", "codes": [{"code": "01", "more": "x"}]}],
        [{"vehicle_category_code": "B", "codes": [{"code": "01"}] * 33}],
        [{"vehicle_category_code": "B"}] * 33,
    ],
)
def test_driving_privileges_refused(value):
    refusal(value, PRIVILEGES)


def test_jpeg():
    encoded = b64encode(PICTURE).decode()
    assert values.check(encoded, JPEG, "n") == "data:image/jpeg;base64," + encoded
    assert values.check("", JPEG, "n") == ""


@pytest.mark.parametrize(
    "value",
    [
        b64encode(b"\xff\xd8\xff" + b"x" * 600 + b"\xff\xd9").decode(),
        b64encode(b"<svg onload=x>").decode(),
        b64encode(PICTURE[:-2]).decode(),
        b64encode(PICTURE).decode() + "\n",
        b64encode(PICTURE).decode().rstrip("=")[:-1],
        b64encode(PICTURE).decode().replace("/", "_"),
        "data:image/jpeg;base64," + b64encode(PICTURE).decode(),
        "é",
        "\ud800",
        None,
        7,
    ],
)
def test_jpeg_refused(value):
    refusal(value, JPEG)


def test_an_empty_picture_only_where_the_title_allows_it():
    refusal("", ValueType("jpeg", max=600))


def outcome(value, kind):
    try:
        return values.check(value, kind, "the_name")
    except ParseError as error:
        return error


@given(json_values, st.sampled_from(KINDS))
def test_any_value_is_checked_or_refused(value, kind):
    result = outcome(value, kind)
    if isinstance(result, ParseError):
        assert (result.code, result.detail[:10]) == ("value_invalid", "the_name: ")


@pytest.mark.guarantee("G15")
@given(st.text(min_size=24), st.sampled_from(KINDS))
def test_a_refusal_never_holds_the_value(value, kind):
    result = outcome(value + "\n" + value, kind)
    assert isinstance(result, ParseError)
    assert value not in str(result)


def test_a_refusal_keeps_no_cause():
    with pytest.raises(ParseError) as error:
        values.check("9999-99-99", DATE, "n")
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
