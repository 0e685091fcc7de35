"""A small world of real processes on loopback: register, issuer, relying party, wallets, and a recording proxy.

Commands are the installed ones, driven as a person would type them; secrets go through file descriptors and standard
input, so the world also shows that this is possible.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from didkit_fr.keys import software, x509
from didkit_fr.keys.public import PublicKey
from didkit_fr.protocols.openid4vp.request import client_id_of
from didkit_fr.trust.anchors import Anchor, Anchors
from tests.ports import free_port
from tests.waiting import PATIENCE

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
DAY = 86_400

AT_ONCE = BoundedSemaphore(max(2, os.cpu_count() or 2))
"""Commands that run at one time: with more than there are processors, each would take long enough to be given up."""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """The command's `--json` answer."""
        return json.loads(self.out)


def run(
    command: Sequence[object],
    *,
    stdin: str = "",
    secrets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = PATIENCE,
) -> Ran:
    """Runs a command to its end; each secret goes through a pipe, its option naming the file descriptor."""
    arguments, readers = _with_secrets(command, secrets or {})
    try:
        with AT_ONCE:
            done = subprocess.run(
                arguments,
                input=stdin.encode(),
                capture_output=True,
                pass_fds=readers,
                env={**os.environ, **(environment or {})},
                timeout=timeout,
                check=False,
            )
    finally:
        for reader in readers:
            os.close(reader)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def _with_secrets(command: Sequence[object], secrets: Mapping[str, str]) -> tuple[list[str], list[int]]:
    arguments, readers = [str(part) for part in command], []
    for option, secret in secrets.items():
        reader, writer = os.pipe()
        os.write(writer, secret.encode() + b"\n")
        os.close(writer)
        arguments += [option, str(reader)]
        readers.append(reader)
    return arguments, readers


@dataclass
class Server:
    """A process that serves; `address` is what it said on its first line."""

    process: subprocess.Popen[bytes]
    address: str

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stops it and waits."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(
    command: Sequence[object],
    *,
    log: Path,
    secrets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Starts a server and waits for the line that says where it listens; what it logs goes to a file."""
    arguments, readers = _with_secrets(command, secrets or {})
    with log.open("ab") as errors:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=readers,
            env={**os.environ, **(environment or {})},
        )
    for reader in readers:
        os.close(reader)
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    line = process.stdout.readline() if ready else b""
    if not line:
        process.kill()
        process.wait()
        process.stdout.close()
        raise RuntimeError(f"{arguments[0]} did not start: {log.read_text(encoding='utf-8')[-2000:]}")
    return Server(process, json.loads(line)["address"])


def together(*calls: Callable[[], T]) -> list[T]:
    """What the calls return, each in a thread of its own: commands of people who do not wait for each other."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [started.result() for started in [pool.submit(call) for call in calls]]


# One browser for all tests: what a relying party's page asked for is told to the browser that asked.
VISIT = {"cookie": f"visit={'v' * 43}"}


def get(url: str) -> Any:
    """A JSON answer from loopback."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=VISIT), timeout=PATIENCE) as answer:
        return json.load(answer)


def post(url: str, body: bytes = b"", content_type: str = "application/json") -> tuple[int, Any]:
    """Status and JSON answer of a POST to loopback."""
    request = urllib.request.Request(url, body, {"content-type": content_type, **VISIT}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@dataclass
class Wallet:
    """One citizen's wallet, used through the command line."""

    folder: Path
    passphrase: str
    environment: Mapping[str, str]

    def __call__(self, *arguments: str, stdin: str = "", tx_code: str | None = None, json_output: bool = True) -> Ran:
        """Runs `didkit-wallet ...` on this wallet."""
        command = self._command(arguments, json_output=json_output)
        return run(command, stdin=stdin, secrets=self._secrets(tx_code), environment=self.environment)

    def start(self, *arguments: str, stdin: str = "", tx_code: str | None = None) -> subprocess.Popen[str]:
        """Starts `didkit-wallet ... --json` and does not wait for it; its answer is read from the pipes."""
        command, readers = _with_secrets(self._command(arguments, json_output=True), self._secrets(tx_code))
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=readers,
            env={**os.environ, **self.environment},
            text=True,
        )
        for reader in readers:
            os.close(reader)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        return process

    def _command(self, arguments: Sequence[str], *, json_output: bool) -> list[object]:
        return [BIN / "didkit-wallet", *arguments, "--vault", self.folder, *(["--json"] if json_output else [])]

    def _secrets(self, tx_code: str | None) -> dict[str, str]:
        return {"--passphrase-fd": self.passphrase} | ({} if tx_code is None else {"--tx-code-fd": tx_code})


