"""The issuer over TLS: who trusts its authority receives, who does not refuses, plain HTTP finds nobody."""

import socket

import pytest

from tests.end_to_end.world import World
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("tls"), tls=True) as made:
        made.start_register()
        founded = made.init_issuer()
        assert founded.status == 0, founded.err
        made.start_issuer()
        made.certify_relying_party()
        yield made


@pytest.fixture
def offer(world):
    number = next(row for row in world.citizens_of_register() if "-00" not in row["birth_date"])["document_number"]
    return world.offer(world.ticket(number)).json()


def test_a_wallet_receives_over_tls(world, offer):
    assert world.issuer.address.startswith("https://")
    wallet = world.wallet("trusting")
    received = wallet("receive", *world.trusting, stdin=offer["offer"], tx_code=offer["tx_code"])
    assert received.status == 0, received.err


def test_an_authority_that_is_not_trusted_is_not_spoken_to(world, offer):
    wallet = world.wallet("suspicious")
    wallet.environment = {**world.environment, "SSL_CERT_FILE": "/dev/null"}
    refused = wallet("receive", *world.trusting, stdin=offer["offer"], tx_code=offer["tx_code"])
    assert refused.status == 3
    assert refused.json()["error"] == "fetch_failed"


def test_plain_http_gets_no_answer_from_a_tls_port(world):
    with socket.create_connection(("127.0.0.1", world.issuer_port), timeout=PATIENCE) as plain:
        plain.sendall(b"GET /.well-known/openid-credential-issuer HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"credential_issuer" not in plain.recv(4096)
