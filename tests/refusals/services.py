"""Originals before real services: the issuer and the register over HTTP, and the wallet with its vault.

A receiver runs an event loop of its own; what it raises is what the other end makes of the answer on the wire.
"""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache
from hashlib import sha256

from aiohttp.test_utils import TestServer

from didkit_fr.encoding import json
from didkit_fr.flow import Response, run
from didkit_fr.keys import jwk
from didkit_fr.primitives.passphrase import Cost, seal
from didkit_fr.protocols.oauth.error import refusal
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenResponse
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.protocols.openid4vci.wallet import Authorized, collect
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from issuer_service.register import citizens, ticket
from issuer_service.register.app import Register, create_app
from issuer_service.register.openings import Openings
from issuer_service.titles.revoking import revoke
from issuer_service.titles.sources.register import RegisterSource
from tests.issuer_service import world as worlds
from tests.issuer_service.register_endpoint import ALICE, BOB, SECRET
from tests.nation import NOW, VCT, nation
from tests.refusals import people, trees
from tests.refusals.messages import METADATA, PID
from tests.refusals.receiver import Original, Receiver
from wallet_cli import vault as vaults
from wallet_cli.contents import Contents, HeldCopy, HeldCredential, HeldTitle, encode

OK, NO_CONTENT = 200, 204
OTHER = "urn:eudi:driving:fr:1"
TINY = Cost(operations=1, memory=8_192)


@contextmanager
def _served(opened):
    """Enters an asynchronous context in a loop of its own; the second value runs a coroutine in that loop."""
    with asyncio.Runner() as runner:
        inside = runner.run(_enter(opened))
        try:
            yield inside, runner.run
        finally:
            runner.run(_leave(opened))


async def _enter(opened):
    return await opened.__aenter__()


async def _leave(opened):
    await opened.__aexit__(None, None, None)


def _causes(world):
    return [event["code"] for event in world.events() if event["event"] == "refused"]


# --- the token endpoint


def _token_tree():
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "THE-CODE", "tx_code": "THE-TX-CODE"}
    return {"form": form, "around": {"clock": 0, "before": []}}


@contextmanager
def _token_endpoint(around, folder):
    with _served(worlds.visited(folder)) as (visitor, run_here):
        made = run_here(visitor.world.offer())
        names = {
            "A-WRONG-TX-CODE": worlds.wrong(made.tx_code),
            "THE-TX-CODE": made.tx_code,
            "THE-CODE": worlds.code_of(made),
        }

        def post(raw):
            for name, value in names.items():
                raw = raw.replace(name.encode(), value.encode())
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return run_here(visitor.ask("POST", "/token", data=raw, headers=headers))

        for form in around["before"]:
            post(build_form(_token_tree()["form"] | form).encode())
        visitor.world.clock.now += around["clock"]

        def receive(raw):
            _believe(post(raw))

        yield Receiver(receive, causes=lambda: _causes(visitor.world)[-1:])


def _believe(answer):
    """What a wallet makes of an answer."""
    if answer.status not in (OK, NO_CONTENT):
        raise refusal(Response(answer.status, answer.body, {name.lower(): one for name, one in answer.headers.items()}))


# --- the credential endpoint


def _credential_tree():
    request = {"credential_configuration_id": "pid_dc_sd_jwt", "proofs": {"jwt": ["THE-PROOF"]}}
    document = {"bearer": "Bearer THE-TOKEN", "nonce": "fresh", "audience": "the issuer", "register": "up", "holds": {}}
    return {"request": request, **document, "around": {"clock": 0, "issued_before": 1, "revoked": False}}


def _credential_raw(tree):
    return json.encode({name: value for name, value in tree.items() if name != "around"})


@contextmanager
def _credential_endpoint(around, folder):
    with _served(worlds.visited(folder)) as (visitor, run_here):
        names = {"THE-TOKEN": run_here(visitor.token())}
        used = run_here(visitor.nonce())
        assert run_here(visitor.credential(names["THE-TOKEN"], nonce=used)).status == OK
        for _ in range(1, around["issued_before"]):
            assert run_here(visitor.credential(names["THE-TOKEN"])).status == OK
        if around["revoked"]:
            number, now = visitor.world.source.number, visitor.world.clock.now
            ours = visitor.world.registry, visitor.world.keys
            run_here(revoke(*ours, title="pid", document_number=number, now=now))
        visitor.world.clock.now += around["clock"]
        nonces = {"used": lambda: used, "fresh": lambda: run_here(visitor.nonce())}

        def receive(raw):
            document = json.parse_object(raw, max_bytes=1 << 24)
            register, now = visitor.world.source, visitor.world.clock.now
            register.down = document["register"] == "down"
            register.refusal = "" if document["register"] in ("up", "down") else document["register"]
            register.attributes_held = worlds.ATTRIBUTES | document["holds"]
            nonce = nonces.get(document["nonce"], lambda: document["nonce"])()
            audience = visitor.address if document["audience"] == "the issuer" else document["audience"]
            names["THE-PROOF"] = build_proof(people.key("holder"), audience=audience, nonce=nonce, now=now)
            body, bearer = json.encode_text(document["request"]), document["bearer"]
            for name, value in names.items():
                body, bearer = body.replace(name, value), bearer.replace(name, value)
            headers = {"Content-Type": "application/json"} | ({"Authorization": bearer} if bearer else {})
            _believe(run_here(visitor.ask("POST", "/credential", data=body.encode(), headers=headers)))

        yield Receiver(receive, causes=lambda: _causes(visitor.world)[-1:])


