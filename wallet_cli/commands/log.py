"""`didkit-wallet log`: what happened, with whom, and which claims; shown, exported or cleared by the citizen only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from didkit_fr.encoding import json
from wallet_cli import files, history
from wallet_cli.contents import without_log
from wallet_cli.history import Event
from wallet_cli.messages import Declined, Misuse
from wallet_cli.output import Output
from wallet_cli.reading import names, path_name, title_name
from wallet_cli.session import Session

__all__ = ["Filter", "run"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events: since a UTC day, of one type, with one verifier; a name is found by a part of it."""

    since: str | None = None
    type: str | None = None
    verifier: str | None = None

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self == Filter()

    def choose(self, log: Sequence[Event], language: str) -> list[Event]:
        """The events that were asked for, the oldest first.

        Raises:
            Misuse: `date_unusable`.
        """
        start = 0 if self.since is None else _start_of(self.since)
        return [event for event in log if event.at >= start and self._fits(event, language)]

    def _fits(self, event: Event, language: str) -> bool:
        named = title_name(event.type, language).casefold() if event.type else ""
        of_type = self.type is None or event.type.startswith(self.type) or self.type.casefold() in named
        return of_type and (self.verifier is None or _is_party(event, self.verifier))


def run(session: Session, chosen: Filter, *, export: Path | None, clear: bool, yes: bool) -> None:
    """Shows, exports or clears; a log is exported before it is cleared.

    Raises:
        DidkitError, Misuse: those of `Session.open` and `files.export`; `access_denied`; `clear_filtered`.
    """
    if clear and not chosen.all:
        raise Misuse("clear_filtered")
    output = session.output
    with session.open() as vault:
        events = chosen.choose(vault.contents.log, output.language)
        if export is not None:
            files.export(export, json.encode({"events": [history.build(event) for event in events]}) + b"\n")
        if clear:
            if not session.agrees("ask_clear", beforehand=yes):
                raise Declined("nothing_done")
            vault.replace(without_log(vault.contents))
    _report(output, events, exported=export is not None, cleared=clear)


def _report(output: Output, events: Sequence[Event], *, exported: bool, cleared: bool) -> None:
    done = {"exported": exported} | {"cleared": cleared}
    said = [output.text(what) for what, is_so in done.items() if is_so]
    if said:
        output.result({"events": len(events), **done}, [f"{', '.join(said)}: {len(events)}"])
    elif not events and not output.as_json:
        output.say(output.text("nothing_logged"))
    else:
        lines = [line for event in events for line in _lines(event, output)]
        output.result({"events": [history.build(event) for event in events]}, lines)


def _lines(event: Event, output: Output) -> list[str]:
    """An event in a line, then with whom, then which claims."""
    language = output.language
    title = f"{title_name(event.type, language)} ({event.title})" if event.type else ""
    when = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    parts = [part for part in (output.text(f"log_{event.what}"), title, event.code) if part]
    parties = [event.verifier, event.client_id] if event.client_id else [event.issuer]
    claims = [path_name(path, event.type, language) for path in event.paths]
    return [
        f"{when}  {', '.join(parts)}",
        *output.said_by_them(*(party for party in parties if party)),
        *names(output, list(dict.fromkeys(claims))),
    ]


def _is_party(event: Event, wanted: str) -> bool:
    if not event.client_id:
        return False
    return wanted == event.client_id or wanted.casefold() in event.verifier.casefold()


def _start_of(day: str) -> int:
    try:
        start = date.fromisoformat(day)
    except ValueError:
        raise Misuse("date_unusable") from None
    return int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
