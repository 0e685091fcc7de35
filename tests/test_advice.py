"""Every code has one fault and a sentence in both languages that a person can read."""

import re

import pytest

from didkit_fr.advice import FAULTS, advise
from didkit_fr.errors import FetchError
from tests.error_table import CODES


def test_every_code_has_a_fault_that_is_described():
    assert {row.fault for row in CODES.values()} == set(FAULTS)


def test_what_stands_in_no_table_of_the_library_is_looked_up_in_the_one_that_is_given():
    assert advise("vault_full").fault == "programmer"
    assert advise("vault_full", CODES).fr == "Le portefeuille est plein."


@pytest.mark.parametrize("code", CODES)
def test_sentences_are_for_people(code):
    said = advise(code, CODES)
    for sentence in (said.en, said.fr):
        assert re.fullmatch(r"[A-ZÀ-Ý][^_{}`]+\.", sentence), sentence
        assert len(sentence) < 120, sentence
    assert said.en != said.fr


def test_a_person_is_not_told_which_check_failed():
    silent = ("signature_invalid", "sd_jwt_disclosure_unreferenced", "key_binding_hash", "key_binding_audience")
    assert len({advise(code) for code in silent}) == 1


def test_what_cannot_be_told_is_never_called_the_holders_document():
    for code, entry in CODES.items():
        if entry.kind is FetchError:
            assert advise(code, CODES).fault != "sender"


def test_a_code_that_is_not_known_is_the_programs():
    assert advise("no_such_code").fault == "programmer"
