"""Twins before real services: the issuer and the register over HTTP, and the wallet with its vault.

A court runs an event loop of its own; what it raises is what the other end makes of the answer on the wire.
"""

import asyncio
from contextlib import contextmanager
from copy import deepcopy
from functools import cache

from didkit_fr.encoding import json
from didkit_fr.flow import Response, run
from didkit_fr.keys import jwk, software
from didkit_fr.primitives.passphrase import Cost, open_sealed, seal
from didkit_fr.protocols.oauth.error import refusal
from didkit_fr.protocols.oauth.form import build_form
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED, TokenResponse
from didkit_fr.protocols.openid4vci.proof import build_proof
from didkit_fr.protocols.openid4vci.wallet import Authorized, collect
from didkit_fr.verification.memory import Memory
from issuer_service.demo_register.app import Register
from issuer_service.sources.register import RegisterSource
from tests.issuer_service import register_door as door_of
from tests.issuer_service import world as worlds
from tests.nation import NOW, VCT, nation
from tests.refusals import people, trees
from tests.refusals.court import Court, Twin
from tests.refusals.messages import METADATA, PID
from wallet_cli import vault as vaults
from wallet_cli.contents import Contents, Copy, HeldTitle, encode

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
    return lambda: [event["code"] for event in world.events() if event["event"] == "refused"]


# --- the token endpoint


def _token_tree():
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "THE-CODE", "tx_code": "THE-TX-CODE"}
    return {"form": form, "around": {"clock": 0, "before": [], "content_type": "application/x-www-form-urlencoded"}}


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
            headers = {"Content-Type": around["content_type"]}
            return run_here(visitor.ask("POST", "/token", data=raw, headers=headers))

        for form in around["before"]:
            post(build_form(_token_tree()["form"] | form).encode())
        before = len(visitor.world.events())
        visitor.world.clock.now += around["clock"]

        def hear(raw):
            _believe(post(raw))

        yield Court(hear, causes=lambda: _causes(visitor.world)()[-1:] if len(visitor.world.events()) > before else [])


def _believe(answer):
    """What a wallet makes of an answer."""
    if answer.status != worlds.HTTP_OK:
        raise refusal(Response(answer.status, answer.body, {name.lower(): one for name, one in answer.headers.items()}))