# --- an officer's ticket, at the register's endpoint


@cache
def _ticket_tree():
    raw = ticket.write(people.key("officer"), document_number="ALICE0001", title="pid", now=NOW)
    return {"ticket": trees.node(raw, key="officer"), "around": {"clock": 0, "opened_before": 0}}


@asynccontextmanager
async def _register(clock, folder):
    register = Register(
        citizens=citizens.index(map(citizens.parse_citizen, (ALICE, BOB))),
        officer=people.key("officer").public_key,
        secret=sha256(SECRET.encode()).digest(),
        openings=Openings(folder / "register.sqlite", patience=0.3),
        clock=clock,
        write=lambda _line: None,
    )
    server = TestServer(create_app(register), access_log=None)
    await server.start_server()
    try:
        async with RegisterSource(f"http://127.0.0.1:{server.port}", SECRET) as source:
            yield source
    finally:
        await server.close()
        register.openings.close()


@contextmanager
def _register_endpoint(around, folder):
    with _served(_register(lambda: NOW + around["clock"], folder)) as (source, run_here):

        def receive(raw):
            text = raw.decode("latin-1")
            for _ in range(around["opened_before"]):
                run_here(source.open(text))
            opened = run_here(source.open(text))
            assert run_here(source.attributes(opened.evidence)).document_number == "ALICE0001"

        yield Receiver(receive)


# --- the copies a wallet receives


@cache
def _received_tree():
    copies = [
        trees.sd_jwt_tree(nation().credential(cnf={"jwk": jwk.build(people.key(name).public_key)})) for name in "ab"
    ]
    return {"copies": copies, "members": {}, "around": {}}


def _received_raw(tree):
    credentials = [{"credential": trees.sd_jwt(copy)} for copy in tree["copies"]]
    return json.encode(tree["members"] or {"credentials": credentials})


@contextmanager
def _receiving_wallet(_around, _folder):
    web = nation().web(more={METADATA.nonce_endpoint: json.encode({"c_nonce": "nonce"})})
    # This wallet would believe the issuer for another title too: that it is not the one asked for is for it to see.
    both = [replace(anchor, types=anchor.types and anchor.types | {OTHER}) for anchor in nation().anchors.anchors]
    policy = Policy(Anchors(tuple(both)))
    authorized = Authorized(METADATA, {"pid": PID}, TokenResponse(access_token="abc", token_type="Bearer"))

    def receive(raw):
        web.pages[METADATA.credential_endpoint] = raw
        signers = map(people.key, "ab")
        makes = {"make_signer": lambda: next(signers), "wanted": 2}
        return run(collect(authorized, "pid", VerificationContext(policy, Memory(), NOW), **makes), web)

    yield Receiver(receive, web)


# --- the vault of a wallet


@cache
def _vault_tree():
    copies = (
        HeldCopy("a.b.c~", people.key("a").secret()),
        HeldCopy("a.b.c~", people.key("b").secret(), "x509_hash:shop"),
    )
    credential = HeldCredential("pid", "dc+sd-jwt", VCT, None, copies)
    title = HeldTitle("1a2b3c4d", "https://issuer.example", "2026-09-21", (credential,))
    contents = Contents({"anchors": []}, insecure_loopback=False, titles=(title,))
    return {
        "contents": json.parse(encode(contents)),
        "sealed_for": vaults.CONTEXT.decode(),
        "around": {"passphrase": "correct horse battery"},
    }


def _vault_raw(tree):
    return seal(
        _vault_tree()["around"]["passphrase"].encode(),
        trees.text_of(tree["contents"]),
        context=tree["sealed_for"].encode(),
        cost=TINY,
        random=lambda length: b"\x09" * length,
    )


@contextmanager
def _opener(around, folder):
    wallet = folder / "wallet"
    wallet.mkdir(exist_ok=True)

    def receive(raw):
        (wallet / vaults.SEALED).write_bytes(raw)
        with vaults.open_vault(wallet, around["passphrase"].encode, cost=TINY) as vault:
            assert vault.contents.titles[0].fresh == 1
        # Nothing is lost: what was read is on the disk as it was.
        assert (wallet / vaults.SEALED).read_bytes() == raw

    yield Receiver(receive)


def _form_of(tree):
    return build_form(tree["form"]).encode()


SERVICES = {
    "token request": Original(_token_tree, _form_of, _token_endpoint),
    "credential at the endpoint": Original(_credential_tree, _credential_raw, _credential_endpoint),
    "officer ticket": Original(
        lambda: deepcopy(_ticket_tree()), lambda tree: trees.compact(tree["ticket"]).encode(), _register_endpoint
    ),
    "received copies": Original(lambda: deepcopy(_received_tree()), _received_raw, _receiving_wallet),
    "vault": Original(lambda: deepcopy(_vault_tree()), _vault_raw, _opener),
}
