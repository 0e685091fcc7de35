"""G21: what a document costs that is to become statements is bounded before it is spent, for each message."""

import time
import tracemalloc
from contextlib import suppress
from hashlib import sha256

import pytest

from didkit_fr.credentials.terms import Terms, check_terms, hoist
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import jsonld, rdfc
from didkit_fr.encoding.rdf.definitions import MAX_CHARS
from didkit_fr.encoding.rdf.jsonld import KNOWN
from didkit_fr.errors import DidkitError
from didkit_fr.formats import ldp_vc
from didkit_fr.formats.occasion import Issuance
from didkit_fr.formats.port import IssuerKey, ProofRules
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, proof
from tests.attacks.g29_documents import base, believed, credential, known, shown
from tests.attacks.secured import METHOD, NOW, SUITES, WHOLE, signer
from tests.bench.hostile import HOSTILE, LIMITS, filled
from tests.bench.proofs import S
from tests.proofs.data_integrity.documents import CREDENTIAL, KEYS, signed
from tests.refused import refusal

STATEMENTS, MANDATORY = 6, 4
"""Of the credential: its types, issuer and beginning always show."""

UNDEFINED_TERMS = "https://www.w3.org/ns/credentials/undefined-terms/v2"

MARGIN = 4
"""How much a busy machine may add: without a bound, most of these cost a thousand times their limit."""


def of_one_signature():
    """CPU seconds of one raw P-256 signature."""
    start = time.thread_time()
    for _ in range(200):
        S.call()
    return (time.thread_time() - start) / 200


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_costs_more_than_its_size_allows(name):
    row = HOSTILE[name]
    raw = filled(row)
    # What is read once, such as contexts, is read. What is refused for its form would cost nothing, and show nothing.
    assert ending(row, raw) in ENDS_OF.get(name.rpartition("_")[0], ENDS)
    assert min(cost_of(row, raw) for _ in range(3)) < MARGIN * LIMITS[row.size] * of_one_signature()


ENDS = {"work_exceeded", "input_too_large", "rdfc_work", "signature_invalid"}
ENDS_OF = {
    "rdfc_nodes_of_one_id": {"jsonld_unsecured", *ENDS},
    "rdfc_list": {"jsonld_unsecured", *ENDS},
    "rdfc_number": {"jsonld_unsecured"},
    "terms_number": {"jsonld_invalid"},
    "ldp_vc_types": {"w3c_malformed"},
    "terms_text": {None},
    "selective": {None},
}


def ending(row, raw):
    try:
        row.call(raw)
    except DidkitError as error:
        return error.code
    return None


def cost_of(row, raw):
    start = time.thread_time()
    with suppress(DidkitError):
        row.call(raw)
    return time.thread_time() - start


SHARING = [name for name in HOSTILE if name.startswith("shared_")]
MEMORY = 50_000_000


def peak(call, *arguments, **named):
    """How a call ends, and the bytes that it needs at once."""
    tracemalloc.start()
    try:
        call(*arguments, **named)
        code = None
    except DidkitError as error:
        code = error.code
    finally:
        needed = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return code, needed


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("name", SHARING)
def test_a_text_that_many_statements_share_is_not_written_out_in_memory(name):
    """226 kB cost 1.4 GB, and 846 kB 6 GB: the text was made of statements times lengths, and then counted."""
    row = HOSTILE[name]
    code, needed = peak(row.call, filled(row))
    assert needed < MEMORY
    assert code in {"input_too_large", "work_exceeded", "rdfc_work", "signature_invalid"}
    if "_long_" in name:
        assert code in {"input_too_large", "work_exceeded"}
    if "_short_" in name and not any(one in name for one in ("alike", "prefix", "word")):
        assert code == "signature_invalid"  # as any forged document of this size


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("chars", "code"), [(200_000, "input_too_large"), (1_900, "disclosure_count")])
def test_pointers_of_a_long_name_are_not_written_out_for_each_statement(chars, code):
    """A holder reads a base proof whose statements all stand below one long name."""
    stated = {**credential(), "@context": [*credential()["@context"][:2], UNDEFINED_TERMS]}
    secured = base(stated, ecdsa_sd.NAME)
    subject = {"a" * chars: {f"p{at}": "x" for at in range(2_020)}}
    unverified = ldp_vc.parse(jsonld.json.encode_text({**secured, "credentialSubject": subject}))
    rules = ProofRules({"ES256"}, {ecdsa_sd.NAME}, NOW, 0)
    found, needed = peak(ldp_vc.verify, unverified, IssuerKey(signer(ecdsa_sd.NAME).public_key), rules, Issuance(None))
    assert found == code
    assert needed < MEMORY


