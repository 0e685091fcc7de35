"""Every code has one fault and a sentence in both languages that a person can read."""

import re
from collections import Counter

import pytest

from didkit_fr import advice
from didkit_fr.advice import FAULTS, advise
from didkit_fr.errors import CODES, FetchError


def test_every_code_has_exactly_one_fault():
    listed = Counter(code for codes in advice._CODES.values() for code in codes.split())
    assert set(listed) == set(CODES), "a new code says in didkit_fr/advice.py whose fault it is"
    assert set(listed.values()) == {1}
    assert set(advice._CODES) == set(FAULTS)
    assert set(advice._SAY) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_sentences_are_for_people(code):
    said = advise(code)
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
            assert advise(code).fault != "sender"


def test_a_code_that_is_not_known_is_the_programs():
    assert advise("no_such_code").fault == "programmer"
