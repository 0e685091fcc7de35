"""What every step of one verification asks of its caller: what is accepted, what was checked before, and when it is."""

from dataclasses import dataclass, field

from didkit_fr.encoding.budget import Budget
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy

__all__ = ["VerificationContext"]


@dataclass(frozen=True, slots=True, eq=False)
class VerificationContext:
    """By what one message is verified, and all that is in it; its budget is used up, so that each message has its own.

    Args:
        policy: what is accepted.
        memory: what was checked before; with all that is needed in it, no request is made.
        now: seconds since 1970 (UTC); no step reads a clock.
        budget: what the work on the message may still cost; by default that of a whole message.
    """

    policy: Policy
    memory: Memory
    now: int
    budget: Budget = field(default_factory=Budget)

    def for_message(self) -> "VerificationContext":
        """The same for another message, which has a budget of its own."""
        return VerificationContext(self.policy, self.memory, self.now)
