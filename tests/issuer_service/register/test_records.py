import subprocess
import sys
from base64 import b64decode
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.credentials import titles
from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.keys import software
from didkit_fr.proofs.jose import jws
from issuer_service.register import citizens, dates, generate, names, places, ticket
from tests.issuer_service.register_endpoint import ALICE, NOW, at, citizens_file

# --- dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "latest"),
    [
        ("1948-00-00", "1948-12-31"),
        ("1948-02-00", "1948-02-29"),
        ("1947-02-00", "1947-02-28"),
        ("1948-07-14", "1948-07-14"),
    ],
)
def test_the_latest_day_a_birth_can_be(birth, latest):
    assert dates.parse(birth).latest().isoformat() == latest
    assert str(dates.parse(birth)) == birth


@pytest.mark.parametrize(
    "birth",
    ["1948-00-14", "1948-13-00", "1948-02-30", "0000-00-00", "1948", "", None, 1948, "1948-07-14\n", "1948-7-14"],
)
def test_what_is_no_birth_date(birth):
    with pytest.raises(ParseError) as error:
        dates.parse(birth)
    assert error.value.code == "citizens_malformed"


@pytest.mark.parametrize(
    ("birth", "now", "adult"),
    [
        ("2008-05-17", "2026-05-17T09:59:59", False),
        ("2008-05-17", "2026-05-17T10:00:00", True),
        ("2008-02-29", "2026-02-28T23:59:59", False),
        ("2008-02-29", "2026-03-01T10:00:00", True),
        ("2008-00-00", "2026-12-31T09:59:59", False),
        ("2008-00-00", "2026-12-31T10:00:00", True),
        ("2008-05-00", "2026-05-30T23:59:59", False),
        ("2008-05-00", "2026-05-31T10:00:00", True),
    ],
)
def test_majority_is_counted_from_the_latest_day(birth, now, adult):
    assert dates.is_adult(dates.parse(birth), at(now)) is adult


@pytest.mark.guarantee("G22")
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(at("1950-01-01"), at("2100-01-01")))
def test_no_one_is_adult_before_eighteen_years(born, now):
    if dates.is_adult(dates.parse(born.isoformat()), now):
        assert (dates.today(now) - born).days >= 18 * 365 + 4
        for month, day in ((born.month, 0), (0, 0)):
            partial = dates.BirthDate(born.year, month, day)
            assert not dates.is_adult(partial, now) or partial.latest() <= dates.today(now) - timedelta(
                days=18 * 365 + 4
            )


@pytest.mark.parametrize(
    ("birth", "presumed", "settled"),
    [
        ("1948-07-14", None, ("1948-07-14", False)),
        ("1948-07-00", "1948-07-31", ("1948-07-31", True)),
        ("1948-00-00", "1948-12-31", ("1948-12-31", True)),
    ],
)
def test_a_presumed_date_completes_a_partial_one(birth, presumed, settled):
    assert dates.settle(dates.parse(birth), presumed, NOW) == settled


@pytest.mark.guarantee("G22")
@pytest.mark.parametrize(
    ("birth", "presumed", "code"),
    [
        ("1948-07-00", None, "birth_date_partial"),
        ("1948-00-00", None, "birth_date_partial"),
        ("1948-07-14", "1948-07-14", "birth_date_inconsistent"),
        ("1948-07-00", "1948-08-01", "birth_date_inconsistent"),
        ("1948-07-00", "1949-07-01", "birth_date_inconsistent"),
        ("1948-00-00", "1948-07-00", "birth_date_inconsistent"),
        ("1948-00-00", "1948-02-30", "birth_date_inconsistent"),
        ("1948-00-00", "tomorrow", "birth_date_inconsistent"),
        ("1948-00-00", "", "birth_date_inconsistent"),
        ("2026-00-00", "2026-12-31", "birth_date_inconsistent"),
    ],
)
def test_no_day_is_invented(birth, presumed, code):
    with pytest.raises(VerificationError) as error:
        dates.settle(dates.parse(birth), presumed, NOW)
    assert error.value.code == code


# --- citizens ----------------------------------------------------------------------------------------------------


