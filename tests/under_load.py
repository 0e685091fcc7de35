"""`python -m tests.under_load N COMMAND...` runs a command beside N busy loops, as on a machine that others use too."""

import os
import subprocess
import sys

__all__ = ["main"]

# A loop ends with the process that started it: the pipe it was given is closed then.
BUSY = "import os, threading\nthreading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()\nwhile True: pass"


def main(arguments: list[str]) -> int:
    """Runs the command; its exit status."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE) for _ in range(int(arguments[0]))]
    try:
        return subprocess.run(arguments[1:], env={**os.environ, "DIDKIT_LOAD": arguments[0]}, check=False).returncode
    finally:
        for loop in loops:
            loop.kill()
            loop.communicate()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
