"""The types of problems that the standards of W3C credentials know."""

import pytest

from didkit_fr.errors import FetchError, ParseError, VerificationError
from issuer_service.shell.error_table import every_code
from issuer_service.vcalm.problems import TYPES, problem, problem_type

MODEL = "https://www.w3.org/TR/vc-data-model#"
STATUS = "https://www.w3.org/ns/credentials/status-list#"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("json_invalid", f"{MODEL}PARSING_ERROR"),
        ("vc_identifier", f"{MODEL}MALFORMED_VALUE_ERROR"),
        ("self_asserted_holder", f"{MODEL}MALFORMED_VALUE_ERROR"),
        ("signature_invalid", f"{MODEL}CRYPTOGRAPHIC_SECURITY_ERROR"),
        ("status_index_out_of_range", f"{MODEL}RANGE_ERROR"),
        ("status_list_short", f"{STATUS}STATUS_LIST_LENGTH_ERROR"),
        ("status_list_subject", f"{STATUS}STATUS_VERIFICATION_ERROR"),
        ("fetch_status", f"{STATUS}STATUS_RETRIEVAL_ERROR"),
        ("integrity_domain", "https://w3id.org/security#INVALID_DOMAIN_ERROR"),
    ],
)
def test_codes_have_their_problem(code, expected):
    assert problem_type(code) == expected


def test_every_code_has_a_problem():
    assert TYPES.keys() <= every_code().keys()
    assert all(problem_type(code).startswith("https://") for code in every_code())


def test_a_problem_says_what_and_where_and_no_value():
    said = problem(ParseError("vc_identifier", "/issuer"))
    assert said == {
        "type": f"{MODEL}MALFORMED_VALUE_ERROR",
        "title": every_code()["vc_identifier"].en,
        "code": "vc_identifier",
        "detail": "/issuer",
    }
    assert "detail" not in problem(VerificationError("signature_invalid"))
    assert problem(FetchError("fetch_status"))["type"].endswith("STATUS_RETRIEVAL_ERROR")
