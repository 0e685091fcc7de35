"""The last net: whatever the public functions did not foresee is a refusal, never an answer and never a crash.

Every known cause is refused at its own place with its own code. What still escapes is a bug, and says so: `unforeseen`,
with the type of the exception and the place in this library where it rose, for the application to log and report.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from didkit_fr.errors import DidkitError, VerificationError

__all__ = ["boundary", "flow_boundary"]

P = ParamSpec("P")
T = TypeVar("T")

_LIBRARY = __name__.partition(".")[0]

# What extensions written in Rust raise where they give up derives from BaseException, and cannot be imported.
_PANIC = "PanicException"


def boundary(function: Callable[P, T]) -> Callable[P, T]:
    """The function, out of which nothing comes but its value and `DidkitError`.

    What is not an error of the work (`KeyboardInterrupt`, `SystemExit`, `GeneratorExit`, a cancelled task) passes, and
    so does the `TypeError` of a call with arguments that the function does not take: that is its caller's own mistake,
    made before any input was looked at.

    Raises:
        VerificationError: `unforeseen`.
    """

    @wraps(function)
    def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
        # Outside of the handler, so that the exception, whose frames hold what was sent, is nowhere in its context.
        raise refusal

    return bounded


def flow_boundary(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """As `boundary`, of a flow or any other coroutine function: compiled, nothing else tells those from others."""

    @wraps(function)
    async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
        raise refusal

    return bounded


def _refusal(error: BaseException) -> VerificationError | None:
    """The refusal in the place of an exception; None for one that passes as it is."""
    if isinstance(error, DidkitError) or _is_of_the_caller(error):
        return None
    return VerificationError("unforeseen", f"{type(error).__name__} at {_place(error.__traceback__)}")


def _is_of_the_caller(error: BaseException) -> bool:
    if not isinstance(error, Exception):
        return type(error).__name__ != _PANIC
    # Only the frame of the boundary itself: the function was never entered.
    return isinstance(error, TypeError) and (error.__traceback__ is None or error.__traceback__.tb_next is None)


def _place(traceback: TracebackType | None) -> str:
    """The innermost line of this library: a module and a number, and nothing of what was worked on."""
    place = "?"
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__"))
        if module.partition(".")[0] == _LIBRARY and module != __name__:
            place = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
