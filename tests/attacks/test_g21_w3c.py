"""Attacks on G21 through W3C documents and their API: work is bounded before it is done, and beside the event loop."""

import asyncio
import threading
from dataclasses import replace

import pytest

from didkit_fr.credentials.presentation import MAX_CREDENTIALS, build_envelope
from didkit_fr.encoding.budget import MAX_SIGNATURES, Budget
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES
from didkit_fr.proofs.jose import jws
from didkit_fr.status.bitstring import build_entries
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.w3c.verify import W3cOptions, judge_presentation, verify_presentation
from issuer_service.vcalm import routes, worker
from tests.attacks.g21_documents import DID, METHOD, OPEN, POLICY, SIGNER, SUITE, enveloped, presentation, signed
from tests.attacks.w3c_api import NOW, asked, codes, credential
from tests.nation import Web
from tests.waiting import PATIENCE


def shown(*credentials):
    return signed(presentation(*credentials), purpose="authentication")


def outcome(call, document, *, budget=None, **more):
    """The codes of what is refused; none where all is believed."""
    context = VerificationContext(POLICY, Memory(), NOW, budget or Budget())
    try:
        found = run(call(document, OPEN, context, W3cOptions(**more)), offline)
    except DidkitError as error:
        return [error.code]
    return [one.code for one in getattr(found, "outcomes", ()) if isinstance(one, DidkitError)]


def counting():
    """The cryptosuites, and how many proofs were looked at."""
    looked, check = [], CRYPTOSUITES[SUITE].check

    def counted(*given):
        looked.append(given)
        return check(*given)

    return {**CRYPTOSUITES, SUITE: replace(CRYPTOSUITES[SUITE], check=counted)}, looked


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("call", [verify_presentation, judge_presentation])
def test_a_message_has_its_signatures_and_not_one_more_however_they_are_spread(call):
    eight, seven = signed(credential(DID), proofs=8), signed(credential(DID), proofs=7)
    full = [eight] * (MAX_CREDENTIALS - 1)
    assert outcome(call, shown(*full, seven)) == []
    assert (MAX_CREDENTIALS - 1) * 8 + 7 + 1 == MAX_SIGNATURES
    assert outcome(call, shown(*full, eight)) == ["work_exceeded"]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("call", [verify_presentation, judge_presentation])
def test_proofs_envelopes_and_the_presentation_share_one_budget(call):
    document = shown(signed(credential(DID)), enveloped(credential(DID)), signed(credential(DID), proofs=2))
    assert outcome(call, document, budget=Budget(signatures=5)) == []
    assert outcome(call, document, budget=Budget(signatures=4)) == ["work_exceeded"]
    assert outcome(call, enveloped_presentation(enveloped(credential(DID))), budget=Budget(signatures=2)) == []
    spent = outcome(call, enveloped_presentation(enveloped(credential(DID))), budget=Budget(signatures=1))
    assert spent == ["work_exceeded"]


def enveloped_presentation(*credentials):
    token = vc_jose.sign(presentation(*credentials), SIGNER, kind="vp", verification_method=METHOD, terms=None)
    return build_envelope("application/vp+jwt", token, kind="EnvelopedVerifiablePresentation")


@pytest.mark.guarantee("G21")
def test_the_credentials_of_a_presentation_are_counted_before_any_is_looked_at():
    suites, looked = counting()
    held = signed(credential(DID))
    many, most = shown(*[held] * (MAX_CREDENTIALS + 1)), shown(*[held] * MAX_CREDENTIALS)
    assert outcome(verify_presentation, many, suites=suites) == ["input_too_large"]
    assert outcome(verify_presentation, presentation(*[{}] * (MAX_CREDENTIALS + 1)), suites=suites) == [
        "input_too_large"
    ]
    assert not looked
    assert outcome(verify_presentation, most, suites=suites) == []
    assert len(looked) == MAX_CREDENTIALS + 1


@pytest.mark.guarantee("G21")
def test_nothing_goes_on_after_the_first_refusal():
    suites, looked = counting()
    forged = {**signed(credential(DID), proofs=8), "name": "forged"}
    assert outcome(verify_presentation, shown(*[forged] * 20), suites=suites) == ["signature_invalid"]
    # Of the presentation itself, and of the first proof of the first credential.
    assert len(looked) == 1 + 1


@pytest.mark.guarantee("G21")
def test_where_each_has_a_result_nothing_is_looked_at_once_the_budget_is_spent():
    suites, looked = counting()
    held = signed(credential(DID))
    told = outcome(judge_presentation, shown(*[held] * 20), suites=suites, budget=Budget(signatures=5))
    assert told == ["work_exceeded"] * 16
    assert len(looked) <= 21
    told = outcome(judge_presentation, shown(*[held] * 20), suites=suites, budget=Budget(steps=0))
    assert set(told) == {"work_exceeded"}


@pytest.mark.guarantee("G21")
def test_the_certificates_of_a_token_are_counted_before_any_is_parsed():
    document = credential(DID, type=["VerifiableCredential", *(f"urn:example:{at}" for at in range(4))])
    token = jws.sign(document, SIGNER, typ="vc+jwt", header={"x5c": ["AAAA"] * 3})
    envelope = build_envelope("application/vc+jwt", token)
    assert outcome(verify_presentation, presentation(envelope), budget=Budget(certificates=2)) == ["work_exceeded"]
    assert outcome(verify_presentation, presentation(envelope), budget=Budget(certificates=3)) == ["x509_malformed"]


