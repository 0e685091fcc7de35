"""What the citizen gives: secrets by file descriptor or terminal, links on standard input, consent on the terminal.

Never by argument (process lists show them) and never by environment (children inherit it).
"""

import os
import sys
import termios
import unicodedata
from contextlib import suppress
from pathlib import Path

from wallet_cli.messages import Misuse
from wallet_cli.output import Output

__all__ = ["MAX_LINK", "MAX_SECRET", "confirm", "find_link", "read_link", "read_new_passphrase", "read_secret"]

MAX_SECRET = 1024
MAX_LINK = 65_536

_ANSWERS = {"y": True, "yes": True, "o": True, "oui": True, "n": False, "no": False, "non": False, "": False}


def read_secret(descriptor: int | None, output: Output, prompt: str, **told: str) -> bytes:
    """A secret as UTF-8 in Unicode form NFC: one line of a file descriptor, or typed on the terminal unseen.

    `told` are parts of the prompt that are known only now, in the wallet's own words.

    Raises:
        Misuse: `descriptor_unreadable`, `input_unusable`, `no_terminal`.
    """
    raw = _typed(output.text(prompt).format(**told)) if descriptor is None else _line(descriptor)
    try:
        return unicodedata.normalize("NFC", raw).encode()
    except UnicodeEncodeError:
        raise Misuse("input_unusable") from None


def read_new_passphrase(descriptor: int | None, output: Output, prompt: str = "ask_passphrase") -> bytes:
    """A new passphrase; typed twice where it is typed.

    Raises:
        Misuse: as `read_secret`, and `passphrases_differ`.
    """
    secret = read_secret(descriptor, output, prompt)
    if descriptor is None and read_secret(None, output, "ask_passphrase_again") != secret:
        raise Misuse("passphrases_differ")
    return secret


def find_link(output: Output, prompt: str, *, given: str = "-", qr: Path | None = None) -> str:
    """A link: as given, or the text of the one QR code in an image file, or read from standard input.

    Raises:
        DidkitError: those of `pictures.read_qr`.
        Misuse: `link_twice`, and as `read_link`.
    """
    if qr is not None:
        from wallet_cli.pictures import read_qr  # noqa: PLC0415 - slow import

        if given != "-":
            raise Misuse("link_twice")
        return read_qr(qr).strip()
    return read_link(output, prompt) if given == "-" else given


def read_link(output: Output, prompt: str) -> str:
    """A link from standard input: one line where it is a terminal, all there is where it is not.

    Raises:
        Misuse: `empty_input`, `input_unusable`.
    """
    try:
        if sys.stdin.isatty():
            output.ask(output.text(prompt))
            link = sys.stdin.readline(MAX_LINK + 1)
        else:
            link = sys.stdin.read(MAX_LINK + 1)
    except UnicodeDecodeError:
        raise Misuse("input_unusable") from None
    if len(link) > MAX_LINK:
        raise Misuse("input_unusable")
    if not link.strip():
        raise Misuse("empty_input")
    return link.strip()


def confirm(output: Output, question: str, *, beforehand: bool) -> bool:
    """Whether the citizen agrees: said beforehand by an option, or typed; Enter alone is a no, as is shown.

    What is neither a yes nor a no decides nothing: it is asked again. So it is with what was typed or pasted before the
    question stood there, which answers none.

    Raises:
        Misuse: `no_terminal`.
    """
    if beforehand:
        return True
    asked = f"{output.text(question)} [{'o/N' if output.language == 'fr' else 'y/N'}] "
    while (answer := _ANSWERS.get(_answer(output, asked))) is None:
        output.say(output.text("answer_plainly"))
    return answer


def _answer(output: Output, question: str) -> str:
    """One line of the terminal, typed after the question was shown; the end of input is an empty one."""
    try:
        with open("/dev/tty", encoding="utf-8", errors="replace") as terminal:  # noqa: PTH123 - standard input may be a pipe
            termios.tcflush(terminal.fileno(), termios.TCIFLUSH)
            output.ask(question)
            return terminal.readline(MAX_LINK).strip().lower()
    except (OSError, termios.error):
        output.say(question)
        raise Misuse("no_terminal") from None


def _typed(prompt: str) -> str:
    from getpass import getpass  # noqa: PLC0415 - only for people

    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise Misuse("no_terminal") from None
    with suppress(EOFError):
        return _bounded(getpass(prompt))
    raise Misuse("empty_input")


def _line(descriptor: int) -> str:
    """One line, byte by byte: what follows it belongs to the next reader of the same descriptor."""
    raw = bytearray()
    try:
        while len(raw) <= MAX_SECRET and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            raw += byte
        return _bounded(raw.decode().removesuffix("\r"))
    except (OSError, OverflowError):
        raise Misuse("descriptor_unreadable") from None
    except UnicodeDecodeError:
        raise Misuse("input_unusable") from None


def _bounded(secret: str) -> str:
    if len(secret) > MAX_SECRET:
        raise Misuse("input_unusable")
    return secret
