"""The register's data folder: the officer's key, the service's secret, its citizens, what its endpoints remember."""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from didkit_fr.encoding import base64url
from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.keys import software
from didkit_fr.keys.software import SoftwareSigner
from didkit_fr.primitives.random import Random, system
from issuer_service.register import citizens
from issuer_service.register.citizens import Citizens
from issuer_service.register.generate import generate
from issuer_service.shell import allowed, mark, private_files
from issuer_service.shell.allowed import Rule, exactly, reading

__all__ = ["Folder"]

_SECRET_CHARS = 44
_CITIZENS, _DATABASE, _CLOCK = "citizens.json", "register.sqlite", "clock.json"
_OFFICER, _SECRET = "officer-key", "service-secret"

_RULES = (
    Rule(exactly(_OFFICER, _SECRET), allowed.LINE),
    Rule(exactly(_CITIZENS), reading(citizens.load, max_bytes=citizens.MAX_BYTES)),
    Rule(exactly(_CLOCK), mark.KIND),
    *allowed.database(_DATABASE, 0),
    allowed.drafts("(?:officer-key|service-secret)", lambda data: len(data) <= _SECRET_CHARS, max_bytes=_SECRET_CHARS),
    allowed.drafts(r"citizens\.json", lambda data: data[:1] in (b"", b"{"), max_bytes=citizens.MAX_BYTES),
    mark.drafts(_CLOCK),
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of mode 0700, made if absent; every file in it has mode 0600."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Folder":
        """Opens the folder.

        Raises:
            FetchError: `file_unavailable`.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FetchError("file_unavailable", error.strerror or "") from None
        return cls(path)

    @property
    def openings(self) -> Path:
        """Where the endpoints remember used tickets and openings."""
        return self.path / _DATABASE

    @property
    def clock(self) -> Path:
        """Where is kept what is known of the clock."""
        return self.path / _CLOCK

    def officer(self, random: Random = system) -> SoftwareSigner:
        """The officer's key, made on first use. In a real register the endpoints would hold its public half only."""
        fresh = base64url.encode(software.generate(random=random).secret()).encode()
        return software.from_secret(base64url.decode(self._once(_OFFICER, fresh).decode("latin-1")))

    def secret_digest(self, random: Random = system) -> bytes:
        """The SHA-256 of the service's secret, which is made on first use: 32 bytes in base64url on one line."""
        return sha256(self._once(_SECRET, base64url.encode(random(32)).encode())).digest()

    def citizens(self) -> Citizens:
        """The citizens of the folder's file, or else the generated ones.

        Raises:
            ParseError: `citizens_malformed`.
        """
        path = self.path / _CITIZENS
        return citizens.load(private_files.read(path, max_bytes=citizens.MAX_BYTES)) if path.exists() else generate()

    def install(self, raw: bytes) -> None:
        """Checks a citizens file, then puts it in the place of those the folder has.

        Raises:
            ParseError: `citizens_malformed`.
            FetchError: `file_unavailable`.
        """
        citizens.load(raw)
        private_files.replace(self.path / _CITIZENS, raw)

    def check(self) -> None:
        """Checks that nothing lies in the folder but what this program puts there.

        Raises:
            FetchError: `file_unavailable`.
            VerificationError: `folder_unexpected`.
        """
        allowed.check_folder(self.path, _RULES)

    def _once(self, name: str, fresh: bytes) -> bytes:
        path = self.path / name
        if not path.exists():
            with suppress(VerificationError):  # another process was first: its file is the one
                private_files.create(path, fresh + b"\n")
        return private_files.read(path, max_bytes=_SECRET_CHARS).strip()
