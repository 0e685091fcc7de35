"""Attacks on G15: secrets are neither dumped nor read out of the memory of the process that uses them."""

import subprocess
import sys

import pytest

from tests.waiting import PATIENCE

# Another process of the same user, without the privilege of root to look into every process.
ATTACKER = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(24, 19, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_SYS_PTRACE: gone with the next execve
if len(sys.argv) > 2:
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[2], sys.argv[1]])
"""
LOOK = """
import subprocess, sys
target = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
while target.stdout.readline() not in (b"ready\\n", b""):
    pass
try:
    with open(f"/proc/{target.pid}/mem", "rb"):
        print("read")
except PermissionError:
    print("refused")
with open(f"/proc/{target.pid}/limits") as file:
    print(*[line.split()[4:6] for line in file if line.startswith("Max core file size")])
target.stdin.close()
target.wait()
"""
PROGRAM = """
import sys
{body}
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.read()
"""
MAIN = """
from {module} import main
sys.argv[1:] = ["--help"]
try:
    main()
except SystemExit:
    pass
"""


def looked_into(body):
    program = PROGRAM.format(body=body)
    done = subprocess.run(
        [sys.executable, "-c", ATTACKER, program, LOOK], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is of Linux")
@pytest.mark.guarantee("G15")
@pytest.mark.parametrize("module", ["issuer_service.shell.commands", "issuer_service.register.cli", "wallet_cli.main"])
def test_another_process_of_the_same_user_reads_no_memory_of_a_program_with_keys(module):
    if looked_into("")[0] != "read":
        pytest.skip("this system keeps processes from each other by itself")
    assert looked_into(MAIN.format(module=module)) == ["refused", "['0', '0']"]
