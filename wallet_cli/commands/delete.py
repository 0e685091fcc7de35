"""`didkit-wallet delete`: a title, its copies and their keys, gone; nobody is told."""

from wallet_cli.contents import find, logged, without
from wallet_cli.history import Event
from wallet_cli.messages import Declined
from wallet_cli.reading import title_name
from wallet_cli.session import Session

__all__ = ["run"]


def run(session: Session, title_id: str, *, yes: bool) -> None:
    """Destroys a title: the vault is written anew without it, and no request is made.

    Raises:
        DidkitError, Misuse: those of `Session.open`; `title_not_held`, `access_denied`.
    """
    output = session.output
    with session.open() as vault:
        title = find(vault.contents, title_id)
        name = title_name(title.type, output.language)
        output.say(f"{output.text('title')}: {name} ({title.received})", *output.theirs("issuer", title.issuer))
        if not session.agrees("ask_delete", beforehand=yes):
            raise Declined("nothing_done")
        gone = Event(session.clock(), "deleted", issuer=title.issuer, title=title.id, type=title.type)
        vault.replace(logged(without(vault.contents, title_id), gone))
    output.result({"deleted": title_id}, [f"{output.text('deleted')}: {title_id}"])
