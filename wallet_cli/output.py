"""The only printer: results on standard output, everything else on standard error.

With `--json` standard output holds exactly one JSON object, also where the answer is an error.

Whatever is printed passes `words.clean`. What another party says is printed by `theirs` or as the value of a claim,
and in no sentence of the wallet: it could forge what the citizen consents to.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import dumps
from typing import TextIO

from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError
from wallet_cli import messages
from wallet_cli.messages import MISUSES, OWN_DETAILS, Declined, Misuse
from wallet_cli.words import MAX_SHOWN, clean, marked, quoted, width_of

__all__ = ["Output", "columns"]

MIN_WIDTH, WIDTH = 20, 80


@dataclass(frozen=True, slots=True)
class Output:
    """How to speak: in which language, and whether results and errors are JSON."""

    language: str
    as_json: bool = False

    def text(self, key: str) -> str:
        """A sentence of the wallet in the citizen's language."""
        return messages.text(key, self.language)

    def theirs(self, key: str, *texts: str, limit: int | None = MAX_SHOWN) -> list[str]:
        """Words of another party, after a line of the wallet that says whose: each on marked lines of its own."""
        return [f"{self.text(key)}:", *self.said_by_them(*texts, limit=limit)]

    def said_by_them(self, *texts: str, limit: int | None = MAX_SHOWN, indent: str = "") -> list[str]:
        """Words of another party, where the line before says whose they are."""
        width = _columns_of_terminal()
        return [line for text in texts for line in marked(quoted(text, limit=limit), width, indent=indent)]

    def fact(self, label: str, value: str) -> list[str]:
        """A label of the wallet and, behind it, a value as `reading` gives it: on one line where there is space."""
        line, width = f"  {label}: {value}", _columns_of_terminal()
        return [line] if width_of(line) <= width else [f"  {label}:", *marked(value, width, indent="  ")]

    def their_fact(self, name: str, value: str) -> list[str]:
        """A name that another party chose and, behind it, a value as `reading` gives it: marked as theirs."""
        return marked(f"{quoted(name)}: {value}", _columns_of_terminal())

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
        sys.stderr.write(clean(question))
        sys.stderr.flush()

    def fail(self, error: DidkitError | Misuse) -> None:
        """Prints an error and what to do about it."""
        language = self.language
        if isinstance(error, Misuse):
            sentence, advice = MISUSES[error.key]
            self.refuse("usage", messages.spoken(sentence, language), error.detail, messages.spoken(advice, language))
        else:
            code, where = error.code, error.detail
            todo = self.text(error.left) if isinstance(error, Declined) else messages.hint(code, language)
            self.refuse(code, messages.meaning(code, language), where, todo, theirs=code not in OWN_DETAILS)

    def refuse(self, code: str, sentence: str, detail: str, advice: str | None, *, theirs: bool = False) -> None:
        """Prints one error, in lower case, with its hint; with `--json` it is the command's answer.

        `theirs` says that the detail may name what another party chose.
        """
        if self.as_json:
            self.result({"error": code, "message": sentence, "detail": detail, "hint": advice}, ())
            return
        self.say(f"error: {code}: {sentence}" + (f" ({detail})" if detail and not theirs else ""))
        if advice:
            self.say(f"hint: {advice}")
        if detail and theirs:
            self.say(*self.theirs("detail", detail))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cleaned, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cleaned]


def _columns_of_terminal() -> int:
    """The width of the terminal that is written to; where there is none, what COLUMNS says, or 80."""
    for stream in (sys.stderr, sys.stdout):
        try:
            return max(MIN_WIDTH, os.get_terminal_size(stream.fileno()).columns or WIDTH)
        except (OSError, ValueError, AttributeError):
            continue
    told = os.environ.get("COLUMNS", "")
    return max(MIN_WIDTH, int(told)) if told.isascii() and told.isdigit() and len(told) < len("10000") else WIDTH


def _print(lines: Iterable[str], stream: TextIO) -> None:
    for line in lines:
        print(clean(line), file=stream)
