"""`didkit-wallet show`: the claims of one title, on this screen only, or its portrait in a file."""

from pathlib import Path

from didkit_fr.encoding.json import JsonObject
from wallet_cli.commands.list import copies_text, summary
from wallet_cli.contents import HeldTitle, resolve
from wallet_cli.files import export
from wallet_cli.portrait import draw, leaves_with, portrait_of
from wallet_cli.reading import claims_of, expiry_text, facts, title_name
from wallet_cli.session import Session

__all__ = ["run"]


def run(session: Session, wanted: str, *, portrait: Path | None = None, colours: bool = False) -> None:
    """Shows one title, named by its identifier, its type, or the beginning of either; every copy says the same.

    Args:
        session: this run.
        wanted: which title.
        portrait: a file to write the portrait to, and nothing else then; it must not exist yet.
        colours: whether the terminal can draw one.

    Raises:
        DidkitError, Misuse: those of `Session.open`; `title_not_held`, `title_ambiguous`, `portrait_absent`,
            `file_exists`, `file_unavailable`.
    """
    with session.open() as vault:
        title = resolve(vault.contents, wanted)
    claims = claims_of(title.credentials[0].format, title.credentials[0].copies[0].raw)
    output = session.output
    if portrait is not None:
        export(portrait, portrait_of(claims, title.credentials[0].type))
        output.result({"portrait": str(portrait)}, [f"{output.text('portrait_written')}: {portrait}"])
        return
    if colours and leaves_with(claims, title.credentials[0].type):
        output.draw(draw(portrait_of(claims, title.credentials[0].type)))
    _show(session, title, claims)


def _show(session: Session, title: HeldTitle, claims: JsonObject) -> None:
    output, now = session.output, session.clock()
    lines = [
        f"{output.text('title')}: {title_name(title.type, output.language)}",
        *output.said_by_them(title.type),
        *output.theirs("issuer", title.issuer),
        f"{output.text('received')}: {title.received}",
        f"{output.text('expires')}: {expiry_text(title.expires, now, output.language)}",
        f"{output.text('copies')}: {copies_text(title)}",
        f"{output.text('claims')}:",
        *facts(output, claims, title.type),
    ]
    output.result(summary(title) | {"claims": claims}, lines)