@pytest.mark.guarantee("G21")
def test_an_identifier_is_counted_for_each_statement_that_has_it():
    def spent(chars, members):
        subject = {"id": f"urn:{'a' * chars}", **dict.fromkeys(members, "x")}
        budget, contexts = Budget(), known()
        for one in (jsonld.to_nodes, jsonld.to_quads):
            one(credential(subject), contexts=contexts, budget=Budget())
            before = budget.steps
            one(credential(subject), contexts=contexts, budget=budget)
            yield before - budget.steps

    names = ("family_name", "given_name")
    for short, long in zip(spent(0, names), spent(64_000, names), strict=True):
        assert long - short >= len(names) * 1_000


@pytest.mark.guarantee("G21")
def test_a_name_has_so_many_characters_with_its_vocabulary_and_not_one_more():
    def document(chars):
        stated = {"@context": ["https://www.w3.org/ns/credentials/v2", UNDEFINED_TERMS]}
        vocabulary = KNOWN.table(stated, Budget()).vocab
        return {**stated, "a" * (chars - len(vocabulary)): "x"}

    assert jsonld.to_quads(document(MAX_CHARS))
    assert refusal(jsonld.to_quads, document(MAX_CHARS + 1)) == "input_too_large"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "context",
    [
        lambda text: {"a": text},
        lambda text: {text.removeprefix("urn:"): "urn:a"},
        lambda text: {"@vocab": text},
        lambda text: {"a": {"@id": "urn:a", "@type": text}},
        lambda text: {"a": {"@id": text, "@context": {"b": "urn:b"}}},
    ],
)
def test_a_context_that_is_brought_along_has_texts_of_so_many_characters_and_not_one_more(context):
    def document(chars):
        return {**CREDENTIAL, "@context": [CREDENTIAL["@context"][0], context("urn:" + "a" * (chars - 4))]}

    hoist(document(MAX_CHARS), KNOWN)
    assert refusal(hoist, document(MAX_CHARS + 5), KNOWN) == "input_too_large"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"a": "urn:" + "a" * MAX_CHARS}, {"a": 1}),
        ({"a" * (MAX_CHARS + 1): "urn:a"}, {"b": 1}),
        ({"@vocab": "urn:" + "a" * MAX_CHARS}, {"b": 1}),
        ({"p": "urn:" + "a" * 2_000 + ":", "q": "p:" + "b" * 100}, {"q": 1}),
        ({"a": {"@id": "urn:a", "@type": "urn:" + "a" * MAX_CHARS}}, {"a": "x"}),
    ],
)
def test_a_context_that_is_added_has_no_longer_terms(context, said):
    raw = jsonld.json.encode({"@context": context})
    contexts = KNOWN.adding("urn:long", raw, sha256=sha256(raw).hexdigest())
    document = {"@context": ["https://www.w3.org/ns/credentials/v2", "urn:long"], **said}
    assert refusal(jsonld.to_quads, document, contexts=contexts) == "input_too_large"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", ecdsa_sd.NAME])
def test_a_portrait_that_is_an_identifier_is_read(suite):
    """What is stated once and written once may be long: a picture within its address (RFC 2397)."""
    portrait = "data:image/png;base64," + "A" * 100_000
    document = {**credential(), "credentialSubject": {"id": "urn:a", "representative": {"id": portrait, "sex": 1}}}
    assert believed(shown(document, suite), suite)


@pytest.mark.guarantee("G21")
def test_what_is_hashed_of_alike_nodes_is_counted_by_its_length():
    def spent(chars):
        name = "p" * chars
        graph = [f"_:h{hub} <urn:{name}> _:n{hub}{leaf} .\n" for hub in range(2) for leaf in range(3)]
        budget = Budget(steps=10_000_000)
        rdfc.canonicalize(graph, budget=budget)
        return 10_000_000 - budget.steps

    assert spent(64_000) - spent(0) > 20 * 1_000
    long = [f"_:h{hub} <urn:{'p' * 100_000}> _:n{hub}{leaf} .\n" for hub in range(2) for leaf in range(6)]
    assert refusal(rdfc.canonicalize, long) == "work_exceeded"


