"""`didkit-wallet show`: the claims of one title, on this screen only."""

from wallet_cli.commands.list import summary
from wallet_cli.contents import resolve
from wallet_cli.reading import claims_of, describe, expiry_text, title_name
from wallet_cli.session import Session

__all__ = ["run"]


def run(session: Session, wanted: str) -> None:
    """Shows one title, named by its identifier, its type, or the beginning of either; every copy says the same.

    Raises:
        DidkitError, Misuse: those of `Session.open`; `title_not_held`, `title_ambiguous`.
    """
    output, now = session.output, session.clock()
    with session.open() as vault:
        title = resolve(vault.contents, wanted)
    claims = claims_of(title.format, title.copies[0].raw)
    lines = [
        f"{output.text('title')}: {title_name(title.type, output.language)} ({title.type})",
        f"{output.text('issuer')}: {title.issuer}",
        f"{output.text('received')}: {title.received}",
        f"{output.text('expires')}: {expiry_text(title.expires, now, output.language)}",
        f"{output.text('copies')}: {title.fresh}/{len(title.copies)}",
        f"{output.text('claims')}:",
        *(f"  {label}: {value}" for label, value in describe(claims, title.type, output.language)),
    ]
    output.result(summary(title) | {"claims": claims}, lines)
