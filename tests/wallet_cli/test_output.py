import ast
import json
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr import error_table
from didkit_fr.errors import FetchError, ParseError, ProtocolError, VerificationError
from wallet_cli import codes, messages
from wallet_cli.history import KINDS
from wallet_cli.messages import HINTS, MISUSES, OWN_DETAILS, TEXTS, Declined, Misuse, language_of
from wallet_cli.output import Output, columns
from wallet_cli.reading import describe, labels, value_text

SOURCES = Path(messages.__file__).parent
CODES = error_table.join(error_table.CODES, codes.CODES)
SENTENCES = [*HINTS.values(), *TEXTS.values(), *(text for pair in MISUSES.values() for text in pair)]


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[2J\x1b[1;1H",
        "a\rb",
        "a\nhint: pay",
        "\u202egnirts",
        "\u2066x",
        "\x9b31m",
        "\x00",
        "\x7f",
        "\ud800",
        "\u200b",
    ],
)
def test_what_others_wrote_cannot_drive_the_terminal(hostile, capsys):
    output = Output("en")
    output.say(f"name: {hostile}")
    output.result({}, [hostile])
    output.ask(hostile)
    output.refuse("usage", hostile, hostile, hostile)
    captured = capsys.readouterr()
    for line in (captured.out + captured.err).split("\n"):
        assert all(c.isprintable() or c in "\u00a0\u202f" for c in line)
    assert captured.out.count("\n") == 1


@given(st.text())
def test_a_json_answer_is_one_line_of_json(text):
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        Output("en", as_json=True).result({"value": text}, ["never printed"])
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue()) == {"value": text}


def test_accents_and_french_spaces_pass(capsys):
    Output("fr").say("Élodie Lefèvre\u00a0: 10\u202f000\u00a0€")
    assert capsys.readouterr().err == "Élodie Lefèvre\u00a0: 10\u202f000\u00a0€\n"


def test_an_error_has_its_code_its_meaning_and_a_hint(capsys):
    Output("en").fail(FetchError("vault_locked"))
    Output("fr").fail(VerificationError("issuer_unknown", "https://x"))
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "error: vault_locked: another command is using the vault"
    assert err[1].startswith("hint: ")
    assert err[2].startswith("error: issuer_unknown: ")
    assert err[3].startswith("hint: ")
    assert err[4:] == ["lequel, avec les mots d'autrui:", '  | "https://x"']


def test_details_of_the_wallets_own_stand_in_the_line_of_the_error(capsys):
    Output("en").fail(VerificationError("passphrase_too_short", "8 bytes at least"))
    Output("fr").fail(ParseError("credential_file_malformed", "base64url_invalid"))
    err = capsys.readouterr().err
    assert err.splitlines()[0].startswith("error: passphrase_too_short: ")
    assert err.splitlines()[0].endswith(" (8 bytes at least)")
    assert err.splitlines()[2].endswith(" (base64url_invalid)")
    assert "|" not in err


OWN_EXPRESSIONS = {
    "os.strerror(error.errno or 0).lower()": "of the operating system",
    "reason": "`files.export`: of the operating system, or a constant",
    "code": "`verify`: a code of the central table",
    "str(len(found))": "a number",
    "', '.join((title.id for title in meant))": "identifiers that the wallet drew",
    "f'{MIN_BYTES} bytes at least'": "a constant",
    "f'{MAX_PENDING} titles are waiting: go on with these first'": "a constant",
    "f'over {MAX_PIXELS} pixels'": "a constant",
    "f'over {limit} bytes'": "a number",
}


def test_no_detail_that_is_called_the_wallets_own_can_hold_words_of_others():
    root = Path(__file__).resolve().parents[2]
    seen = set()
    for path in [*(root / "didkit_fr").rglob("*.py"), *(root / "wallet_cli").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and len(call.args) > 1 and isinstance(call.args[0], ast.Constant):
                code, detail = call.args[0].value, call.args[1]
                if code in OWN_DETAILS and ast.unparse(call.func).endswith("Error"):
                    seen.add(code)
                    assert isinstance(detail, ast.Constant) or ast.unparse(detail) in OWN_EXPRESSIONS, path
    assert seen == OWN_DETAILS


def test_a_refusal_of_the_citizens_own_says_what_is_left_and_one_of_others_does_not(capsys):
    Output("en").fail(Declined("nothing_done"))
    Output("fr").fail(Declined("offer_used"))
    Output("en").fail(ProtocolError("access_denied"))
    err = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in err] == ["error", "hint"] * 3
    assert err[1] == "hint: nothing was sent, kept or destroyed"
    assert err[3].endswith("demandez-en une autre")
    assert err[5] == "hint: the other party refused: ask it why"