def verified(secured, budget):
    checks = {"purpose": "assertionMethod", "now": 1_790_000_000, "leeway": 0, "domain": None, "challenge": None}
    return proof.verify(
        proof.parse(secured), KEYS, cryptosuites=["eddsa-rdfc-2022", "eddsa-jcs-2022"], budget=budget, **checks
    )


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_several_documents_of_one_message_share_what_it_may_cost(suite):
    secured, budget = signed(CREDENTIAL, suite), Budget()
    verified(secured, Budget())
    verified(secured, budget)
    each = Budget().steps - budget.steps
    assert each > 100
    little = Budget(steps=3 * each)
    for _ in range(3):
        verified(secured, little)
    assert refusal(verified, secured, little) == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_several_proofs_of_one_document_share_what_it_may_cost():
    once = Budget()
    verified(signed(CREDENTIAL, "eddsa-rdfc-2022"), Budget())
    verified(signed(CREDENTIAL, "eddsa-rdfc-2022"), once)
    each = Budget().steps - once.steps
    document = signed(signed(CREDENTIAL, "eddsa-rdfc-2022"), "eddsa-rdfc-2022")
    verified(document, Budget(steps=2 * each + 100))
    assert refusal(verified, document, Budget(steps=2 * each - 100)) == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_signatures_are_taken_before_they_are_verified():
    secured = signed(CREDENTIAL, "eddsa-rdfc-2022")
    verified(secured, Budget(signatures=1))
    assert refusal(verified, secured, Budget(signatures=0)) == "work_exceeded"


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("suite", [ecdsa_sd.NAME, bbs_2023.NAME])
def test_signatures_of_statements_are_taken_before_they_are_verified(suite):
    """The issuer's, and one for each statement that is shown; a proof of BBS counts as 64."""
    secured = shown(credential(), suite)
    suites = {**proof.CRYPTOSUITES, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=None)}
    how = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    how |= {"cryptosuites": [suite], "suites": suites, "contexts": known()}

    def verify(budget):
        return proof.verify(proof.parse(secured), {METHOD: signer(suite).public_key}, budget=budget, **how)

    spent = Budget()
    verify(spent)
    signatures = Budget().signatures - spent.signatures
    assert signatures == (64 if suite == bbs_2023.NAME else 1 + STATEMENTS - MANDATORY)
    assert refusal(verify, Budget(signatures=signatures - 1)) == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_a_title_is_parsed_and_verified_within_one_budget():
    secured = base(credential() | {"credentialSubject": {"family_name": "Lefèvre"}}, WHOLE[0])
    raw = jsonld.json.encode_text({**secured, "@context": secured["@context"][:2]})
    rules = ProofRules({"EdDSA"}, {WHOLE[0]}, NOW, 0)
    budget = Budget()
    unverified = ldp_vc.parse(raw, budget=budget)
    parsed = budget.steps
    assert parsed < Budget().steps
    ldp_vc.verify(unverified, IssuerKey(signer(WHOLE[0]).public_key), rules, None, budget=budget)
    assert budget.steps < parsed
    assert refusal(ldp_vc.parse, raw, budget=Budget(steps=3)) == "work_exceeded"
    assert (
        refusal(ldp_vc.verify, unverified, IssuerKey(signer(WHOLE[0]).public_key), rules, None, budget=Budget(steps=30))
        == "work_exceeded"
    )


def nested(depth, value, wrap):
    for _ in range(depth):
        value = wrap(value)
    return value


WRAPPED = {
    "objects": lambda value: {"representative": value},
    "arrays": lambda value: [value],
    "lists": lambda value: {"@list": [value]},
    "sets": lambda value: {"@set": value},
    "graphs": lambda value: {"@graph": [value]},
    "contexts": lambda value: {"@context": {"a": value}},
    "embedded": lambda value: {"verifiableCredential": value},
    "proofs": lambda value: {"proof": value},
}


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("depth", [40, 1_000, 100_000])
@pytest.mark.parametrize("name", WRAPPED)
def test_no_depth_is_followed(name, depth):
    """Documents given as values were bounded by no parser: an exception that was none of ours came out."""
    value = nested(depth, {"sex": 1}, WRAPPED[name])
    document = {**CREDENTIAL, "credentialSubject": {"name": value}, "@context": credential()["@context"]}
    outer = value if isinstance(value, dict) else {"name": value}
    for one in (document, {**credential(), **outer}, {**credential(), "dates": value}):
        secured = {**one, "proof": {**signed()["proof"], "cryptosuite": "eddsa-rdfc-2022"}}
        for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
            assert refusal(believed, {**secured, "proof": {**secured["proof"], "cryptosuite": suite}}, suite)
        assert refusal(check_terms, one, Terms(known(), inline=True))
        assert refusal(jsonld.expand, one, contexts=known())
        assert refusal(jsonld.to_quads, one, contexts=known())
        assert refusal(
            proof.sign, one, signer("eddsa"), cryptosuite="eddsa-jcs-2022", verification_method=METHOD, created=NOW
        )


