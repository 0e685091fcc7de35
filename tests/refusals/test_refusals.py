"""Every case: the original is accepted, the case is refused with its code and class, and nothing is lost by it."""

import json
import tomllib
from contextlib import nullcontext

import pytest

from didkit_fr.errors import DidkitError, FetchError, ParseError, ProtocolError, VerificationError
from tests.error_table import CODES
from tests.refusals import cases, mutations
from tests.refusals.coverage import ELSEWHERE
from tests.refusals.originals import ORIGINALS

KINDS = {"parse": ParseError, "fetch": FetchError, "verification": VerificationError, "protocol": ProtocolError}
CASES = cases.load()


def written(case):
    """The case's bytes, and what is around them; whatever it says to do makes a difference."""
    original = ORIGINALS[case.original]
    tree = original.tree()
    if case.input is not None:
        return case.input.encode(), tree["around"]
    on_bytes = mutations.apply(tree, case.mutation)
    assert on_bytes or repr(tree) != repr(original.tree()), "the case does not differ from its original"
    raw = original.encode(tree)
    for operation, options in on_bytes:
        before, raw = raw, operation(raw, **options)
        assert raw != before, "the case does not differ from its original"
    return raw, tree["around"]


def refusal(receiver, raw):
    with pytest.raises(DidkitError) as error:
        receiver.receive(raw)
    return error.value


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_refusal(case, tmp_path):
    original = ORIGINALS[case.original]
    tree = original.tree()
    good = original.encode(tree)
    raw, around = written(case)
    (tmp_path / "original").mkdir()
    with original.receiver(tree["around"], tmp_path / "original") as receiver:
        receiver.receive(good)
    (tmp_path / "case").mkdir()
    with original.receiver(around, tmp_path / "case") as receiver:
        error = refusal(receiver, raw)
        assert (error.code, type(error)) == (case.code, KINDS[case.kind]), error
        if case.requests is not None:
            assert receiver.asked == case.requests
        if case.cause is not None:
            assert receiver.causes() == [case.cause]
        then = case.then or ("accepted" if around == tree["around"] else None)
        with nullcontext() if then != "refused" else pytest.raises(DidkitError):
            if then is not None:
                receiver.receive(good)


def test_there_are_cases_and_each_says_all_of_it():
    assert len(CASES) >= 90
    for path in cases.FOLDER.glob("*/case.toml"):
        fields = tomllib.loads(path.read_text("utf-8"))
        assert cases.MUST <= fields.keys() <= cases.MUST | cases.MAY, path.parent.name
        assert ("mutation" in fields) != ("input" in fields), path.parent.name
        assert all(fields[name].strip() for name in cases.MUST), path.parent.name
        assert CODES[fields["code"]].kind is KINDS[fields["kind"]], path.parent.name
        assert fields["original"] in ORIGINALS, path.parent.name
    folders = {path.name for path in cases.FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {case.name for case in CASES}


def test_no_case_is_another_one():
    what = [json.dumps([case.original, case.mutation, case.input], sort_keys=True) for case in CASES]
    assert sorted(what) == sorted(set(what))
    assert len({case.why for case in CASES}) == len(CASES)


def test_every_original_has_cases():
    assert {case.original for case in CASES} == set(ORIGINALS)


def test_every_operation_is_used():
    used = {step["do"] for case in CASES for step in case.mutation}
    assert used == set(mutations.ON_TREE) | set(mutations.ON_BYTES)


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("kind", KINDS.values())
def test_every_code_that_a_hostile_document_can_cause_has_a_case(kind):
    due = {code for code, entry in CODES.items() if entry.kind is kind}
    shown = {case.code for case in CASES} | {case.cause for case in CASES if case.cause}
    assert due - shown == due & ELSEWHERE.keys()


@pytest.mark.guarantee("G13")
def test_every_kind_of_token_is_refused_in_every_other_place():
    places = {
        "dc+sd-jwt": ("presentation", "issuer"),
        "kb+jwt": ("presentation", "binding"),
        "statuslist+jwt": ("status list", "list"),
        "oauth-authz-req+jwt": ("request object", "request"),
        "openid4vci-proof+jwt": ("key proof", "proof"),
        "officer-ticket+jwt": ("officer ticket", "ticket"),
        "vc+jwt": ("W3C credential token", "token"),
        "vp+jwt": ("W3C presentation token", "token"),
    }
    due = {
        (original, f"{part}.header.typ", typ)
        for place, (original, part) in places.items()
        for typ in places
        if typ != place
    }
    shown = {
        (case.original, case.mutation[0].get("at"), str(case.mutation[0].get("value")))
        for case in CASES
        if len(case.mutation) == 1 and case.code in ("typ_mismatch", "ticket_forged")
    }
    for place, (original, part) in places.items():
        assert ORIGINALS[original].tree()[part]["header"]["typ"] == place
    assert due <= shown
