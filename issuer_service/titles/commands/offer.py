"""`didkit-issuer offer`: an offer from an officer's ticket."""

import io
import time
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from issuer_service.shell.commands import Data, Json, answering, run, say, standard_input
from issuer_service.shell.lines import tell
from issuer_service.titles.commands.options import tell_replayed

__all__ = ["commands", "offer"]

commands = typer.Typer()


@commands.command(
    epilog="\b\nExample:\n  didkit-register ticket --data ./register < number | didkit-issuer offer --data ./issuer"
)
def offer(
    *,
    data: Data,
    by_reference: Annotated[
        bool,
        typer.Option(
            "--by-reference",
            help="A short link: the wallet fetches the offer from the service. Where the settings have offer_pages, "
            "a page too, which opens once, in a browser on this machine.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Makes an offer from an officer's ticket, which is read from standard input.

    The link and the transaction code go to the citizen by different ways: whoever has both has the title.
    """
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, issuance  # noqa: PLC0415 - slow import

    async def make() -> issuance.OfferMade:
        ports, close = await root.open_offer_ports(config.load(data), say=partial(tell_replayed, as_json=as_json))
        try:
            return await issuance.create_offer(ports, ticket, now=int(time.time()), by_reference=by_reference)
        finally:
            await close()

    with answering(as_json):
        ticket = standard_input("an officer's ticket")
        made = run(make())
        expires = made.expires if as_json else datetime.fromtimestamp(made.expires, UTC).isoformat()
        page = {} if made.page is None else {"page": made.page}
        # The ticket is used up: the answer comes before what may not be writable.
        say({"offer": made.link, "tx_code": made.tx_code, "expires": expires, **page}, as_json=as_json)
        if not as_json:
            tell(_drawn(made.link))


def _drawn(link: str) -> str:
    """The QR code of a link, for a terminal."""
    import segno  # noqa: PLC0415 - slow import

    drawn = io.StringIO()
    segno.make(link).terminal(out=drawn, compact=True)
    return drawn.getvalue()
