"""G21: what an answer may cost is bounded before it is spent: signatures, certificates, disclosures, time."""

import time

import pytest

from didkit_fr.encoding.budget import MAX_SIGNATURES, Budget
from didkit_fr.errors import DidkitError
from didkit_fr.flow import run
from didkit_fr.formats import FORMATS, dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.keys.public import verify_signature
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.proofs.sd_jwt.payload import COPY_STEPS
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.verify import verify
from tests.bench.hostile_believe import HOSTILE as WORST
from tests.bench.hostile_believe import presentations, relying_party
from tests.nation import NOW, nation
from tests.refused import refusal

NONCE, AUDIENCE = "n" * 22, "x509_hash:shop"


# What each format says of junk that it has the steps to read, and what comes of the worst inputs that were found.
MALFORMED = {
    "dc+sd-jwt": "sd_jwt_malformed",
    "jwt_vc_json": "jws_malformed",
    "ldp_vc": "json_invalid",
    "mso_mdoc": "base64url_invalid",
}
ENDS = {"input_too_large", "work_exceeded", "type_rule_broken"}
ENDS_OF = {
    "hostile_answer_of_256": {None},
    "hostile_answer_escaped": {"json_invalid"},
    "hostile_type_metadata": {None},
}


def shown(**changes):
    raw = nation().credential(**changes)
    return dc_sd_jwt.present(raw, [("age_over_18",)], nation().holder, Occasion(NONCE, AUDIENCE), now=NOW)


def judged(raw, budget=None):
    context = VerificationContext(nation().policy, Memory(), NOW, budget or Budget())
    return run(verify(raw, context, format="dc+sd-jwt", nonce=NONCE, audience=AUDIENCE), nation().web())


@pytest.mark.guarantee("G21")
def test_an_answer_costs_512_signatures_and_not_one_more():
    """Two signatures a presentation; its list is remembered."""
    verifier, most = relying_party(), MAX_SIGNATURES // 2
    answer = verifier.verify(presentations(verifier, most)[1], now=NOW)
    assert sum(map(len, answer.presentations.values())) == most
    _, one_more = presentations(verifier, most + 1)
    assert refusal(lambda: verifier.verify(one_more, now=NOW)) == "work_exceeded"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("spent", ["signatures", "certificates"])
def test_a_budget_is_spent_by_every_signature_and_certificate_of_a_verification(spent):
    """Issuer, holder, list; of the title's path and of the list's, one certificate, below one anchor, each."""
    raw, whole = shown(), Budget()
    judged(raw, whole)
    used = {"signatures": MAX_SIGNATURES, "certificates": Budget().certificates}[spent] - getattr(whole, spent)
    assert used == {"signatures": 7, "certificates": 2}[spent]
    judged(raw, Budget(**{spent: used}))
    assert refusal(lambda: judged(raw, Budget(**{spent: used - 1}))) == "work_exceeded"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_spends_steps_for_what_it_reads_before_it_reads_it(name):
    form, junk = FORMATS[name], "e30." * 64
    assert refusal(lambda: form.parse(junk, budget=Budget(steps=3))) == "work_exceeded"
    assert refusal(lambda: form.parse(junk, budget=Budget(steps=4))) == MALFORMED[name]


@pytest.mark.guarantee("G21")
def test_what_nests_in_a_title_costs_steps_before_it_is_copied():
    payload = {"a": [[], [1, 2]], "b": {}}
    raw = jws.sign(payload, nation().signer, typ="x") + "~"
    due = 4 * COPY_STEPS + 2 + 0 + 2 + 0
    told = {"typ": "x", "algorithms": {"ES256"}}
    key = nation().signer.public_key
    sd_jwt.verify(sd_jwt.parse(raw), key, budget=Budget(steps=due), **told)
    short = Budget(steps=due - 1)
    assert refusal(lambda: sd_jwt.verify(sd_jwt.parse(raw), key, budget=short, **told)) == "work_exceeded"


def unit():
    """The seconds of one raw P-256 signature, in this process."""
    message, signer = b"x" * 100, nation().signer
    verify_signature(signer.public_key, signer.sign(message), message)
    costs = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(50):
            signer.sign(message)
        costs.append((time.thread_time() - began) / 50)
    return min(costs)


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("row", WORST, ids=lambda row: row.name)
def test_the_worst_inputs_that_were_found_end_within_the_limit(row):
    """In CPU time of this thread: the limits themselves are held by `make bench`, here twice of them."""
    made, spent = row.make(row.size), []
    for _ in range(3):
        began, code = time.thread_time(), None
        try:
            row.judge(made)
        except DidkitError as error:
            code = error.code
        spent.append(time.thread_time() - began)
        # What is refused for its form costs nothing, and would show nothing: its signature holds.
        assert code in ENDS_OF.get(row.name, ENDS)
    assert len(made if isinstance(made, str | bytes) else made[-1]) <= row.size
    assert min(spent) < 2 * row.limit * unit()
