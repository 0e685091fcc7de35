"""The wallet when something breaks: killed between spending and answer, two processes at once, the register down."""

import json
import resource
import signal
from threading import Event

import pytest

from tests.end_to_end.visitor import slips
from tests.end_to_end.world import Ran, get, post
from tests.waiting import PATIENCE

OK = 200

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


def receiving(world, start, place=0):
    """Starts or runs `receive` for a fresh offer to one citizen."""
    offer = slips(world, place + 1)[place]
    return start("receive", *world.trusting, stdin=offer.link, tx_code=offer.tx_code)


def ask(proxy):
    _, asked = post(f"{proxy.target}/ask")
    return asked["id"], asked["link"]


def copies_left(wallet):
    listed = wallet("list")
    assert listed.status == 0, listed.err
    return [title["forms"][0]["copies_left"] for title in listed.json()["titles"]]


def code_of(ran):
    return json.loads(ran.out)["error"]


@pytest.fixture(scope="module")
def citizen(nation):
    """A wallet that holds a title."""
    wallet = nation.wallet("citizen")
    received = receiving(nation, wallet)
    assert received.status == 0, received.err
    return wallet


@pytest.fixture
def intercepted(proxy):
    """The relying party's address, where the wallet's answer can be held up."""
    yield proxy
    proxy.alter = bytes


@pytest.mark.guarantee("G8")
def test_killed_between_spending_a_copy_and_the_answer_it_stays_spent(nation, citizen, intercepted):
    (before,) = copies_left(citizen)
    transaction, link = ask(intercepted)
    arrived, judged = Event(), []

    def kill(body):
        wallet.kill()
        wallet.wait(PATIENCE)
        judged.append(post(f"{intercepted.target}/response", body, "application/x-www-form-urlencoded"))
        arrived.set()
        return body

    intercepted.alter = kill
    wallet = citizen.start("present", *nation.agreed, stdin=link)
    assert arrived.wait(PATIENCE)
    wallet.communicate()
    assert wallet.returncode == -signal.SIGKILL
    assert copies_left(citizen) == [before - 1]
    assert judged[0][0] == OK
    assert get(f"{intercepted.target}/result/{transaction}")["outcome"] == "welcome"


@pytest.mark.guarantee("G19")
@pytest.mark.parametrize("moment", ["issuer:", "claims:"])
def test_killed_while_receiving_the_vault_opens_and_receives_again(nation, moment):
    wallet = nation.wallet(f"unlucky at {moment}")
    process = receiving(nation, wallet.start, 1)
    said(process, moment)
    process.kill()
    process.communicate()
    assert set(copies_left(wallet)) <= {nation.batch_size}
    assert receiving(nation, wallet, 1).status == 0
    assert nation.batch_size in copies_left(wallet)


def test_of_two_commands_on_one_vault_the_second_is_told_to_wait(nation, citizen, intercepted):
    (before,) = copies_left(citizen)
    _, link = ask(intercepted)
    arrived, go_on = Event(), Event()

    def hold(body):
        arrived.set()
        assert go_on.wait(PATIENCE)
        return body

    intercepted.alter = hold
    first = citizen.start("present", *nation.agreed, stdin=link)
    assert arrived.wait(PATIENCE)
    try:
        second = citizen("list")
        assert (second.status, code_of(second)) == (3, "vault_locked")
    finally:
        go_on.set()
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert copies_left(citizen) == [before - 1]


def on_full_disk(process):
    """Lets a command that has just started go on without being able to make any file grow."""
    _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, most))
    out, err = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, out, err)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_on_a_full_disk_nothing_is_sent_and_the_vault_is_as_it_was(nation, citizen, proxy):
    (before,), sealed = copies_left(citizen), (citizen.folder / "vault.sealed").read_bytes()
    _, link = ask(proxy)
    sent = len(proxy.bodies)
    for refused in (
        on_full_disk(citizen.start("present", *nation.agreed, stdin=link)),
        on_full_disk(receiving(nation, citizen.start)),
    ):
        assert (refused.status, code_of(refused)) == (3, "vault_unavailable")
        assert (citizen.folder / "vault.sealed").read_bytes() == sealed
    assert len(proxy.bodies) == sent
    assert copies_left(citizen) == [before]
    assert sorted(path.name for path in citizen.folder.iterdir()) == ["vault.lock", "vault.sealed"]


def test_of_two_wallets_with_one_offer_exactly_one_has_the_title(nation):
    wallets = [nation.wallet("hers"), nation.wallet("attacker")]
    (offer,) = slips(nation, 1)
    processes = [one.start("receive", *nation.trusting, stdin=offer.link, tx_code=offer.tx_code) for one in wallets]
    outs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1]
    (refused,) = (out for out, process in zip(outs, processes, strict=True) if process.returncode == 1)
    assert json.loads(refused)["error"] == "invalid_grant"
    assert sorted(map(copies_left, wallets)) == [[], [nation.batch_size]]


def test_the_register_comes_back_and_the_same_offer_is_received(nation):
    wallet, (offer,) = nation.wallet("patient"), slips(nation, 1)
    port = int(nation.register.address.rpartition(":")[2])
    nation.register.stop()
    try:
        process = wallet.start("receive", *nation.trusting, stdin=offer.link, tx_code=offer.tx_code)
        told = said(process, "trying again")
    finally:
        nation.start_register(port)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "fetch_status" in told
    assert copies_left(wallet) == [nation.batch_size]


def said(process, text):
    """Waits until a command has said it; returns that line. A command that gives up ends, and so does this."""
    for line in process.stderr:
        if text in line:
            return line
    pytest.fail(f"never said: {text}")