@dataclass
class World:
    """All of it, in one folder; use it as a context manager."""

    folder: Path
    citizens: Path | None = None
    batch_size: int = 5
    status_ttl: int = 1
    servers: list[Server] = field(default_factory=list)
    tickets: list[tuple[str, str]] = field(default_factory=list)
    issuer_port: int = 0
    tls: bool = False
    titles: tuple[str, ...] = ("pid",)
    formats: tuple[str, ...] = ("dc+sd-jwt",)
    passphrase: str = "the issuer's passphrase"
    root_passphrase: str = "the root's passphrase, kept elsewhere"
    met: set[str] = field(default_factory=set)
    meeting: Lock = field(default_factory=Lock)

    def __enter__(self) -> "World":
        for name in ("register", "issuer", "root", "relying_party", "tmp", "logs", "wallets"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.environment = {"TMPDIR": str(self.folder / "tmp"), "LANG": "en_GB.UTF-8", "LC_ALL": "", "COLUMNS": "120"}
        return self

    def __exit__(self, *_: object) -> None:
        for server in reversed(self.servers):
            server.stop()

    @property
    def issuer_data(self) -> Path:
        """The issuer's data folder."""
        return self.folder / "issuer" / "data"

    @property
    def issuer_state(self) -> Path:
        """The issuer's state folder, which no backup of the data folder brings back."""
        return self.folder / "issuer" / "state"

    @property
    def register_data(self) -> Path:
        """The register's data folder."""
        return self.folder / "register" / "data"

    @property
    def trusting(self) -> tuple[str, ...]:
        """The options of `receive` that agree beforehand to this issuer and no other."""
        return ("--yes", "--issuer", f"{'https' if self.tls else 'http'}://127.0.0.1:{self.issuer_port}")

    @property
    def agreed(self) -> tuple[str, ...]:
        """The options of `present` that agree beforehand to this relying party and no other."""
        return ("--yes", "--verifier", (self.folder / "relying_party" / "client_id").read_text("ascii"))

    def _start(self, command: Sequence[object], name: str, secrets: Mapping[str, str] | None = None) -> Server:
        server = start(command, log=self.folder / "logs" / f"{name}.log", secrets=secrets, environment=self.environment)
        self.servers.append(server)
        return server

    def start_register(self, port: int = 0) -> Server:
        """The authentic register, a process of its own with data of its own."""
        command = [BIN / "didkit-register", "serve", "--data", self.register_data, "--port", str(port)]
        if self.citizens is not None:
            command += ["--citizens", self.citizens]
        self.register = self._start(command, "register")
        return self.register

    def init_issuer(self) -> Ran:
        """`didkit-issuer init`: a data folder, and elsewhere the passphrase-encrypted root."""
        self.issuer_port = self.issuer_port or free_port()
        scheme, tls_options = ("https", self.make_tls()) if self.tls else ("http", [])
        made = run(
            [
                *(BIN / "didkit-issuer", "init", "--data", self.issuer_data, "--state", self.issuer_state),
                *("--root", self.folder / "root" / "root.sealed"),
                *("--issuer", f"{scheme}://127.0.0.1:{self.issuer_port}", "--port", str(self.issuer_port)),
                *("--register", self.register.address),
                *("--register-secret-file", self.register_data / "service-secret"),
                *("--insecure-loopback", "--json", *tls_options),
                *(part for title in self.titles for part in ("--title", title)),
                *(part for form in self.formats for part in ("--format", form)),
            ],
            secrets={"--passphrase-fd": self.passphrase, "--root-passphrase-fd": self.root_passphrase},
            environment=self.environment,
        )
        if made.status == 0:
            self.configure(batch_size=self.batch_size, status_ttl=self.status_ttl)
        return made

    def make_tls(self) -> list[object]:
        """A TLS certificate for loopback, and an authority that this world's commands trust (`SSL_CERT_FILE`)."""
        folder = self.folder / "tls"
        folder.mkdir(exist_ok=True)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        server = authority.issue_cert("127.0.0.1")
        server.private_key_pem.write_to_path(str(folder / "key.pem"))
        (folder / "chain.pem").write_bytes(b"".join(one.bytes() for one in server.cert_chain_pems))
        self.environment["SSL_CERT_FILE"] = str(folder / "authority.pem")
        return ["--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem"]

    def configure(self, **settings: int) -> None:
        """Changes settings as an operator would: in the file; what is true or false is so in TOML as in JSON."""
        path = self.issuer_data / "settings.toml"
        kept = [line for line in path.read_text("utf-8").splitlines() if line.split(" ")[0] not in settings]
        path.write_text(
            "\n".join([*kept, *(f"{name} = {json.dumps(value)}" for name, value in settings.items()), ""]), "utf-8"
        )

    def citizens_of_register(self) -> list[dict[str, str]]:
        """The officer's list of citizens."""
        command = [BIN / "didkit-register", "citizens", "--data", self.register_data, "--json"]
        rows: list[dict[str, str]] = run(command, environment=self.environment).json()
        return rows

    def newcomer(self, title: str, suits: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The last citizen of the register with a title who suits and whom nobody got by this: each has it alone."""
        with self.meeting:
            for row in reversed(self.citizens_of_register()):
                if title in row["titles"] and suits(row) and row["document_number"] not in self.met:
                    self.met.add(row["document_number"])
                    return row
        raise LookupError(f"nobody else in this register has a {title}")

    def start_issuer(self) -> Server:
        """The issuer service."""
        self.issuer = self._start(
            [BIN / "didkit-issuer", "serve", "--data", self.issuer_data],
            "issuer",
            {"--passphrase-fd": self.passphrase},
        )
        return self.issuer

    def certify_relying_party(self, name: str = "Café de la Gare") -> None:
        """An access authority certifies a relying party; everyone gets the anchors that concern them."""
        now, folder, key = int(time.time()), self.folder / "relying_party", software.generate()
        self.access_key = software.generate()
        root = x509.issue_root(self.access_key, name="Autorité d'accès (démo)", country="FR", now=now - DAY, days=365)
        self.access_root = root
        leaf = self.certified(name, key.public_key)
        private = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(private)
        (folder / "chain.pem").write_bytes(x509.pem(leaf))
        issuers = Anchors.parse((self.issuer_data / "anchors.json").read_bytes())
        (folder / "anchors.json").write_bytes(issuers.encode())
        access = Anchor("Autorité d'accès (démo)", root, frozenset({"request"}), frozenset())
        (self.folder / "wallet-anchors.json").write_bytes(Anchors((*issuers.anchors, access)).encode())

    def certified(self, name: str, key: PublicKey) -> x509.Certificate:
        """An access certificate for another relying party, once `certify_relying_party` made the authority."""
        now = int(time.time())
        return x509.issue_leaf(
            self.access_key, self.access_root, key, name=name, country="FR", now=now - DAY, days=90, purposes=()
        )

    def start_relying_party(self, public_url: str, port: int = 0) -> Server:
        """The relying-party example, its `client_id` beside its certificate.

        Its answers are not encrypted, so that the proxy can read and forge them.
        """
        data = self.folder / "relying_party"
        (leaf,) = x509.parse_pem_chain((data / "chain.pem").read_bytes())
        (data / "client_id").write_text(client_id_of(leaf), "ascii")
        example = ROOT / "specs" / "examples" / "relying_party.py"
        self.relying_party = self._start(
            [
                *(sys.executable, example, "--data", data),
                *("--public-url", public_url, "--port", str(port), "--insecure-loopback"),
                "--plain",
            ],
            "relying_party",
        )
        return self.relying_party

    def wallet(self, name: str) -> Wallet:
        """A new wallet that trusts the demo's anchors."""
        wallet = Wallet(self.folder / "wallets" / name, f"{name}'s own passphrase", self.environment)
        made = wallet("init", "--anchors", str(self.folder / "wallet-anchors.json"), "--insecure-loopback")
        assert made.status == 0, made.err
        return wallet

    def ticket(self, document_number: str, *options: str) -> str:
        """An officer's signed ticket for one citizen; `tickets` remembers each, by document and title."""
        title = options[options.index("--title") + 1] if "--title" in options else "pid"
        self.tickets.append((document_number, title))
        command = [BIN / "didkit-register", "ticket", "--data", self.register_data, *options]
        made = run(command, stdin=document_number + "\n", environment=self.environment)
        assert made.status == 0, made.err
        return made.out

    def offer(self, ticket: str, *options: str) -> Ran:
        """`didkit-issuer offer`, the ticket on standard input."""
        command = [BIN / "didkit-issuer", "offer", "--data", self.issuer_data, "--json", *options]
        return run(command, stdin=ticket, environment=self.environment)

    def give(self, wallet: Wallet, document_number: str, title: str) -> Ran:
        """A ticket, its offer, and what a wallet says that receives the title."""
        made = self.offer(self.ticket(document_number, "--title", title))
        if made.status != 0:
            return made
        offer = made.json()
        return wallet("receive", *self.trusting, stdin=offer["offer"], tx_code=offer["tx_code"])

    def revoke(self, document_number: str, *options: str) -> Ran:
        """`didkit-issuer revoke`, the document number on standard input."""
        command = [BIN / "didkit-issuer", "revoke", "--data", self.issuer_data, "--json", *options]
        secrets = {"--passphrase-fd": self.passphrase}
        return run(command, stdin=document_number + "\n", secrets=secrets, environment=self.environment)
