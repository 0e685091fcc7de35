"""The last net: nothing leaves a public function but its value and `DidkitError`."""

import asyncio
import traceback

import pytest

from didkit_fr.boundary import boundary, flow_boundary
from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.flow import Request, fetch, offline, run

SECRET = "1990-05-17"


class PanicException(BaseException):
    pass


class Hostile(Exception):  # noqa: N818 - any exception
    def __str__(self):
        raise AssertionError("nobody asks an unforeseen exception for its text")


def deep(_value):
    return deep(_value)


RAISED = [
    ValueError(SECRET),
    KeyError(SECRET),
    OverflowError(),
    MemoryError(),
    UnicodeEncodeError("a", "b", 0, 1, "c"),
    PanicException(SECRET),
    Hostile(SECRET),
    TypeError(SECRET),
    StopIteration(SECRET),
    AssertionError(SECRET),
]


def throw(error):
    raise error


@boundary
def plain(error):
    """Words."""
    throw(error)


@flow_boundary
async def flow(error):
    """Words."""
    throw(error)


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", [plain, lambda error: run(flow(error), offline)], ids=["plain", "flow"])
def test_what_was_not_foreseen_is_one_coded_refusal(call, error):
    with pytest.raises(VerificationError) as refused:
        call(error)
    assert refused.value.code == "unforeseen"
    # In a coroutine, Python itself makes a RuntimeError of StopIteration.
    assert refused.value.detail.split(" at ")[0] in {type(error).__name__, "RuntimeError"}


@pytest.mark.guarantee("G15")
def test_neither_the_value_nor_the_frames_of_the_exception_are_reachable_from_the_refusal():
    with pytest.raises(VerificationError) as refused:
        plain(ValueError(SECRET))
    assert refused.value.__context__ is None
    assert refused.value.__cause__ is None
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert "throw" not in [frame.name for frame in traceback.extract_tb(refused.value.__traceback__)]


def test_a_bug_says_in_which_line_of_the_library_it_rose():
    @boundary
    def read():
        json.parse(None)

    with pytest.raises(VerificationError) as refused:
        read()
    kind, _, place = refused.value.detail.partition(" at ")
    module, _, line = place.partition(":")
    assert kind in {"TypeError", "AttributeError"}
    assert module == "didkit_fr.encoding.json"
    assert line.isdecimal()


def test_recursion_without_end_is_a_refusal():
    with pytest.raises(VerificationError) as refused:
        boundary(deep)(1)
    assert refused.value.detail.startswith("RecursionError at ")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit(), asyncio.CancelledError()])
def test_what_ends_a_program_or_a_task_passes(error):
    with pytest.raises(type(error)):
        plain(error)


def test_a_coded_error_passes_as_it_is():
    error = VerificationError("signature_invalid")
    with pytest.raises(VerificationError) as refused:
        plain(error)
    assert refused.value is error


def test_a_call_with_arguments_that_do_not_exist_is_its_callers_mistake():
    with pytest.raises(TypeError):
        plain(error=ValueError(), more=1)
    with pytest.raises(TypeError):
        run(flow(), offline)


def test_a_flow_may_be_closed_between_two_requests_and_still_asks():
    @flow_boundary
    async def asking():
        return (await fetch(Request("GET", "https://example/"))).status

    with pytest.raises(FetchError):
        run(asking(), offline)
    waiting = asking()
    waiting.send(None)
    waiting.close()
