"""`make run`: register, issuer and a relying party on loopback until Ctrl-C, with pages and the commands to try.

Everything lies in one folder (`--folder`, by default `data` in the checkout), which is used again where it exists: the
same citizens, keys, ports and titles. Its passphrases lie beside what they open: it is for trying things out.
"""

import argparse
import os
import secrets
import shlex
import signal
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from didkit_fr.credentials import titles
from tests.end_to_end.world import BIN, ROOT, World, run
from tests.ports import free_port

CANNOT_TELL = 3
CHECK_SECONDS = 0.5

TITLES = (
    *("pid", "passport", "residence_permit", "driving_licence", "proof_of_age"),
    *("national_identity", "residence_attestation"),
)
FORMATS = ("dc+sd-jwt", "mso_mdoc")
OFFER_SECONDS = 3600

COMMANDS = """\
cd {folder} && export PATH={bin}:"$PATH" DIDKIT_WALLET={folder}/wallet

# An officer of the register writes a ticket for one citizen; the issuer makes an offer of it, and a page for a browser.
echo {number} | didkit-register ticket --data register/data --title pid | \
didkit-issuer offer --data issuer/data --by-reference > offer.txt
sed -n 's/^page: //p' offer.txt

# The wallet of the citizen: made once, then it receives the title. Leave out --yes to be asked.
test -e wallet || didkit-wallet init --anchors wallet-anchors.json --insecure-loopback \
--passphrase-fd 3 3< wallet-passphrase
sed -n 's/^tx_code: //p' offer.txt > tx_code
sed -n 's/^offer: //p' offer.txt | didkit-wallet receive --yes --issuer {issuer} \
--tx-code-fd 4 4< tx_code --passphrase-fd 3 3< wallet-passphrase

# What it holds (the newest title is the last), and all that one title says.
didkit-wallet list --passphrase-fd 3 3< wallet-passphrase | tee titles.txt
didkit-wallet show "$(awk 'END {{ print $1 }}' titles.txt)" --passphrase-fd 3 3< wallet-passphrase

# A relying party asks for two facts; the wallet answers; what did it receive?
curl -s -c visit -X POST {relying_party}/ask > asked.json
python -c 'import json; print(json.load(open("asked.json"))["link"])' | \
didkit-wallet present --yes --verifier "$(cat relying_party/client_id)" --passphrase-fd 3 3< wallet-passphrase
curl -s -b visit {relying_party}/result/"$(python -c 'import json; print(json.load(open("asked.json"))["id"])')"; echo

# The agency revokes the title: repeat the last three commands two seconds later.
echo {number} | didkit-issuer revoke --data issuer/data --title pid --passphrase-fd 3 3< issuer-passphrase
"""

OTHER = """\
# {label}: an offer, to be received as the one above.
echo {number} | didkit-register ticket --data register/data --title {title} | \
didkit-issuer offer --data issuer/data --by-reference > offer.txt
sed -n 's/^page: //p' offer.txt
"""