@pytest.mark.guarantee("G21")
def test_what_is_fetched_for_a_message_is_of_its_budget():
    entries = build_entries("https://issuer.example/1", ["revocation"], 7)
    held = signed(credential(DID, credentialStatus=entries))
    web = Web({"https://issuer.example/1/revocation": b"{" + b" " * 6_400})
    for steps, code in ((100, "work_exceeded"), (1_000, "json_invalid")):
        context = VerificationContext(POLICY, Memory(), NOW, Budget(steps=steps))
        with pytest.raises(DidkitError) as refused:
            run(verify_presentation(presentation(held), OPEN, context), web)
        assert refused.value.code == code


SPINS = 10**9
ANSWERS = 25


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("kind", ["waits", "computes"])
def test_a_hostile_document_does_not_delay_other_answers_of_the_api(tmp_path, kind, monkeypatch):
    """The document costs until others were answered: if they had to wait for it, neither would ever come."""
    answered, enough = [], threading.Event()

    def check(*_):
        if kind == "waits":
            assert enough.wait(timeout=PATIENCE)
        else:
            # Nothing here gives way: the interpreter has to.
            assert any(enough.is_set() for _ in range(SPINS))
        raise OverflowError

    options = routes.VerifierOptions.options
    slow = {**CRYPTOSUITES, SUITE: replace(CRYPTOSUITES[SUITE], check=check)}
    monkeypatch.setattr(routes.VerifierOptions, "options", lambda self: replace(options(self), suites=slow))

    async def attack(api):
        held = await api.issue("ecdsa-jcs-2019-p256", credential(api.did("ecdsa-jcs-2019-p256")))
        verdict = asyncio.ensure_future(api.verify(held))
        for _ in range(ANSWERS):
            async with api.client.get(f"/1.0/identifiers/{DID}") as answer:
                answered.append(answer.status)
            async with api.client.get("/nowhere") as answer:
                assert answer.status == 404
        assert not verdict.done()
        enough.set()
        return await verdict

    told = asked(tmp_path, attack)
    assert answered == [200] * ANSWERS
    assert codes(told) == ["unforeseen"]


@pytest.mark.guarantee("G21")
def test_what_waits_for_the_worker_is_bounded_and_the_rest_is_told_to_come_again(tmp_path, monkeypatch):
    gate, entered = threading.Event(), threading.Event()

    def check(*_):
        entered.set()
        assert gate.wait(timeout=PATIENCE)
        raise OverflowError

    options = routes.VerifierOptions.options
    slow = {**CRYPTOSUITES, SUITE: replace(CRYPTOSUITES[SUITE], check=check)}
    monkeypatch.setattr(routes.VerifierOptions, "options", lambda self: replace(options(self), suites=slow))

    async def attack(api):
        held = await api.issue("ecdsa-jcs-2019-p256", credential(api.did("ecdsa-jcs-2019-p256")))
        body = {"verifiableCredential": held}
        path = "/vcalm/verifiers/trusted/credentials/verify"
        waiting = [asyncio.ensure_future(api.post(path, body)) for _ in range(worker.MAX_WAITING + 3)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 3:
            more, _ = await asyncio.wait(set(waiting) - done, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        refused = [one.result()[0] for one in done]
        gate.set()
        return refused, [(await one)[0] for one in waiting if one not in done]

    refused, rest = asked(tmp_path, attack)
    assert refused == [503] * 3
    assert rest == [400] * worker.MAX_WAITING
    assert entered.is_set()


PAGES = [
    {"Origin": "https://attacker.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "anything"},
    {"Host": "attacker.example"},
]
ENDPOINTS = [
    ("GET", "/1.0/identifiers/did:web:attacker.example"),
    ("POST", "/vcalm/issuers/eddsa-rdfc-2022/credentials/issue"),
    ("POST", "/vcalm/issuers/eddsa-rdfc-2022/credentials/status"),
    ("GET", "/vcalm/issuers/eddsa-rdfc-2022/status/1/revocation"),
    ("POST", "/vcalm/holders/holder/credentials/derive"),
    ("POST", "/vcalm/verifiers/any/credentials/verify"),
    ("POST", "/vcalm/verifiers/any/presentations/verify"),
]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: " ".join(*page.items()))
def test_a_page_in_a_browser_makes_the_api_without_token_neither_fetch_nor_sign_nor_verify(tmp_path, page):
    async def attack(api):
        told = []
        for method, path in ENDPOINTS:
            headers = {"Content-Type": "application/json", **page}
            async with api.client.request(method, path, data=b"{}", headers=headers) as answer:
                told.append((answer.status, (await answer.json(content_type=None))["code"]))
        return told

    assert asked(tmp_path, attack) == [(401, "invalid_token")] * len(ENDPOINTS)


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("page", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}])
def test_a_program_or_a_person_on_the_machine_itself_is_answered(tmp_path, page):
    async def talk(api):
        own = f"http://{api.client.host}:{api.client.port}"
        headers = {**page, **({"Origin": own} if page else {})}
        async with api.client.get(f"/1.0/identifiers/{DID}", headers=headers) as answer:
            return answer.status

    assert asked(tmp_path, talk) == 200


@pytest.mark.guarantee("G21")
def test_with_a_token_nothing_but_the_token_lets_in(tmp_path):
    async def attack(api):
        path = f"/1.0/identifiers/{DID}"
        own = {"Authorization": "Bearer a-token-of-this-service", "Origin": "https://app.example"}
        told = []
        for headers in (own, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            async with api.client.get(path, headers=headers) as answer:
                told.append(answer.status)
        return told

    assert asked(tmp_path, attack, token=b"a-token-of-this-service") == [200, 401, 401]
