"""A sealed file that asks for more memory than there is: nobody can tell whether the passphrase is right."""

import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import resource, struct
from didkit_fr.errors import FetchError
from didkit_fr.primitives.passphrase import MAX_MEMORY, Cost, open_sealed, seal

sealed = bytearray(seal(b"secret", b"plaintext", context=b"", cost=Cost(operations=1, memory=8192)))
sealed[16:24] = struct.pack(">Q", MAX_MEMORY)
in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + MAX_MEMORY // 2,) * 2)
try:
    open_sealed(b"secret", bytes(sealed), context=b"")
except FetchError as error:
    assert error.code == "memory_short", error.code
    print("refused")
"""


def test_not_enough_memory():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.stdout == "refused\n", done.stderr
