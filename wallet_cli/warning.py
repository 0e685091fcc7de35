"""What a citizen should know before it is too late: a title that ends, copies that run out. Pure."""

from collections.abc import Iterable

from wallet_cli.contents import HeldTitle
from wallet_cli.output import Output
from wallet_cli.reading import title_name

__all__ = ["FEW_COPIES", "SOON_DAYS", "warn", "warn_of_expired", "warnings_of"]

SOON_DAYS = 7
FEW_COPIES = 2
DAY = 86_400


def warnings_of(title: HeldTitle, now: int) -> list[str]:
    """Keys of `messages.TEXTS`; an expired title needs no word about its copies, one bound to no key has no copies."""
    if title.expires is not None and title.expires <= now:
        return ["warn_expired"]
    soon = title.expires is not None and title.expires < now + SOON_DAYS * DAY
    few = "warn_no_copy" if not title.fresh else "warn_few_copies"
    spent = title.fresh < FEW_COPIES and not all(credential.bearer for credential in title.credentials)
    return ["warn_expires"] * soon + [few] * spent


def warn(output: Output, title: HeldTitle, now: int) -> None:
    """Says what there is to warn about."""
    name = title_name(title.type, output.language)
    days = 0 if title.expires is None else max(0, (title.expires - now) // DAY)
    for key in warnings_of(title, now):
        said = output.text(key).format(days=days, copies=title.fresh)
        output.say(f"{output.text('warning')}: {name} ({title.id}): {said}")


def warn_of_expired(output: Output, titles: Iterable[HeldTitle], now: int) -> None:
    """Says which titles can answer no request any more."""
    for title in titles:
        if "warn_expired" in warnings_of(title, now):
            warn(output, title, now)