def test_every_citizen_has_a_title_and_every_oddity_is_there():
    people = {number: one for number, one in generate.generate().items() if "pid" in one.titles}
    assert len(people) == generate.COUNT
    partial = overseas = corsican = abroad = minors = unseen = doubles = 0
    for citizen in people.values():
        presumed = citizen.birth.latest().isoformat() if citizen.birth.partial else None
        answer = citizens.answer(citizen, presumed, NOW)
        claims = titles.build_claims(titles.load("pid"), answer)
        assert claims["birth_date_presumed"] is citizen.birth.partial
        partial += citizen.birth.partial
        abroad += claims["place_of_birth"]["country"] != "FR"
        minors += not claims["age_over_18"]
        doubles += len(claims["nationalities"]) > 1
        unseen += claims["picture"] == ""
        if claims["picture"]:
            assert len(b64decode(answer["portrait"])) < 4096
    for code, commune in places.COMMUNES.items():
        born = sum(citizen.attributes.get("birth_locality") == commune.name for citizen in people.values())
        corsican += born if code.startswith("2") and code[1] in "AB" else 0
        overseas += born if code.startswith(("97", "98")) else 0
    assert min(partial, abroad, minors, unseen, doubles, corsican, overseas) >= 10
    assert {len(names.LONG_FAMILY), len(names.LONG_GIVEN)} == {150}
    assert any(citizen.attributes["family_name"] == names.LONG_FAMILY for citizen in people.values())


def test_citizens_are_the_same_in_every_process():
    script = (
        "from issuer_service.register import citizens, generate\n"
        "from hashlib import sha256\n"
        "people = [citizens.answer(c, c.birth.latest().isoformat() if c.birth.partial else None, 1795000000)"
        " for c in generate.generate().values()]\n"
        "for one in people: one['portrait'] = bool(one['portrait'])\n"
        "print(sha256(repr(people).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            cwd=Path.cwd(),
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_some_citizens_have_a_passport_and_foreigners_a_permit():
    everyone = generate.generate()
    by_title = {
        title: [one for one in everyone.values() if title in one.titles]
        for title in ("national_identity", "residence_attestation", "passport", "residence_permit")
    }
    assert {title: len(holders) for title, holders in by_title.items()} == {
        "national_identity": generate.COUNT,
        "residence_attestation": generate.COUNT + generate.FOREIGNERS,
        "passport": 100,
        "residence_permit": generate.FOREIGNERS,
    }
    for title, holders in by_title.items():
        for citizen in holders[:30]:
            presumed = citizen.birth.latest().isoformat() if citizen.birth.partial else None
            assert titles.build_claims(titles.load(title), citizens.answer(citizen, presumed, NOW, title=title))
    assert all("pid" not in one.titles for one in by_title["residence_permit"])
    assert any(one.attributes["nationality"] == ["QS"] for one in by_title["residence_permit"])
    bearers = {(one.attributes["family_name"], str(one.birth)) for one in by_title["passport"]}
    assert bearers <= {
        (one.attributes["family_name"], str(one.birth)) for one in everyone.values() if "pid" in one.titles
    }


def test_some_citizens_drive_and_every_age_is_computed():
    everyone = generate.generate()
    drivers = [one for one in everyone.values() if "driving_licence" in one.titles]
    assert len(drivers) == 105
    categories = {row["vehicle_category_code"] for one in drivers for row in one.attributes["driving_privileges"]}
    assert categories == {"AM", "B", "A", "C"}
    assert any("family_name_national_character" in one.attributes for one in drivers)
    for one in drivers:
        answer = citizens.answer(one, None, NOW, title="driving_licence")
        assert titles.build_claims(titles.load("driving_licence"), answer)
        assert answer["age_over_18"] is True
    minor = next(one for one in everyone.values() if "pid" in one.titles and one.birth.year == 2014)
    ages = citizens.answer(minor, None, NOW, title="proof_of_age")
    assert ages == {row.id: False for row in titles.load("proof_of_age").attributes}
    assert not any(name.startswith("age_") for one in everyone.values() for name in one.attributes)


def test_document_numbers_look_like_the_card_s():
    for number in (number for number, one in generate.generate().items() if "pid" in one.titles):
        assert len(number) == 9
        assert set(number) <= set("0123456789BCDFGHJKLMNPQRSTVWXYZ")


def test_insee_codes():
    assert places.birth_place("2A004") == {"birth_country": "FR", "birth_locality": "Ajaccio"}
    assert places.birth_place("97411") == {"birth_country": "FR", "birth_locality": "Saint-Denis"}
    assert places.birth_place("99352") == {"birth_country": "DZ"}
    for code in ("", "20004", "99100", "2a004", "99999"):
        with pytest.raises(ParseError) as error:
            places.birth_place(code)
        assert error.value.code == "citizens_malformed"


def test_a_citizens_file():
    (citizen,) = citizens.load(citizens_file(ALICE)).values()
    answer = citizens.answer(citizen, None, NOW)
    assert answer == {
        "document_number": "ALICE0001",
        "family_name": "CanaryFamily",
        "given_name": "CanaryGiven",
        "birth_date": "1990-05-17",
        "birth_date_presumed": False,
        "age_over_18": True,
        "birth_country": "FR",
        "birth_locality": "Ajaccio",
        "nationality": ["FR"],
        "sex": 2,
        "portrait": "",
        "issuing_authority": "Registre de démonstration",
        "issuing_country": "FR",
    }
    assert "Canary" not in repr(citizen)
    assert "ALICE" not in repr(citizen)


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"{}",
        b'{"citizens": []}',
        b'{"citizens": [1]}',
        b'{"citizens": {}}',
        citizens_file(ALICE, ALICE),
        citizens_file({**ALICE, "age_over_18": True}),
        citizens_file({**ALICE, "birth_date_presumed": True}),
        citizens_file({**ALICE, "titles": []}),
        citizens_file({**ALICE, "titles": "pid"}),
        citizens_file({**ALICE, "titles": [["pid"]]}),
        citizens_file({**ALICE, "titles": ["driving_licence"]}),
        citizens_file({**ALICE, "titles": ["passport"]}),
        citizens_file({**ALICE, "passport_type": "P"}),
        citizens_file({**ALICE, "nickname": "CanaryGiven"}),
        citizens_file({**ALICE, "document_number": "a b"}),
        citizens_file({**ALICE, "document_number": 7}),
        citizens_file({**ALICE, "birth_date": "1990-13-01"}),
        citizens_file({**ALICE, "birth_place_code": 2}),
        citizens_file({**ALICE, "family_name": "CanaryFamily\n"}),
        citizens_file({**ALICE, "portrait": "CanaryGiven"}),
        citizens_file({key: ALICE[key] for key in ALICE if key != "nationality"}),
        citizens_file({key: ALICE[key] for key in ALICE if key != "birth_date"}),
    ],
)
def test_a_wrong_citizens_file_is_refused_without_its_values(raw):
    with pytest.raises(ParseError) as error:
        citizens.load(raw)
    assert error.value.code in ("citizens_malformed", "json_not_object")
    assert "Canary" not in str(error.value)


