"""`make scan`: what would an attacker of everything the issuer stores find of the citizens? It must be nothing.

Journeys are played with citizens whose text attributes are canaries. Then all is searched while the service still
runs: database file, its write-ahead log, every column through SQL, a copy as backup, logs, data folder, temporary
files. What is looked for are the canaries, and unkeyed hashes of every value of the register, however short: who can
guess a value finds it by its hash. A positive control plants a canary in every place and every dress, and hashes in
every dress, and must find each one of them, so that a scan which finds nothing means something.
"""

import json
import sqlite3
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterable
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

from rich.console import Console

from didkit_fr.credentials import titles
from didkit_fr.encoding import base64url
from didkit_fr.errors import VerificationError
from didkit_fr.protocols.oauth.token import PRE_AUTHORIZED
from issuer_service.grants import sealing
from issuer_service.grants.epochs import EpochKeys
from issuer_service.register import citizens
from tests.end_to_end import chapters, digests, needles
from tests.end_to_end.canaries import citizens_file, records_of, texts_of
from tests.end_to_end.control import positive_control
from tests.end_to_end.journey import Journey
from tests.end_to_end.proxy import Proxy
from tests.end_to_end.stored import scan_world
from tests.end_to_end.world import World, post


def play(world: World, proxy: Proxy, console: Console) -> tuple[str, str]:
    """The demo's journey, and two offers that stay open: one untouched, one redeemed for a token that is not used.

    Returns what a bystander may have seen: the untouched offer's link, and the token.
    """
    for played in chapters.play(Journey(world, proxy)):
        outcome, _ = played.outcome()
        mark = "ok" if outcome.as_expected else "NOT EXPECTED"
        console.print(f"{mark}  {played.title}: {outcome.seen}", highlight=False)
        if not outcome.as_expected:
            raise SystemExit(1)
    rows = [row for row in world.citizens_of_register() if "pid" in row["titles"]]
    untouched, redeemed = (world.offer(world.ticket(row["document_number"])).json() for row in rows[-2:])
    return untouched["offer"], redeem(world, redeemed["offer"], redeemed["tx_code"])


def known_of(raw: bytes) -> dict[bytes, str]:
    """Unkeyed hashes of everything in a citizens file, and of every answer that the register may give of it today."""
    now, records, wholes = int(time.time()), [], []
    for record, citizen in zip(records_of(raw), citizens.load(raw).values(), strict=True):
        answers = {title: citizens.answer(citizen, None, now, title=title) for title in sorted(citizen.titles)}
        records.append({**{name: value for answer in answers.values() for name, value in answer.items()}, **record})
        wholes += [*answers.values(), *(titles.build_claims(titles.load(one), answers[one]) for one in answers)]
    return digests.of_records(records, wholes)


def redeem(world: World, offer: str, tx_code: str) -> str:
    """Redeems an offer and stops: the grant stays, sealed under a token that only we have."""
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code_in(offer), "tx_code": tx_code}
    body = urllib.parse.urlencode(form).encode()
    status, answer = post(f"{world.issuer.address}/token", body, "application/x-www-form-urlencoded")
    if status != HTTPStatus.OK:
        raise RuntimeError(f"the token endpoint answered {status}")
    return str(answer["access_token"])


def code_in(offer: str) -> str:
    """The pre-authorized code in an offer's link, as whoever sees its QR code can read it."""
    content = json.loads(dict(urllib.parse.parse_qsl(offer.partition("?")[2]))["credential_offer"])
    return str(content["grants"][PRE_AUTHORIZED]["pre-authorized_code"])


def attacker(world: World, link: str, token: str, texts: Iterable[str]) -> tuple[str, ...]:
    """What opens to an attacker who has the database, an offer's QR code and even a token, but not the epoch keys.

    The attacker knows how rows are found and sealed, and tries every row with every secret and guessed epoch keys.
    Then the attacker is given the epoch keys too: what opens is evidence for the register's own endpoint, no attribute.
    """
    secrets = {sealing.HOP_CODE: base64url.decode(code_in(link)), sealing.HOP_TOKEN: base64url.decode(token)}
    stores = {sealing.HOP_CODE: "offers", sealing.HOP_TOKEN: "grants"}
    epochs = EpochKeys(world.issuer_data / "epochs")
    broken, wanted = [], needles.index(needles.patterns(texts))
    for hop, secret in secrets.items():
        row = row_of(world, stores[hop], sealing.lookup_id(secret))
        guesses = (bytes(32), secret[:32], sealing.lookup_id(secret))
        if any(opened(row, secret, hop, key) is not None for key in guesses):
            broken.append(f"{stores[hop]} opened without the epoch key")
        evidence = opened(row, secret, hop, epochs.get(row["epoch"]))
        if evidence is None or needles.search(evidence, wanted):
            broken.append(f"{stores[hop]}: the sealed evidence is not what it should be")
    return tuple(broken)


def row_of(world: World, table: str, lookup: bytes) -> sqlite3.Row:
    """A row of the stolen database."""
    with closing(sqlite3.connect(world.issuer_data / "issuer.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        row: sqlite3.Row = connection.execute(f"SELECT * FROM {table} WHERE lookup = ?", (lookup,)).fetchone()  # noqa: S608 - our own name
        return row


def opened(row: sqlite3.Row, secret: bytes, hop: str, epoch_key: bytes) -> bytes | None:
    """What a sealed row opens to with this epoch key; None if it does not."""
    try:
        return sealing.open_grant(
            secret,
            epoch_key=epoch_key,
            hop=hop,
            row=row["row"],
            title=row["title"],
            holder="",
            expires=row["expires"],
            sealed=row["sealed"],
        )
    except VerificationError:
        return None


def main() -> int:
    """Plays, scans, and runs the positive control; 0 only if nothing is found and every planted canary is."""
    console = Console(stderr=True, width=160)
    with tempfile.TemporaryDirectory(prefix="didkit-scan-") as folder, Proxy() as proxy:
        people = Path(folder) / "citizens.json"
        people.write_bytes(citizens_file())
        made = chapters.world_of(Path(folder) / "world", people)
        with made as world:
            link, token = play(world, proxy, console)
            texts, known = texts_of(people.read_bytes()), known_of(people.read_bytes())
            report = scan_world(world, texts, known)
            broken = attacker(world, link, token, texts)
            planted, missed = positive_control(world)
    console.print(report.sentence, highlight=False)
    control = f"positive control: {planted - len(missed)} of {planted} planted canaries and hashes found"
    console.print(control, highlight=False)
    console.print(
        f"the database with an offer's QR code and a token in hand: {broken or 'nothing opens'}", highlight=False
    )
    found = sorted({*report.found, *report.odd_values, *broken})[:20]
    searched = {"clean": report.clean, "places": report.places, "patterns": report.patterns, "hashes": report.digests}
    print(json.dumps(searched | {"planted": planted, "missed": sorted(missed)[:20], "found": found}))
    return 0 if report.clean and not missed and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