def test_an_error_as_json_is_the_answer(capsys):
    Output("en", as_json=True).fail(Misuse("offer_argument"))
    Output("en", as_json=True).fail(VerificationError("issuer_unknown", "here"))
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["error"] == "usage"
    assert "standard input" in first["hint"]
    assert (second["error"], second["detail"]) == ("issuer_unknown", "here")


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.en[:20])
def test_every_sentence_is_in_both_languages_and_lower_case(sentence):
    assert sentence.en
    assert sentence.fr
    assert not any(text[0].isupper() or text.endswith(".") for text in sentence)


def test_every_hint_is_for_a_code_that_exists():
    assert set(HINTS) <= set(CODES)


def test_every_code_can_be_said_in_both_languages():
    assert all(messages.meaning(code, language) for code in CODES for language in ("en", "fr"))


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr.UTF-8"}, "fr"),
        ({"LANG": "frp_FR"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LANG": "fr_FR", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR", "LC_ALL": "", "LC_MESSAGES": ""}, "fr"),
        ({"LANG": "en_GB", "LC_MESSAGES": "fr_BE"}, "fr"),
    ],
)
def test_the_language_is_the_environments(environment, language):
    assert language_of(environment) == language


def test_columns_are_aligned():
    assert columns([["id", "title"], ["00000001", "Carte"]]) == ["id        title", "00000001  Carte"]


VCT = "urn:eudi:pid:fr:1"


@pytest.mark.parametrize(
    ("value", "image", "text"),
    [
        (True, False, "yes"),
        (False, False, "no"),
        ("Zoé", False, '"Zoé"'),
        (7, False, "7"),
        (None, False, "null"),
        ([], False, "[]"),
        ("data:image/jpeg;base64,AAAA", False, '"data:image/jpeg;base64,AAAA"'),
        ("data:image/jpeg;base64,AAAA", True, "(image, 3 bytes)"),
        ("data:image/jpeg;base64,AAA=", True, "(image, 2 bytes)"),
        ("data:image/jpeg;base64,", True, "(image, 0 bytes)"),
        ("_9j_", True, "(image, 3 bytes)"),
        ("", True, '""'),
        ("x" * 200, False, '"' + "x" * 200 + '"'),
        ("x" * 201, False, '"' + "x" * 200 + '"\u2026 (201)'),
    ],
)
def test_a_value_is_read_by_a_person(value, image, text):
    assert value_text(value, "en", image=image) == text


def test_claims_are_named_in_the_citizens_language():
    claims = {"family_name": "Noël", "address": {"locality": "Bourg"}, "nationalities": ["FR", "BE"], "odd": 1}
    english, french = (
        {name.text: value for name, value in describe(claims, VCT, language)} for language in ("en", "fr")
    )
    assert english["Family name"] == french["Nom"] == '"Noël"'
    assert {'"FR"', '"BE"'} <= {value for _, value in describe(claims, VCT, "fr")}
    assert english["odd"] == "1"
    assert describe({"a": {"b": [1]}}, "urn:unknown", "en") == [(("a.b.0", False), "1")]


def test_what_stays_is_all_that_does_not_leave():
    claims = {"family_name": "Noël", "nationalities": ["FR", "BE"], "age_over_18": True}
    assert labels(claims, claims, VCT, "fr") == []
    assert len(labels(claims, {}, VCT, "fr")) == 3
    assert len(labels(claims, {"nationalities": ["BE"], "age_over_18": True}, VCT, "fr")) == 2
    assert labels({"a": 1, "b": 2}, {"b": 2}, "urn:unknown", "en") == [("a", False)]


def literals(node):
    """Every text in a piece of source."""
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_every_sentence_is_used_and_every_key_that_is_used_is_a_sentence():
    tables = ("messages", "texts")
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.rglob("*.py")) if path.stem not in tables]
    asked = {
        call.args[0].value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "text"
        if isinstance(call.args[0], ast.Constant)
    }
    assert asked <= TEXTS.keys()
    used = set().union(*map(literals, trees))
    composed = {f"log_{kind}" for kind in KINDS} | {f"check_{check}" for check in used}
    assert TEXTS.keys() <= used | composed
    assert {f"log_{kind}" for kind in KINDS} <= TEXTS.keys()
    assert MISUSES.keys() <= used


@pytest.mark.parametrize("table", [HINTS, TEXTS])
def test_both_languages_of_a_sentence_are_filled_in_with_the_same(table):
    for sentence in table.values():
        names = [sorted(name for _, name, _, _ in Formatter().parse(text) if name) for text in sentence]
        assert names[0] == names[1]
