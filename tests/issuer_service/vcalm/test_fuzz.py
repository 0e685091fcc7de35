"""Hostile bodies, in the process: whatever is sent, the answer is an error of this library or a value."""

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import json
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.keys import bbs, multikey, software
from didkit_fr.primitives.random import system
from issuer_service.vcalm import requests, resolving
from issuer_service.vcalm.deriving import derive
from issuer_service.vcalm.issuing import Issuing, issue
from issuer_service.vcalm.keys import NamedIssuer
from issuer_service.vcalm.requests import CHECKS, DeriveOptions, IssueOptions, VerifyPresentationOptions
from issuer_service.vcalm.suites import SUITES
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER
from issuer_service.vcalm.verifying import VerifierOptions, check_credential, check_presentation

NOW = 1_790_000_000
V2 = "https://www.w3.org/ns/credentials/v2"


def named(name):
    suite = SUITES[name]
    signer = bbs.generate() if name == "bbs-2023" else software.generate(suite.curve)
    build = multikey.build_bbs if name == "bbs-2023" else multikey.build
    return NamedIssuer(name, suite, f"did:key:{build(signer.public_key)}", signer)


def issued(name):
    by = Issuing(named(name), None, NOW, system)
    document = {
        "@context": [V2, {"own": "https://example.org/own"}] if "jcs" not in name else [V2],
        "type": ["VerifiableCredential"],
        "issuer": by.issuer.did,
        "validUntil": "2999-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:a", "name": "A"},
    }
    return issue(document, IssueOptions(), by)


ISSUED = {name: issued(name) for name in ("eddsa-rdfc-2022", "ecdsa-jcs-2019-p256", "ecdsa-sd-2023", "bbs-2023")}
OPTIONS = VerifierOptions(DANGEROUSLY_ACCEPT_ANY_ISSUER, CHECKS, NOW)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from([V2, "did:key:z6Mk", "data:x/y,z", "u"]),
)
NAMES = st.sampled_from(["@context", "@id", "@graph", "id", "type", "proof", "issuer", "verifiableCredential", "own"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def places(value, at=()):
    yield at
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*at, name))


def replaced(document, at, value):
    changed = deepcopy(document)
    if not at:
        return value
    inner = changed
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = value
    return changed


def answers(call, *arguments):
    try:
        return call(*arguments)
    except DidkitError as error:
        return error


@st.composite
def mutated(draw, document):
    at = draw(st.sampled_from([at for at in places(document) if at]))
    return replaced(document, at, draw(VALUES))


@pytest.mark.parametrize("name", ISSUED)
def test_a_changed_credential_is_refused_or_verified_as_the_rules_have_it(name):
    @FUZZ
    @given(mutated(ISSUED[name]))
    def check(document):
        answers(run, check_credential(document, OPTIONS), offline)
        answers(lambda: derive(document, DeriveOptions(), random=system))

    check()


def test_a_changed_presentation_is_refused_or_verified_as_the_rules_have_it():
    presentation = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": "did:example:a",
        "verifiableCredential": [ISSUED["ecdsa-jcs-2019-p256"]],
    }

    @FUZZ
    @given(mutated(presentation), st.sampled_from([(None, None), ("c", "d")]))
    def check(document, asked):
        challenge, domain = asked
        answers(run, check_presentation(document, OPTIONS, challenge=challenge, domain=domain), offline)

    check()


@FUZZ
@given(VALUES)
def test_any_document_is_issued_or_refused(value):
    document = value if isinstance(value, dict) else {"credentialSubject": value, "@context": [V2]}
    answers(issue, document, IssueOptions(), Issuing(ISSUER, None, NOW, system))


ISSUER = named("eddsa-rdfc-2022")


@FUZZ
@given(st.binary(max_size=64) | VALUES.map(json.encode))
def test_any_body_is_read_or_refused(raw):
    body = answers(requests.parse_body, raw)
    if isinstance(body, dict):
        answers(requests.member, body, "credential")
        answers(requests.options, VerifyPresentationOptions, {"options": body})


@FUZZ
@given(
    st.text(max_size=40)
    | st.sampled_from(["did:key:", "did:jwk:", "did:web:"]).flatmap(
        lambda start: st.text("abc%:#/.z6Mk0", max_size=24).map(lambda rest: start + rest)
    ),
    st.text(max_size=20),
)
def test_any_path_is_answered(text, accept):
    answered = run(resolving.answer(text, accept=accept, public_key_format=None, now=NOW), offline)
    assert answered.status in (200, 400, 404, 500, 501)
    json.encode(answered.content)
