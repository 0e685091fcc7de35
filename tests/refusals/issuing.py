"""Originals of issuing: signed metadata, an offer at its address, a notification, requests to the endpoint after it."""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache

from didkit_fr.encoding import json
from didkit_fr.flow import Response, run
from didkit_fr.protocols.openid4vci.offer import OfferReference, TxCode, build_offer, fetch_offer
from didkit_fr.protocols.openid4vci.prepare import _issuer_metadata
from didkit_fr.protocols.openid4vci.signed_metadata import sign_metadata
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from tests.issuer_service import world as worlds
from tests.nation import NOW, nation
from tests.refusals import people, trees
from tests.refusals.messages import METADATA
from tests.refusals.receiver import Original, Receiver
from tests.refusals.services import OK, _believe, _causes, _served
from tests.refusals.signed import ISSUER


class Typed:
    """A web of one answer, with its media type."""

    def __init__(self, media_type):
        self.media_type, self.asked, self.raw = media_type, [], b""

    def __call__(self, batch):
        self.asked.extend(batch)
        return [Response(OK, self.raw, {"content-type": self.media_type}) for _ in batch]


# --- signed metadata, as a wallet asks for it


@cache
def _described():
    chain = people.chain("of the issuer")
    raw = sign_metadata(METADATA, people.key("signer"), chain=chain, now=NOW, lifetime=3600)
    around = {"media_type": "application/jwt", "rule": "signed_or_tls"}
    return {"metadata": trees.node(raw, key="signer", chain="of the issuer"), "around": around}


@contextmanager
def _asking_wallet(around, _folder):
    web = Typed(around["media_type"])
    policy = replace(nation().policy, metadata=around["rule"])

    def receive(raw):
        web.raw = raw
        return run(_issuer_metadata(ISSUER, VerificationContext(policy, Memory(), NOW)), web)

    yield Receiver(receive, web)


# --- an offer at its address


def _offered():
    offer = build_offer(issuer=ISSUER, configuration_ids=("pid",), code="c0de", tx_code=TxCode(length=6))
    return {"document": offer.to_json(), "around": {"media_type": "application/json"}}


@contextmanager
def _fetching_wallet(around, _folder):
    web = Typed(around["media_type"])

    def receive(raw):
        web.raw = raw
        return run(fetch_offer(OfferReference(f"{ISSUER}/offers/1")), web)

    yield Receiver(receive, web)


# --- at the issuer's endpoint: an address of an offer, a notification, a request after it


def _address_tree():
    return {"reference": "THE-REFERENCE", "around": {"clock": 0, "attempts": 0}}


@contextmanager
def _offer_endpoint(around, folder):
    with _served(worlds.visited(folder)) as (visitor, run_here):
        made = run_here(visitor.world.offer(by_reference=True))
        address = worlds.query_of(made.link)["credential_offer_uri"][0]
        code = run_here(visitor.ask("GET", address)).json["grants"][worlds.PRE_AUTHORIZED]["pre-authorized_code"]
        for _ in range(around["attempts"]):
            run_here(visitor.redeem(code, worlds.wrong(made.tx_code)))
        visitor.world.clock.now += around["clock"]

        def receive(raw):
            reference = raw.decode().replace("THE-REFERENCE", address.rpartition("/")[2])
            _believe(run_here(visitor.ask("GET", f"/offers/{reference}")))

        yield Receiver(receive, causes=lambda: _causes(visitor.world)[-1:])


def _told():
    message = {"notification_id": "THE-ID", "event": "credential_accepted"}
    return {"message": message, "around": {"bearer": "Bearer THE-TOKEN", "retried": False}}


@contextmanager
def _notification_endpoint(around, folder):
    with _served(worlds.visited(folder)) as (visitor, run_here):
        token = run_here(visitor.token())
        known = run_here(visitor.credential(token)).json["notification_id"]
        if around["retried"]:
            assert run_here(visitor.credential(token)).status == OK

        def receive(raw):
            headers = {
                "Content-Type": "application/json",
                "Authorization": around["bearer"].replace("THE-TOKEN", token),
            }
            _believe(
                run_here(
                    visitor.ask("POST", "/notification", data=raw.replace(b"THE-ID", known.encode()), headers=headers)
                )
            )

        yield Receiver(receive, causes=lambda: _causes(visitor.world)[-1:])


def _asked_again():
    return {"event": "credential_failure", "around": {}}


@contextmanager
def _endpoint_after(_around, folder):
    with _served(worlds.visited(folder)) as (visitor, run_here):

        def receive(raw):
            token = run_here(visitor.token(ticket=f"ticket-{raw.decode()}-{visitor.world.source.reads}"))
            known = run_here(visitor.credential(token)).json["notification_id"]
            message = json.encode({"notification_id": known, "event": raw.decode()})
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            _believe(run_here(visitor.ask("POST", "/notification", data=message, headers=headers)))
            _believe(run_here(visitor.credential(token)))

        yield Receiver(receive, causes=lambda: _causes(visitor.world)[-1:])


ISSUING = {
    "signed metadata": Original(
        lambda: deepcopy(_described()), lambda tree: trees.compact(tree["metadata"]).encode(), _asking_wallet
    ),
    "offer at its address": Original(_offered, lambda tree: json.encode(tree["document"]), _fetching_wallet),
    "address of an offer": Original(_address_tree, lambda tree: tree["reference"].encode(), _offer_endpoint),
    "notification": Original(_told, lambda tree: json.encode(tree["message"]), _notification_endpoint),
    "request after a notification": Original(_asked_again, lambda tree: tree["event"].encode(), _endpoint_after),
}
