"""The slowest inputs that were found for the functions of SD-JWT, JWE, DIDs, type metadata and the relying party.

Each row is an input of 64 kB or 1 MB at the most, the public function that takes it, and its limit in raw P-256
signatures (S). Titles are signed by trusted keys: what anybody may send is cheaper.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from didkit_fr.encoding import base64url
from didkit_fr.encoding.json import encode
from didkit_fr.errors import DidkitError
from didkit_fr.flow import run
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt import sd_jwt
from didkit_fr.relying_party import MemoryTransactions, Verifier
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import Policy
from didkit_fr.verification.status.check import load_status_list
from didkit_fr.verification.type_metadata import load_rules
from didkit_fr.verification.verify import verify
from tests.bench.measure import Case, Work
from tests.nation import NOW, STATUS_URI, VCT, Web, nation

__all__ = ["HOSTILE", "LARGE", "LIMITS", "ROWS", "SMALL", "Hostile", "presentations", "relying_party"]

SMALL, LARGE = 65_536, 1_048_576
LIMITS: Mapping[int, int] = {SMALL: 2_000, LARGE: 10_000}
NONCE, AUDIENCE = "n" * 22, "x509_hash:shop"
URIS = {"request_uri": "https://shop.example/{id}", "response_uri": "https://shop.example/answer", "now": NOW}
SLOTS = 16
CARD = "https://types.example/card"


class Hostile(NamedTuple):
    """`make` gives the input for a size in bytes, `judge` what to do with it; the limit is that of the size."""

    name: str
    make: Callable[[int], Any]
    judge: Callable[[Any], object]
    size: int

    @property
    def limit(self) -> int:
        """In raw P-256 signatures."""
        return LIMITS[self.size]


def title(payload: Mapping[str, Any]) -> str:
    """A title of a trusted issuer that says this too, shown by its holder."""
    state, claims = nation(), nation().claims(status=None)
    header, body = state.credential([]).split(".")[0], base64url.encode(encode(claims | payload))
    signing_input = f"{header}.{body}".encode()
    issued = jws.attach(signing_input, state.signer.sign(signing_input)) + "~"
    return sd_jwt.bind(issued, state.holder, nonce=NONCE, audience=AUDIENCE, now=NOW)


def judge_title(raw: str) -> object:
    """As a relying party that has never seen it."""
    told = {"context": VerificationContext(nation().policy, Memory(), NOW), "nonce": NONCE, "audience": AUDIENCE}
    return run(verify(raw, format="dc+sd-jwt", **told), nation().web())


def nested(depth: int) -> Any:
    """Arrays within each other."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def payload_of(size: int) -> int:
    """What of a message is left for claims, once in base64url."""
    return (size - 2_600) * 3 // 4


