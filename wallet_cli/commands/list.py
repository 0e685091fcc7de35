"""`didkit-wallet list`: what the vault holds, without opening any claim."""

from wallet_cli.contents import HeldTitle
from wallet_cli.output import Output, columns
from wallet_cli.reading import expiry_text, title_name
from wallet_cli.session import Session
from wallet_cli.warning import warn, warnings_of

__all__ = ["copies_text", "run", "summary"]


def run(session: Session) -> None:
    """Lists titles, copies left and expiry.

    Raises:
        DidkitError, Misuse: those of `Session.open`.
    """
    output, now = session.output, session.clock()
    with session.open() as vault:
        titles, begun = vault.contents.titles, vault.contents.pending
    if begun:
        output.say(output.text("offer_begun"))
    if not titles and not output.as_json:
        output.say(output.text("nothing_held"))
        return
    listed = [summary(title) | {"warnings": _codes(title, now)} for title in titles]
    output.result({"titles": listed}, columns(_rows(titles, output, now)))
    for title in titles:
        warn(output, title, now)


def summary(title: HeldTitle) -> dict[str, object]:
    """A title as JSON: no claim, no key."""
    return {
        "id": title.id,
        "type": title.type,
        "issuer": title.issuer,
        "received": title.received,
        "expires": title.expires,
        "forms": [
            {
                "format": credential.format,
                "type": credential.type,
                "configuration": credential.configuration,
                "expires": credential.expires,
                "copies": len(credential.copies),
                "copies_left": credential.fresh,
            }
            for credential in title.credentials
        ],
    }


def copies_text(title: HeldTitle) -> str:
    """Copies left of how many, for each credential; where there is one, its format is not named."""
    if len(title.credentials) == 1:
        return f"{title.fresh}/{len(title.credentials[0].copies)}"
    return ", ".join(f"{held.fresh}/{len(held.copies)} {held.format}" for held in title.credentials)


def _codes(title: HeldTitle, now: int) -> list[str]:
    return [key.removeprefix("warn_") for key in warnings_of(title, now)]


def _rows(titles: tuple[HeldTitle, ...], output: Output, now: int) -> list[list[str]]:
    """No word of an issuer stands in a table of ours: `show` says who that is."""
    heads = ["id", *(output.text(key) for key in ("title", "copies", "expires"))]
    return [heads] + [
        [
            title.id,
            title_name(title.type, output.language),
            copies_text(title),
            expiry_text(title.expires, now, output.language),
        ]
        for title in titles
    ]