# --- ticket ------------------------------------------------------------------------------------------------------

OFFICER = software.generate()


def signed(**changes):
    claims = {"document_number": "A", "title": "pid", "iat": NOW, "exp": NOW + 600, "jti": "j", **changes}
    return jws.sign({name: claims[name] for name in claims if claims[name] is not ...}, OFFICER, typ=ticket.TYP)


def test_a_ticket():
    raw = ticket.write(OFFICER, document_number="A", title="pid", now=NOW, presumed="1948-01-02")
    verified = ticket.verify(raw, OFFICER.public_key, now=NOW + 599)
    assert (verified.document_number, verified.title, verified.presumed) == ("A", "pid", "1948-01-02")
    assert verified.expires == NOW + 600
    assert "'A'" not in repr(verified)
    other = ticket.write(OFFICER, document_number="A", title="pid", now=NOW)
    assert ticket.verify(other, OFFICER.public_key, now=NOW).digest != verified.digest


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "ticket_malformed"),
        ("a.b", "ticket_malformed"),
        ("é.e.e", "ticket_malformed"),
        ("A" * 5000, "ticket_malformed"),
        (signed(document_number=...), "ticket_malformed"),
        (signed(document_number=7), "ticket_malformed"),
        (signed(document_number="x" * 65), "ticket_malformed"),
        (signed(title=None), "ticket_malformed"),
        (signed(jti=...), "ticket_malformed"),
        (signed(iat=True), "ticket_malformed"),
        (signed(exp="1"), "ticket_malformed"),
        (signed(exp=1e20), "ticket_malformed"),
        (signed(exp=NOW), "ticket_malformed"),
        (signed(exp=NOW + 86_401), "ticket_malformed"),
        (signed(presumed_birth_date=1948), "ticket_malformed"),
        (signed(iat=NOW - 600, exp=NOW), "ticket_expired"),
        (signed(iat=NOW + 61, exp=NOW + 600), "ticket_expired"),
        (jws.sign({"title": "pid"}, OFFICER, typ="JWT"), "ticket_forged"),
        (jws.sign({"title": "pid"}, software.generate(), typ=ticket.TYP), "ticket_forged"),
        (signed().rsplit(".", 1)[0] + ".", "ticket_forged"),
    ],
)
def test_a_ticket_refused(raw, code):
    with pytest.raises(VerificationError) as error:
        ticket.verify(raw, OFFICER.public_key, now=NOW)
    assert error.value.code == code


@given(st.text(max_size=60))
def test_any_text_is_no_ticket(raw):
    with pytest.raises(VerificationError):
        ticket.verify(raw, OFFICER.public_key, now=NOW)
