"""The only printer: results on standard output, everything else on standard error.

With `--json` standard output holds exactly one JSON object, also where the answer is an error.

Whatever is printed passes `_clean`: the names and values shown come from issuers and relying parties, and a control
sequence or a change of writing direction in one of them would let it forge what the citizen consents to.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import dumps
from typing import TextIO

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError
from wallet_cli import messages
from wallet_cli.messages import MISUSES, Misuse

__all__ = ["Output", "columns"]

_SPACES = " \u00a0\u202f"  # the last two are French typography


@dataclass(frozen=True, slots=True)
class Output:
    """How to speak: in which language, and whether results and errors are JSON."""

    language: str
    as_json: bool = False

    def text(self, key: str) -> str:
        """A sentence of the wallet in the citizen's language."""
        return messages.text(key, self.language)

    def result(self, value: JsonObject, lines: Iterable[str]) -> None:
        """Prints the answer of a command: `value` with `--json`, else `lines`."""
        _print([dumps(value).replace("\x7f", "\\u007f")] if self.as_json else lines, sys.stdout)

    def say(self, *lines: str) -> None:
        """Prints what a person reads before deciding."""
        _print(lines, sys.stderr)

    def draw(self, lines: Iterable[str]) -> None:
        """Prints a picture that this program drew: the only lines whose control sequences reach the terminal."""
        if not self.as_json:
            sys.stdout.writelines(f"{line}\n" for line in lines)

    def ask(self, question: str) -> None:
        """Prints a question and stays on its line."""
        sys.stderr.write(_clean(question))
        sys.stderr.flush()

    def fail(self, error: DidkitError | Misuse) -> None:
        """Prints an error and what to do about it."""
        language = self.language
        if isinstance(error, Misuse):
            sentence, advice = MISUSES[error.key]
            self.refuse("usage", messages.spoken(sentence, language), error.detail, messages.spoken(advice, language))
        else:
            code = error.code
            self.refuse(code, messages.meaning(code, language), error.detail, messages.hint(code, language))

    def refuse(self, code: str, sentence: str, detail: str, advice: str | None) -> None:
        """Prints one error, in lower case, with its hint; with `--json` it is the command's answer."""
        if self.as_json:
            self.result({"error": code, "message": sentence, "detail": detail, "hint": advice}, ())
            return
        self.say(f"error: {code}: {sentence}" + (f" ({detail})" if detail else ""))
        if advice:
            self.say(f"hint: {advice}")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    cleaned = [[_clean(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cleaned, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cleaned]


def _print(lines: Iterable[str], stream: TextIO) -> None:
    for line in lines:
        print(_clean(line), file=stream)


def _clean(text: str) -> str:
    """Text without control characters, direction changes, line breaks or lone surrogates, which become escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in _SPACES or c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)
