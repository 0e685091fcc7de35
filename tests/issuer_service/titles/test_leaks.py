"""What an attacker of the stores could do with a dictionary: no unkeyed hash of any value of the register is in them.

The search is that of `make scan`; here it goes through what one process stores, with values that are in the register.
"""

import hashlib
from base64 import b64encode

import pytest

from issuer_service.titles.revoking import revoke
from tests.end_to_end import digests, needles
from tests.issuer_service.world import ATTRIBUTES, NOW, NUMBER, scenario, visited


def stored(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.guarantee("G34")
@scenario
async def test_no_unkeyed_hash_of_any_value_is_stored(tmp_path) -> None:
    wanted = needles.index({}, digests.of_records([ATTRIBUTES]))
    async with visited(tmp_path, status_open_lists=1) as visitor:
        world = visitor.world
        for ticket in ("a", "b"):
            assert (await visitor.credential(await visitor.token(ticket))).status == 200
        await world.offer("c")
        await revoke(world.registry, world.keys, title="pid", document_number=NUMBER, now=NOW)
        data = stored(world.config.folder) + world.log.getvalue().encode()
        assert len(data) > 10_000
        assert needles.search(data, wanted) == set()
        planted = data + hashlib.sha256(f"{NUMBER}|{ATTRIBUTES['birth_date']}".encode()).digest() + data
        assert needles.search(planted, wanted) == {f"a hash of {NUMBER!r} beside {ATTRIBUTES['birth_date']!r}"}


@pytest.mark.parametrize("name", ATTRIBUTES)
@pytest.mark.parametrize("hashed", ["md5", "sha1", "sha256", "sha384", "sha512", "blake2b", "blake2s"])
def test_a_hash_of_each_value_is_found_however_short_the_value(name, hashed) -> None:
    wanted = needles.index({}, digests.of_records([ATTRIBUTES]))
    value = ATTRIBUTES[name]
    text = ",".join(value) if isinstance(value, list) else {True: "true"}.get(value, str(value))
    digest = hashlib.new(hashed, text.encode()).digest()
    for coded in (digest, digest[:16], digest.hex().encode(), b64encode(digest), b64encode(b"x" + digest)):
        assert needles.search(b"before." + coded + b".after", wanted)
    other = hashlib.new(hashed, text.encode() + b"!").digest()
    assert not needles.search(b"before." + other + b".after", wanted)