class RunWorld(World):
    """A world that stays: what the folder holds already is used again."""

    def open(self) -> None:
        """Starts what there is to start, and makes what is missing."""
        settings = self._settings()
        register = str(settings.get("register_url", ""))
        self.start_register(int(register.rpartition(":")[2] or 0))
        if settings:
            self.issuer_port = int(str(settings["port"]))
            self.accept_clocks()
        elif (made := self.init_issuer()).status != 0:
            raise RuntimeError(made.err)
        self.configure(pages=True, offer_pages=True, offer_ttl=OFFER_SECONDS)
        self.start_issuer()
        if not self.anchors.exists():
            self.certify_relying_party()
        port = free_port()
        self.start_relying_party(f"http://127.0.0.1:{port}", port)

    def accept_clocks(self) -> None:
        """Says that this machine's clock is right: nothing measured the time since the last run."""
        for command, data in (("didkit-register", self.register_data), ("didkit-issuer", self.issuer_data)):
            accepted = run([BIN / command, "clock", "--data", data, "--accept"], environment=self.environment)
            if accepted.status != 0:
                raise RuntimeError(accepted.err)

    @property
    def anchors(self) -> Path:
        """Whom a wallet of this world trusts."""
        return self.folder / "wallet-anchors.json"

    def ended(self) -> bool:
        """Whether one of the processes is gone."""
        return any(server.process.poll() is not None for server in self.servers)

    def issued(self) -> dict[str, str]:
        """The titles that this issuer issues, and for each the number of a document that its citizen holds."""
        rows = [row for row in self.citizens_of_register() if "-00" not in row["birth_date"]]
        named = self._settings()["titles"]
        assert isinstance(named, list)
        return {title: next(row["document_number"] for row in rows if title in row["titles"]) for title in named}

    def waiting(self, title: str, number: str) -> dict[str, str]:
        """An offer by reference, made as an officer makes it: its `page`, its `tx_code`, when it `expires`."""
        ticket = self.ticket(number, "--title", title, "--minutes", str(OFFER_SECONDS // 60))
        made = self.offer(ticket, "--by-reference")
        if made.status != 0:
            raise RuntimeError(made.err)
        answer: dict[str, str] = made.json()
        return answer

    def _settings(self) -> Mapping[str, object]:
        path = self.issuer_data / "settings.toml"
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def passphrase(folder: Path, name: str) -> str:
    """A passphrase that lies in a file of the folder, drawn where it is not there yet."""
    path = folder / name
    if not path.exists():
        path.write_text(secrets.token_urlsafe(24) + "\n", "utf-8")
    return path.read_text("utf-8").strip()


def described(world: RunWorld) -> str:
    """Where everything is, the offers that wait, and the commands."""
    issued = world.issued()
    places = {
        "start page": world.issuer.address,
        "titles": f"{world.issuer.address}/titles",
        "register": world.register.address,
        "issuer": world.issuer.address,
        "relying party": world.relying_party.address,
        "anchors for wallets": str(world.anchors),
        "logs": str(world.folder / "logs"),
    }
    commands = COMMANDS.format(
        folder=shlex.quote(str(world.folder)),
        bin=shlex.quote(str(BIN)),
        number=issued["pid"],
        issuer=world.issuer.address,
        relying_party=world.relying_party.address,
    )
    others = "\n".join(
        OTHER.format(label=titles.load(title).label["en"], number=number, title=title)
        for title, number in issued.items()
        if title != "pid"
    )
    shown = "".join(f"{name + ':':<21}{place}\n" for name, place in places.items())
    offers = "".join(offered(world, title, number) for title, number in issued.items())
    return (
        f"{shown}\nOf each title an offer waits for an hour. Its page is for a browser, its code for the wallet.\n\n"
        f"{offers}\nThe wallet that a page speaks of is made below; its passphrase is in wallet-passphrase.\n\n"
        f"In another terminal:\n\n{commands}\nOther titles:\n\n{others}\nCtrl-C ends it; the folder stays.\n"
    )


def offered(world: RunWorld, title: str, number: str) -> str:
    """One offer that waits, in lines."""
    made = world.waiting(title, number)
    return f"  {titles.load(title).label['en']}\n    page: {made['page']}\n    code: {made['tx_code']}\n"


def main() -> int:
    """Serves until it is told to end. 0 when it was told, 3 where a process ended by itself or did not start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "data", help="where everything lies (default: %(default)s)"
    )
    folder = parser.parse_args().folder.absolute()
    told = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    names = ("issuer-passphrase", "root-passphrase", "wallet-passphrase")
    issuer, root, _ = (passphrase(folder, name) for name in names)
    world = RunWorld(folder, titles=TITLES, formats=FORMATS, passphrase=issuer, root_passphrase=root)
    with world:
        try:
            world.open()
            print(described(world), flush=True)
        except (RuntimeError, ValueError) as error:
            if told.is_set():  # the terminal told the commands it runs, too: they gave up with it
                return 0
            # A folder of before says itself what to do.
            hint = "" if "clock --data" in str(error) else "\nhint: is it running already, or a port taken?"
            print(f"error: {error}{hint}", file=sys.stderr)
            return CANNOT_TELL
        while not told.wait(CHECK_SECONDS):
            if world.ended():
                print(f"error: a process ended\nhint: see {folder / 'logs'}", file=sys.stderr)
                return CANNOT_TELL
    return 0


if __name__ == "__main__":
    sys.exit(main())
