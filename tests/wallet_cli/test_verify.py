"""`didkit-wallet verify`: each check is said, nothing of what is not authentic is shown, the status is the verdict."""

import contextlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from tests.nation import NOW, PERSON, VCT, found, nation
from tests.wallet_cli.world import PASSPHRASE, TINY, session
from wallet_cli.commands import verify
from wallet_cli.commands.verify import CANNOT_TELL, MAX_BYTES, NO, YES, Answering
from wallet_cli.contents import Contents
from wallet_cli.output import Output
from wallet_cli.vault import create

AUDIENCE, NONCE = "x509_hash:abc", "n" * 32


def contents():
    return Contents(json.loads(nation().anchors.encode()), insecure_loopback=False)


def checked(raw, fetcher=None, *, now=NOW, language="en", **asked):
    """Exit status and answer."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        as_json = Output(language, as_json=True)
        how = {"answering": None, "wanted": None, **asked}
        status = verify.check(as_json, contents(), raw, fetcher or nation().web(), now=now, **how)
    return status, json.loads(out.getvalue())


def presentation(*paths, now=NOW, **changes):
    check = Occasion(NONCE, AUDIENCE)
    return dc_sd_jwt.present(nation().credential(**changes), paths, nation().holder, check, now=now)


def test_a_credential_is_believed_and_every_check_is_said():
    status, answer = checked(nation().credential())
    assert (status, answer["verdict"]) == (YES, "yes")
    assert answer["checks"] == {
        "proof": "passed", "trust": "passed", "holder": "holder_unproven", "time": "passed", "status": "passed",
        "type": "passed",
    }  # fmt: skip
    assert answer["claims"] == PERSON
    assert "France document signer" in answer["issuer"]


def test_a_presentation_says_what_was_disclosed_and_no_more():
    status, answer = checked(presentation(("age_over_18",)))
    assert (status, answer["checks"]["holder"]) == (YES, "holder_unchecked")
    assert answer["claims"] == {"age_over_18": True}


@pytest.mark.parametrize(
    ("answering", "status", "holder"),
    [
        (Answering(NONCE, AUDIENCE), YES, "holder_proven"),
        (Answering("another", AUDIENCE), NO, "key_binding_nonce"),
        (Answering(NONCE, "x509_hash:another"), NO, "key_binding_audience"),
    ],
)
def test_possession_is_proven_to_who_asked_for_it_only(answering, status, holder):
    found_status, answer = checked(presentation(("age_over_18",)), answering=answering)
    assert (found_status, answer["checks"]["holder"]) == (status, holder)
    assert checked(nation().credential(), answering=answering)[1]["checks"]["holder"] == "key_binding_missing"


def test_a_file_of_another_type_than_its_reader_wants_is_a_no():
    assert checked(nation().credential(), wanted=VCT)[0] == YES
    for wanted in ("urn:eudi:pid:1", VCT.upper(), f"{VCT} ", ""):
        status, answer = checked(nation().credential(), wanted=wanted)
        assert (status, answer["checks"]["type"]) == (NO, "query_unsatisfied")


@pytest.mark.parametrize(
    ("raw", "web", "now", "check", "code"),
    [
        (nation().credential(), nation().web([7]), NOW, "status", "status_revoked"),
        (nation().credential(), nation().web(), NOW + 20 * 86_400, "time", "credential_expired"),
        (nation().credential(nbf=NOW + 9_999), nation().web(), NOW, "time", "credential_not_yet_valid"),
        (nation().credential(cnf=None), nation().web(), NOW, "holder", "holder_missing"),
    ],
    ids=["revoked", "expired", "not yet", "of nobody"],
)
def test_one_check_that_is_not_passed_is_a_no_and_the_others_are_said(raw, web, now, check, code):
    status, answer = checked(raw, web, now=now)
    assert (status, answer["verdict"], answer["checks"][check]) == (NO, "no", code)
    assert answer["checks"]["proof"] == "passed"


def test_without_network_its_status_cannot_be_told():
    status, answer = checked(nation().credential(), offline)
    assert (status, answer["verdict"], answer["checks"]["status"]) == (CANNOT_TELL, "cannot_tell", "offline")
    status, answer = checked(nation().credential(status=None), offline)
    assert (status, answer["checks"]["status"]) == (YES, "status_absent")
    assert checked(nation().credential(), offline, now=NOW + 20 * 86_400)[0] == NO


@pytest.mark.guarantee("G10")
def test_an_unknown_party_is_refused_without_a_request_and_nothing_of_it_is_shown(capsys):
    web = nation().web()
    with pytest.raises(DidkitError) as error:
        checked(found(name="Elsewhere").credential(), web)
    assert error.value.code == "issuer_unknown"
    assert web.asked == []
    said = capsys.readouterr()
    assert PERSON["family_name"] not in said.out + said.err


def test_one_changed_character_is_refused():
    raw = nation().credential()
    for place in (200, len(raw.split("~")[0]) - 9, len(raw) - 9):
        changed = raw[:place] + ("A" if raw[place] != "A" else "B") + raw[place + 1 :]
        with pytest.raises(DidkitError):
            checked(changed)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="eyJ.~_-", max_size=60))
def test_any_text_is_refused_with_a_code(raw):
    with pytest.raises(DidkitError):
        checked(raw)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_person_reads_each_check(language, capsys):
    verify.check(
        Output(language), contents(), nation().credential(), nation().web([7]), now=NOW, answering=None, wanted=None
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == {"en": "not to be believed", "fr": "à ne pas croire"}[language]
    assert any("status_revoked" in line for line in lines)
    assert len([line for line in lines[1:7] if line.startswith("  ")]) == 6


def run(folder, raw, tmp_path, **how):
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    (tmp_path / "file").write_bytes(raw)
    with (tmp_path / "passphrase").open("rb") as secret:
        citizen = session(folder)
        citizen = type(citizen)(citizen.output, folder, secret.fileno(), clock=lambda: NOW, cost=TINY)
        return verify.run(citizen, tmp_path / "file", no_network=True, answering=None, wanted=None, **how)


def test_a_file_is_read_with_a_bound_and_must_hold_a_credential(tmp_path, capsys):
    create(tmp_path / "wallet", contents(), lambda: PASSPHRASE, cost=TINY)
    raw = nation().credential(status=None).encode()
    assert run(tmp_path / "wallet", b"\n" + raw + b"\r\n", tmp_path) == YES
    assert "to be believed" in capsys.readouterr().out
    for hostile, code in [
        (b"", "credential_file_malformed"), (b"\xff\xfe", "credential_file_malformed"),
        (raw + b"\n" + raw, "credential_file_malformed"), (b"a" * (MAX_BYTES + 1), "input_too_large"),
    ]:  # fmt: skip
        with pytest.raises(DidkitError) as error:
            run(tmp_path / "wallet", hostile, tmp_path)
        assert error.value.code == code
