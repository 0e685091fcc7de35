"""The twin of a whole collection: an offer, what its issuer publishes, and what it answers, as a wallet meets them."""

from contextlib import contextmanager

from didkit_fr.encoding import json
from didkit_fr.flow import Response
from didkit_fr.protocols.openid4vci.offer import parse_offer
from tests.protocols.openid4vci import test_wallet as wallets
from tests.refusals import trees
from tests.refusals.court import Court, Twin
from tests.refusals.services import OK


def _met():
    return {
        "offer": wallets.OFFER.to_json(),
        "metadata": wallets.METADATA.to_json(),
        "server": wallets.SERVER.to_json(),
        "answers": {},
        "around": {"tx_code": wallets.PIN},
    }


def _answering(answer):
    status, body = answer.pop("status"), json.encode(answer)
    return lambda _request: Response(status, body)


@contextmanager
def _collecting_wallet(around, _folder):
    def hear(raw):
        said = json.parse(raw)
        issuer = wallets.Issuer(**{name: _answering(answer) for name, answer in said["answers"].items()})
        for url, name in ((wallets.ISSUER_URL, "metadata"), (wallets.SERVER_URL, "server")):
            page = Response(OK, json.encode(said[name]))
            issuer.routes[url] = lambda _request, page=page: page
        wallets.attempt(issuer, offer=parse_offer(json.encode(said["offer"])), tx_code=around["tx_code"])

    yield Court(hear)


def _written(tree):
    return trees.text_of({name: value for name, value in tree.items() if name != "around"})


RECEIVING = {"collection": Twin(_met, _written, _collecting_wallet)}