@pytest.mark.guarantee("G21")
def test_nodes_nest_as_deep_as_a_document_is_read_and_no_deeper():
    def document(depth):
        return credential({"representative": nested(depth, {"sex": 1}, WRAPPED["objects"])})

    deepest = next(depth for depth in range(60) if not _reads(document(depth + 1)))
    assert deepest == 30
    assert jsonld.to_nodes(document(deepest), contexts=known()) is not None
    assert refusal(jsonld.to_quads, document(deepest + 1), contexts=known()) == "json_depth"
    assert jsonld.to_nodes(document(deepest + 1), contexts=known()) is None


def _reads(document):
    try:
        return bool(jsonld.to_quads(document, contexts=known()))
    except DidkitError:
        return False


@pytest.mark.guarantee("G21")
def test_what_the_processor_is_asked_is_counted_before():
    """It compares each value of an array with all others."""
    claim = {"@value": "a", "@index": "b"}
    document = credential({"family_name": [claim] * 40})
    jsonld.expand(document, contexts=known())
    assert refusal(jsonld.expand, credential({"family_name": [claim] * 400}), contexts=known()) == "work_exceeded"
    budget = Budget()
    jsonld.expand(document, contexts=known(), budget=budget)
    assert Budget().steps - budget.steps == jsonld.PROCESSOR_STEPS * (40 * 3 + 3 + 2 + 5 + 2) + 3 * jsonld.CONTEXT_STEPS


@pytest.mark.guarantee("G21")
def test_contexts_that_a_document_brings_along_are_counted_before_they_are_compiled():
    def document(terms):
        return {**CREDENTIAL, "@context": [CREDENTIAL["@context"][0], {f"t{at}": f"urn:t:{at}" for at in range(terms)}]}

    hoist(document(1_000), KNOWN)
    assert refusal(hoist, document(5_000), KNOWN) == "work_exceeded"


@pytest.mark.guarantee("G21")
def test_terms_that_are_written_with_each_other_are_not_followed():
    def document(terms):
        brought = {f"t{at}": f"t{at + 1}" for at in range(terms)} | {f"t{terms}": "urn:t"}
        return {**credential(), "@context": [*credential()["@context"], brought]}

    known_, lifted = hoist(document(6), known())
    assert jsonld.to_quads(lifted, contexts=known_)
    known_, lifted = hoist(document(900), known())
    assert refusal(jsonld.to_quads, lifted, contexts=known_) == "jsonld_unsecured"


@pytest.mark.guarantee("G21")
def test_tables_of_contexts_are_not_kept_without_end():
    contexts = known()
    others = list(jsonld._known())[:5]
    for at in range(400):
        listed = [credential()["@context"][0], *[others[(at // 5**place) % 5] for place in range(4)]]
        with suppress(DidkitError):
            contexts.table({"@context": listed}, Budget())
    assert len(contexts._tables) <= jsonld._MAX_TABLES
    assert contexts._made.definitions <= jsonld._MAX_DEFINITIONS + 10_000


@pytest.mark.guarantee("G21")
def test_telling_alike_nodes_apart_is_counted_in_work():
    """Of few nodes that all look alike there are orders without end."""
    hub = [f"_:h{at % 2} <urn:p> _:n{at} .\n" for at in range(18)]
    assert refusal(rdfc.canonicalize, hub) == "rdfc_work"
    few = [f"_:h{at % 2} <urn:p> _:n{at} .\n" for at in range(8)]
    budget = Budget()
    rdfc.canonicalize(few, budget=budget)
    assert refusal(rdfc.canonicalize, few, budget=Budget(steps=Budget().steps - budget.steps - 1)) == "work_exceeded"


@pytest.mark.guarantee("G25")
@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "value",
    [int("9" * 400), float("inf"), float("nan"), "\ud800", {"@value": "\ud800", "@language": "fr"}, {"id": "a:\ud800"}],
)
def test_what_no_text_can_say_is_refused_with_a_code(value, suite):
    """An OverflowError, and a UnicodeEncodeError."""
    for name in ("sex", "dates", "representative"):
        document = credential({name: value})
        assert refusal(base, document, suite)
        secured = shown(credential(), suite)
        forged = {**secured, "credentialSubject": {**secured["credentialSubject"], name: value}}
        assert refusal(believed, forged, suite)
        with suppress(DidkitError):
            check_terms(document, Terms(known(), inline=False))
