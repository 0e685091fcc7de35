"""A token bucket: so many questions a second, and a short rush on top."""

__all__ = ["Bucket"]


class Bucket:
    """Holds at most `size` tokens and gains `rate` a second; each question takes one."""

    def __init__(self, rate: int, size: int) -> None:
        self._rate = rate
        self._size = size
        self._tokens = size
        self._at: int | None = None

    def take(self, now: int) -> bool:
        """Takes a token, if there is one. A clock that goes back gives none."""
        passed = 0 if self._at is None else max(0, now - self._at)
        self._at = now
        self._tokens = min(self._size, self._tokens + passed * self._rate)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
