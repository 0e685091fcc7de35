"""What errors of the issuer say to do: in English and in French, with the same paths and commands in both."""

import ast
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

from didkit_fr.errors import ParseError
from issuer_service.titles import config

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "issuer_service").rglob("*.py"))
TABLES = {
    path.parent.name: import_module(f"issuer_service.{path.parent.name}.codes").HINTS
    for path in SOURCES
    if path.name == "codes.py" and "HINTS" in path.read_text(encoding="utf-8")
}


def places(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


@pytest.mark.parametrize("folder", TABLES)
def test_a_hint_is_in_both_languages_with_the_same_values(folder):
    for key, sentence in TABLES[folder].items():
        assert places(sentence.en) == places(sentence.fr), key
        assert sentence.en != sentence.fr, key


@pytest.mark.parametrize("folder", TABLES)
def test_every_hint_is_used(folder):
    texts = [path.read_text(encoding="utf-8") for path in SOURCES if path.name != "codes.py"]
    mine = [text for text in texts if f"from issuer_service.{folder}.codes import HINTS" in text]
    assert not [key for key in TABLES[folder] if not any(f'"{key}"' in text for text in mine)]


def test_no_hint_is_written_where_it_is_given():
    """A sentence that stands in the code would be in one language only."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_note":
                assert not isinstance(node.args[0], ast.Constant | ast.JoinedStr), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en_GB.UTF-8", "name the folder of an issuer with --data, or found one: didkit-issuer init ({})"),
        ("fr_FR.UTF-8", "nommez le dossier d'un émetteur avec --data, ou fondez-en un : didkit-issuer init ({})"),
    ],
)
def test_a_hint_is_in_the_language_of_the_environment(tmp_path, monkeypatch, language, hint):
    monkeypatch.setenv("LC_ALL", language)
    with pytest.raises(ParseError) as error:
        config.load(tmp_path)
    assert error.value.__notes__ == [hint.format(tmp_path)]
