"""`make run`: register, issuer and a relying party on loopback until Ctrl-C, and the commands to try.

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

from tests.end_to_end.world import BIN, ROOT, World, free_port

CANNOT_TELL = 3
CHECK_SECONDS = 0.5

COMMANDS = """\
cd {folder} && export PATH={bin}:"$PATH"

# An officer of the register writes a ticket for one citizen; the issuer makes an offer of it.
echo {number} | didkit-register ticket --data register/data | didkit-issuer offer --data issuer/data > offer.txt

# The wallet of the citizen: made once, then it receives the title. Leave out --yes to be asked.
test -e wallet || didkit-wallet init --vault wallet --anchors wallet-anchors.json --insecure-loopback \
--passphrase-fd 3 3< wallet-passphrase
sed -n 's/^tx_code: //p' offer.txt > tx_code
sed -n 's/^offer: //p' offer.txt | didkit-wallet receive --yes --issuer {issuer} \
--vault wallet --tx-code-fd 4 4< tx_code --passphrase-fd 3 3< wallet-passphrase

# What it holds (the newest title is the last), and all that one title says.
didkit-wallet list --vault wallet --passphrase-fd 3 3< wallet-passphrase | tee titles.txt
didkit-wallet show "$(awk 'END {{ print $1 }}' titles.txt)" --vault wallet --passphrase-fd 3 3< wallet-passphrase

# A relying party asks for two facts; the wallet answers; what did it receive?
curl -s -X POST {relying_party}/ask > asked.json
python -c 'import json; print(json.load(open("asked.json"))["link"])' | \
didkit-wallet present --yes --verifier "$(cat relying_party/client_id)" \
--vault wallet --passphrase-fd 3 3< wallet-passphrase
curl -s {relying_party}/result/"$(python -c 'import json; print(json.load(open("asked.json"))["id"])')"; echo

# The agency revokes the title: repeat the last three commands two seconds later.
echo {number} | didkit-issuer revoke --data issuer/data --passphrase-fd 3 3< issuer-passphrase
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
        elif (made := self.init_issuer()).status != 0:
            raise RuntimeError(made.err)
        self.start_issuer()
        if not self.anchors.exists():
            self.certify_relying_party()
        port = free_port()
        self.start_relying_party(f"http://127.0.0.1:{port}", port)

    @property
    def anchors(self) -> Path:
        """Whom a wallet of this world trusts."""
        return self.folder / "wallet-anchors.json"

    def ended(self) -> bool:
        """Whether one of the processes is gone."""
        return any(server.process.poll() is not None for server in self.servers)

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
    """Where everything is, and the commands."""
    number = next(row["document_number"] for row in world.citizens_of_register() if "-00" not in row["birth_date"])
    places = {
        "register": world.register.address,
        "issuer": world.issuer.address,
        "relying party": world.relying_party.address,
        "anchors for wallets": str(world.anchors),
        "logs": str(world.folder / "logs"),
    }
    commands = COMMANDS.format(
        folder=shlex.quote(str(world.folder)),
        bin=shlex.quote(str(BIN)),
        number=number,
        issuer=world.issuer.address,
        relying_party=world.relying_party.address,
    )
    shown = "".join(f"{name + ':':<21}{place}\n" for name, place in places.items())
    return f"{shown}\nIn another terminal:\n\n{commands}\nCtrl-C ends it; the folder stays.\n"


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
    world = RunWorld(folder, passphrase=issuer, root_passphrase=root)
    with world:
        try:
            world.open()
            print(described(world), flush=True)
        except (RuntimeError, ValueError) as error:
            if told.is_set():  # the terminal told the commands it runs, too: they gave up with it
                return 0
            print(f"error: {error}\nhint: is it running already, or a port taken?", file=sys.stderr)
            return CANNOT_TELL
        while not told.wait(CHECK_SECONDS):
            if world.ended():
                print(f"error: a process ended\nhint: see {folder / 'logs'}", file=sys.stderr)
                return CANNOT_TELL
    return 0


if __name__ == "__main__":
    sys.exit(main())
