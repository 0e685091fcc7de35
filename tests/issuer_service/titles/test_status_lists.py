"""A status list that was never opened has no document."""

import asyncio

import pytest

from didkit_fr.errors import VerificationError
from issuer_service.titles.status_lists import StatusLists
from tests.issuer_service.world import NOW, opened


def test_a_list_that_is_not_there(tmp_path):
    async def ask():
        async with opened(tmp_path) as world:
            await StatusLists(world.issuer).token(987_654, now=NOW)

    with pytest.raises(VerificationError) as error:
        asyncio.run(ask())
    assert error.value.code == "status_list_unknown"