def filled(unit: Any, size: int) -> str:
    """A title with as many of a value as fit."""
    return title({"x": [unit] * (payload_of(size) // (len(encode(unit)) + 1))})


def withheld(size: int) -> str:
    """A title of elements that were all withheld."""
    return title({"nationalities": [{"...": f"{at:x}"} for at in range(payload_of(size) // 16)]})


def decoys(size: int) -> str:
    """A title of claims that were all withheld."""
    return title({"_sd": [f"{at:x}" for at in range(payload_of(size) // 9)]})


def disclosed(size: int) -> str:
    """As many disclosures as there may be, each full of empty arrays."""
    left = max((size - 40_000) // 500 * 3 // 4, 36)
    texts = [base64url.encode(encode(["s" * 16, f"{at:x}", [[]] * ((left - 30) // 3)])) for at in range(480)]
    raw = title({"_sd": [sd_jwt.digest_of(text) for text in texts]})
    issued = "~".join([raw.split("~")[0], *texts, ""])
    return sd_jwt.bind(issued, nation().holder, nonce=NONCE, audience=AUDIENCE, now=NOW)


def relying_party() -> Verifier:
    """One that remembers the status list, and the path of a title that was shown before."""
    memory, policy = Memory(), nation().policy
    run(load_status_list(STATUS_URI, VerificationContext(policy, memory, NOW)), nation().web())
    verifier = Verifier(nation().reader, [nation().reader_leaf], policy, MemoryTransactions(), Web({}), memory)
    verifier.verify(presentations(verifier, SLOTS)[1], now=NOW)
    return verifier


def presentations(verifier: Verifier, count: int) -> tuple[Any, bytes]:
    """A transaction, and the form of an answer of so many presentations, all of them good."""
    asked = {"format": "dc+sd-jwt", "multiple": True, "meta": {"vct_values": [VCT]}}
    slots = [{"id": f"t{slot}", **asked, "claims": [{"path": ["age_over_18"]}]} for slot in range(SLOTS)]
    opened = verifier.request({"credentials": slots}, response_mode="direct_post", **URIS)  # type: ignore[arg-type]
    check = Occasion(opened.nonce, opened.client_id)
    presented = dc_sd_jwt.present(nation().credential(), [("age_over_18",)], nation().holder, check, now=NOW)
    each = {f"t{slot}": [presented] * (count // SLOTS + (slot < count % SLOTS)) for slot in range(SLOTS)}
    return opened, urlencode({"vp_token": json.dumps(each), "state": opened.id}).encode()


def answer(_size: int) -> tuple[Verifier, Any, bytes]:
    """An answer of as many presentations as are ever verified."""
    verifier = relying_party()
    return verifier, *presentations(verifier, 256)


def escaped(size: int) -> tuple[Verifier, Any, bytes]:
    """A form of which each character is spelt with three."""
    verifier = relying_party()
    opened, _ = presentations(verifier, SLOTS)
    return verifier, opened, b"vp_token=" + b"%41" * (size // 3 - 30) + b"&state=" + opened.id.encode()


def judge_answer(made: tuple[Verifier, Any, bytes]) -> object:
    """The transaction is opened again each time."""
    verifier, opened, body = made
    verifier.transactions.put(opened)
    return verifier.verify(body, now=NOW)


def rules(_size: int) -> bytes:
    """Rules for as many claims as there may be, in paths that share no step."""
    return encode({"vct": CARD, "claims": [{"path": [f"{at:x}"] * 4} for at in range(512)]})


def judge_rules(document: bytes) -> object:
    """Fetched, as a policy may allow."""
    policy = Policy(nation().anchors, types="fetched")
    return run(load_rules(CARD, None, VerificationContext(policy, Memory(), NOW)), Web({CARD: document}))


_TITLES: Mapping[str, Callable[[int], str]] = {
    "empty_arrays": partial(filled, []),
    "empty_objects": partial(filled, {}),
    "numbers": partial(filled, 1),
    "chains": partial(filled, nested(19)),
    "withheld": withheld,
    "decoys": decoys,
    "disclosures": disclosed,
}

HOSTILE: tuple[Hostile, ...] = (
    *(
        Hostile(f"hostile_sd_jwt_{name}_{label}", make, judge_title, size)
        for name, make in _TITLES.items()
        for label, size in (("64k", SMALL), ("1m", LARGE))
    ),
    Hostile("hostile_answer_of_256", answer, judge_answer, LARGE),
    Hostile("hostile_answer_escaped", escaped, judge_answer, LARGE),
    Hostile("hostile_type_metadata", rules, judge_rules, SMALL),
)


@contextmanager
def _case(row: Hostile) -> Iterator[Case]:
    made, message = row.make(row.size), b"x" * 100

    def subject() -> None:
        with suppress(DidkitError):
            row.judge(made)

    yield Case("S", Work(subject), Work(lambda: nation().signer.sign(message), per=1))


ROWS: Mapping[str, Callable[[], AbstractContextManager[Case]]] = {row.name: partial(_case, row) for row in HOSTILE}
