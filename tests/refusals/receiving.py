"""The original of a collection: an issuer's metadata, with an offer and what the issuer answers."""

from contextlib import contextmanager
from copy import deepcopy

from didkit_fr.encoding import json
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.offer import parse_offer
from tests.protocols.openid4vci import issuing as wallets
from tests.refusals import trees
from tests.refusals.receiver import Original, Receiver
from tests.refusals.services import OK


def _met():
    around = {"offer": wallets.OFFER.to_json(), "answers": {}, "tx_code": wallets.PIN}
    return {"metadata": deepcopy(wallets.METADATA.to_json()), "around": around}


def _answering(answer):
    body = json.encode({name: value for name, value in answer.items() if name != "status"})
    return lambda _request: Response(answer["status"], body)


@contextmanager
def _collecting_wallet(around, _folder):
    def receive(raw):
        issuer = wallets.Issuer(**{name: _answering(answer) for name, answer in around["answers"].items()})
        issuer.routes[wallets.ISSUER_URL] = lambda _request: Response(OK, raw)
        wallets.attempt(issuer, offer=parse_offer(json.encode(around["offer"])), tx_code=around["tx_code"])

    yield Receiver(receive)


RECEIVING = {"collection": Original(_met, lambda tree: trees.text_of(tree["metadata"]), _collecting_wallet)}
