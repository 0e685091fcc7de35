"""G21: each part of a message that costs work is counted in its budget, by how much there is of it."""

from contextlib import suppress

import pytest

from didkit_fr.encoding import base64url, cbor, json
from didkit_fr.encoding.budget import MAX_STEPS, Budget
from didkit_fr.encoding.rdf.jsonld import Reading
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, proof
from didkit_fr.proofs.data_integrity.bbs_2023 import BBS_2023_BASE
from didkit_fr.proofs.data_integrity.selective import disclose
from didkit_fr.proofs.sd_jwt.payload import READ_STEPS, parse_disclosures
from didkit_fr.status.bitstring import build_entries
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.w3c.verify import verify_credential, verify_presentation
from tests.attacks import g21_documents as w3c
from tests.attacks import w3c_api
from tests.attacks.g29_documents import base, credential, known, shown
from tests.attacks.secured import METHOD, NOW, signer
from tests.nation import Web


def spent(call):
    """The steps that a call takes from its budget, however it ends."""
    budget = Budget()
    with suppress(DidkitError):
        call(budget)
    return MAX_STEPS - budget.steps


def told(budget):
    return VerificationContext(w3c.POLICY, Memory(), w3c.NOW, budget)


@pytest.mark.guarantee("G21")
def test_a_tag_costs_as_much_as_what_holds_items():
    def decoded(item):
        raw = b"\x98\x64" + item * 100
        return spent(lambda budget: cbor.decode(raw, tags={24}, budget=budget))

    assert decoded(b"\xd8\x18\x40") - decoded(b"\x40") == 100 * 10


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("nested", [[[]] * 3_000, [{}] * 3_000], ids=["arrays", "objects"])
def test_what_nests_in_disclosures_costs_steps_before_any_is_parsed(nested):
    raw = base64url.encode(json.encode(["salt", "name", nested]))
    due = READ_STEPS * 3_002
    assert len(parse_disclosures([raw], ["digest"], Budget(steps=due))) == 1
    with pytest.raises(DidkitError) as refused:
        parse_disclosures([raw], ["digest"], Budget(steps=due - 1))
    assert refused.value.code == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_a_status_list_that_was_fetched_costs_by_its_length():
    entries = build_entries("https://issuer.example/1", ["revocation"], 7)
    held = w3c.signed(w3c_api.credential(w3c.DID, credentialStatus=entries))

    def fetched(size):
        web = Web({"https://issuer.example/1/revocation": b"{" + b" " * size})
        return spent(lambda budget: run(verify_presentation(w3c.presentation(held), w3c.OPEN, told(budget)), web))

    assert fetched(64_000) - fetched(6_400) >= (64_000 - 6_400) // 64


@pytest.mark.guarantee("G21")
def test_what_is_enveloped_costs_by_its_length():
    def judged(chars):
        held = w3c.enveloped(w3c_api.credential(w3c.DID, name="a" * chars))
        return spent(lambda budget: run(verify_presentation(w3c.presentation(held), w3c.OPEN, told(budget)), offline))

    # Three bytes of a document are four characters of its token.
    assert judged(54_000) - judged(6_000) >= 1_000


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("steps", "code"), [(0, "work_exceeded"), (1, "format_unsupported")])
def test_each_credential_costs_also_where_it_is_refused_at_once(steps, code):
    envelope = w3c.build_envelope("application/nothing", "e30")
    with pytest.raises(DidkitError) as refused:
        run(verify_credential(envelope, told(Budget(steps=steps))), offline)
    assert refused.value.code == code


@pytest.mark.guarantee("G21")
def test_a_text_that_is_signed_as_it_stands_costs_by_its_length():
    def judged(chars):
        secured = w3c.signed(w3c_api.credential(w3c.DID, name="a" * chars))
        how = {"purpose": "assertionMethod", "now": w3c.NOW, "leeway": 0, "domain": None, "challenge": None}
        keys = {w3c.METHOD: w3c.SIGNER.public_key}
        return spent(
            lambda budget: proof.verify(proof.parse(secured), keys, cryptosuites=[w3c.SUITE], budget=budget, **how)
        )

    assert judged(128_000) - judged(64_000) == 1_000


def of_statements(secured, suite, suites):
    how = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    how |= {"cryptosuites": [suite], "suites": suites, "contexts": known()}
    keys = {METHOD: signer(suite).public_key}
    return spent(lambda budget: proof.verify(proof.parse(secured), keys, budget=budget, **how))


def of(nationalities):
    return credential({"nationalities": [f"of {at}" for at in range(nationalities)]})


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("secured", "suites"),
    [(shown, {bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)}), (base, {bbs_2023.NAME: BBS_2023_BASE})],
    ids=["derived", "base"],
)
def test_each_message_of_a_bbs_proof_costs(secured, suites):
    few, many = (of_statements(secured(of(count), bbs_2023.NAME), bbs_2023.NAME, suites) for count in (10, 60))
    assert many - few >= 50 * bbs_2023.MESSAGE_STEPS


@pytest.mark.guarantee("G21")
def test_statements_cost_for_each_pointer_that_is_held_against_them():
    def disclosed(statements, pointers):
        named = [f"/credentialSubject/nationalities/{at}" for at in range(pointers)]
        labels, document = ecdsa_sd.hmac_labels(bytes(32)), of(statements)
        return spent(lambda budget: disclose(document, ["/issuer"], named, labels, reading=Reading(known(), budget)))

    # What is held against each other costs by the product; all else costs for itself.
    few, many = (disclosed(count, 100) - disclosed(count, 50) for count in (100, 200))
    assert many - few >= 100 * 50 // 32
