"""Files that the wallet writes for the citizen: whole or not at all, for their owner only, over nothing."""

import os
from contextlib import suppress
from pathlib import Path

from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.primitives.random import Random, system

__all__ = ["write_new"]


def write_new(path: Path, data: bytes, *, random: Random = system) -> None:
    """Writes a new file of mode 0600; it appears under its name when it is complete.

    Raises:
        FetchError: `file_unavailable`.
        VerificationError: `file_exists`.
    """
    draft = path.with_name(f".{path.name[:64]}.{random(8).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, it never takes the place of a file, nor follows a link
    except FileExistsError:
        raise VerificationError("file_exists") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno or 0).lower() if isinstance(error, OSError) else "not a name"
        raise FetchError("file_unavailable", reason) from None
    finally:
        with suppress(OSError, ValueError):
            draft.unlink()
