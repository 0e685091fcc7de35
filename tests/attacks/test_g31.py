"""Attacks on G31: the page of an offer, from beyond a proxy on the issuer's own machine."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from didkit_fr.protocols.openid4vci.offer import parse_offer_link
from tests.issuer_service.world import scenario, visited

PAGES = {"pages": True, "offer_pages": True}


@asynccontextmanager
async def proxied(port, *added):
    """A reverse proxy with nothing configured but where to go: it names the host it goes to; gives its own port."""

    async def carry(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        first, *fields = head[:-4].split(b"\r\n")
        kept = [field for field in fields if not field.lower().startswith((b"host:", b"connection:"))]
        lines = [first, b"Host: 127.0.0.1:%d" % port, b"Connection: close", *kept, *added]
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        outer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        writer.write(await inner.read())
        for one in (outer, writer):
            one.close()
            await one.wait_closed()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.guarantee("G31")
@scenario
async def test_who_saw_an_offer_and_asks_through_a_proxy_that_says_nothing_sees_no_page(tmp_path):
    async with visited(tmp_path, **PAGES) as visitor:
        made = await visitor.world.offer(by_reference=True)
        offer = parse_offer_link(made.link).uri
        async with proxied(visitor.world.config.settings.port) as port:
            outside = offer.replace(visitor.address, f"http://127.0.0.1:{port}")
            assert (await visitor.ask("GET", outside)).status == 200
            for guess in ("/page", "/page/", f"/page/{'A' * 43}", f"/page/{offer.rpartition('/')[2]}"):
                answer = await visitor.ask("GET", outside + guess)
                assert answer.status == 404
                assert made.link.encode() not in answer.body


@pytest.mark.guarantee("G31")
@pytest.mark.parametrize("added", [b"X-Forwarded-For: 192.0.2.1", b"Via: 1.1 a", b"CF-Ray: 1", b"X-Request-Id: 1"])
@scenario
async def test_a_proxy_that_says_anything_gets_no_page_even_with_its_address(tmp_path, added):
    async with visited(tmp_path, **PAGES) as visitor:
        made = await visitor.world.offer(by_reference=True)
        async with proxied(visitor.world.config.settings.port, added) as port:
            answer = await visitor.ask("GET", made.page.replace(visitor.address, f"http://127.0.0.1:{port}"))
            assert answer.status == 404
            assert made.link.encode() not in answer.body
        assert (await visitor.ask("GET", made.page)).status == 200


@pytest.mark.guarantee("G31")
@scenario
async def test_the_address_of_a_page_in_a_browsers_history_is_good_for_nothing(tmp_path):
    async with visited(tmp_path, **PAGES) as visitor:
        made = await visitor.world.offer(by_reference=True)
        assert made.link.encode() in (await visitor.ask("GET", made.page)).body
        again = await visitor.ask("GET", made.page)
        assert again.status == 404
        assert made.link.encode() not in again.body
