"""A chapter of the journey: what two relying parties that compare their answers learn, of bbs-2023 and of copies.

What was presented is decoded layer by layer (`tests.linkage`): every string of eight bytes or more that two answers
share must be one that everybody's answer has, and every place where they differ has a name.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from didkit_fr import Answer, Policy
from didkit_fr.credentials import types
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError
from didkit_fr.flow import offline, run
from didkit_fr.formats import FORMATS as OPENID4VC
from didkit_fr.formats import dc_sd_jwt
from didkit_fr.formats.occasion import Occasion
from didkit_fr.formats.w3c import fields
from didkit_fr.keys import jwk, software, x509
from didkit_fr.protocols.openid4vp.verifier import Transaction, read_response
from didkit_fr.trust.anchors import Anchors
from didkit_fr.verification.context import VerificationContext
from didkit_fr.verification.memory import Memory
from didkit_fr.verification.policy import BBS, CRYPTOSUITES
from didkit_fr.verification.verify import verify
from tests.end_to_end.journey import ADULT_AGE, Chapter, Outcome, Steps, code_of
from tests.end_to_end.relying_party import RelyingParty
from tests.end_to_end.world import Wallet, World
from tests.linkage import differences, entries, leaves, shared
from wallet_cli.messages import TEXTS

__all__ = ["FORMATS", "TITLES", "Linking", "steps"]

TITLES = ("national_identity",)
FORMATS = ("dc+sd-jwt", "ldp_vc/bbs-2023")

VCT = "urn:didkit-fr:national_identity:1"
CONTEXT = "urn:didkit-fr:context:national_identity:1"
TYPE = "urn:didkit-fr:vocabulary#NationalIdentity"
PROOF = "/proof/proofValue"
DAY = 86_400

QUESTION: JsonObject = {
    "id": "title",
    "format": "ldp_vc",
    "meta": {"type_values": [[fields.CREDENTIAL_IRI, TYPE]]},
    "claims": [{"path": ["credentialSubject", "age_over_18"]}],
    "require_cryptographic_holder_binding": False,
}
OF_A_COPY: JsonObject = {
    "id": "title",
    "format": "dc+sd-jwt",
    "meta": {"vct_values": [VCT]},
    "claims": [{"path": ["age_over_18"]}],
}


class Party(RelyingParty):
    """A relying party that names the experimental suite, and keeps what it was shown to compare it with others'."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        anchors = self.verifier.policy.anchors
        self.verifier = replace(self.verifier, policy=Policy(anchors, cryptosuites=CRYPTOSUITES | {BBS}))
        self.asked: list[Transaction] = []

    def open(self, query: Any) -> Transaction:
        """Remembers what it asked: the answer is opened with it."""
        self.asked.append(super().open(query))
        return self.asked[-1]

    def shown(self) -> str:
        """The presentation that came last, decrypted."""
        (raw,) = read_response(self.asked[-1], self.bodies[-1]).unverified_presentations["title"]
        return raw


@dataclass
class Linking(Chapter):
    """Two citizens with the same answer to one question, and two relying parties that compare what they got."""

    wallets: list[Wallet] = field(default_factory=list)
    bbs: list[JsonObject] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)

    def receive(self) -> Outcome:
        """Two adults receive the title; the wallet says what the form without holder costs."""
        grown = str(datetime.now(UTC).year - ADULT_AGE - 1)
        rows = [row for row in self.world.citizens_of_register() if "national_identity" in row["titles"]]
        self.crowd = [row for row in rows if row["birth_date"][:4] < grown]
        for name in ("unlinked-1", "unlinked-2"):
            row = self.world.newcomer(
                "national_identity", lambda row: row["birth_date"][:4] < grown and "-00" not in row["birth_date"]
            )
            wallet = self.world.wallet(name)
            received = self.world.give(wallet, row["document_number"], "national_identity")
            if received.status != 0:
                return Outcome(f"receive: {code_of(received)}", as_expected=False)
            self.wallets.append(wallet)
        (title,) = self.wallets[0]("list").json()["titles"]
        (form,) = [one for one in title["forms"] if one["configuration"].endswith("bbs_2023")]
        today = int(time.time()) // DAY * DAY
        warned = TEXTS["lendable"].en in received.err
        expected = warned and form["copies"] == 1 and form["expires"] <= today + DAY
        return Outcome("one credential for the day, bound to nobody; the wallet said that it can be lent", expected)

    def show(self) -> Outcome:
        """Three presentations: one citizen to both parties, the other citizen to one."""
        self.parties = [
            self.open_parties.enter_context(Party(self.world, name)) for name in ("Cinéma Lumière", "Club de jazz")
        ]
        cinema, club = self.parties
        one, other = self.wallets
        for wallet, party in ((one, cinema), (one, club), (other, club)):
            ran, answer = party.asks(wallet, {"credentials": [QUESTION]})
            if not isinstance(answer, Answer):
                return Outcome(f"refused: {getattr(answer, 'code', ran.err)}", as_expected=False)
            told = answer["title"][0]
            if told.claims["credentialSubject"] != {"age_over_18": True} or TEXTS["lendable"].en not in ran.err:
                return Outcome(f"received: {told.claims['credentialSubject']}", as_expected=False, shown=ran.err)
            self.bbs.append(json.parse_object(party.shown()))
        return Outcome("three answers, each age_over_18 = true, each believed", as_expected=True, shown=ran.err)

    def compare(self) -> Outcome:
        """Nothing but the proof and what binds it to the occasion differs, whether of one citizen or of two."""
        first, same, other = self.bbs
        everybodys = self._everybodys(first)
        found = [*shared(first, same, allowed=everybodys), *shared(first, other, allowed=everybodys)]
        places = differences(first, same), differences(first, other), differences(same, other)
        expected = not found and all(one == {f"{PROOF}/bbsProof", f"{PROOF}/presentationHeader"} for one in places)
        own = ", ".join(sorted({place.rpartition("/")[2] for place in places[0] | places[1]}))
        seen = (
            f"shared beyond what everybody shows: {len(found)} strings; different: {own}; the crowd that remains: "
            f"{len(self.wallets)} who received it today, of {len(self.crowd)} in the register who could"
        )
        return Outcome(seen, expected, _layers(first))

    def replay(self) -> Outcome:
        """What the cinema was shown, shown to the club as its own: another occasion."""
        cinema, club = self.parties
        asked = club.open({"credentials": [QUESTION]})
        context = VerificationContext(club.verifier.policy, Memory(), int(time.time()))
        told = {"nonce": asked.nonce, "audience": asked.client_id, "binding": False}
        judged = verify(json.encode_text(self.bbs[0]), context, format="ldp_vc", **told)
        try:
            run(judged, offline)
        except DidkitError as error:
            return Outcome(f"refused: {error.code}", error.code == "presentation_header_mismatch")
        return Outcome(f"believed, though it was made for {cinema.name}", as_expected=False)

    def compare_copies(self) -> Outcome:
        """One-time copies bind their holder, and share nothing either, as long as each is shown once."""
        cinema, club = self.parties
        for wallet, party in ((self.wallets[0], cinema), (self.wallets[0], club), (self.wallets[1], club)):
            ran, answer = party.asks(wallet, {"credentials": [OF_A_COPY]})
            if not isinstance(answer, Answer):
                return Outcome(f"refused: {getattr(answer, 'code', ran.err)}", as_expected=False)
            self.copies.append(party.shown())
        self.open_parties.close()
        allowed = self._everybodys_copy()
        pairs = [(self.copies[0], self.copies[1]), (self.copies[0], self.copies[2])]
        found = [one for here, there in pairs for one in _links(here, there, allowed)]
        seen = f"shared beyond {len(allowed)} values that everybody's copy has: {len(found)} strings"
        return Outcome(seen, not found, "\n".join(f"{one!r}" for one in found))

    def control(self) -> Outcome:
        """An issuer that marks its copies: the check must fail, or it would check nothing."""
        now = int(time.time())
        allowed = [*_NAMES, _LIST, str(now)]
        salted = _links(*_marked(now, status=(3, 88), salts=lambda length: b"\x17" * length), allowed)
        listed = _links(*_marked(now, status=(7, 7), salts=None), allowed)
        clean = _links(*_marked(now, status=(3, 88), salts=None), allowed)
        seen = f"a salt in common: found in {len(salted)} places; a status entry in common: found in {len(listed)}"
        return Outcome(seen, bool(salted and listed) and not clean, "\n".join(map(repr, clean)))

    def _everybodys(self, presentation: JsonObject) -> list[str]:
        """What each presentation of the title shows on that day, whosever it is."""
        anchors = Anchors.parse((self.world.issuer_data / "anchors.json").read_bytes())
        dids = [anchor.did for anchor in anchors.anchors if anchor.did is not None]
        today = [presentation["validFrom"], presentation["validUntil"]]
        assert all(time.endswith("T00:00:00Z") for time in today)
        return [
            *(fields.V2, CONTEXT, "VerifiableCredential NationalIdentity", *today),
            *(f"{did}#{did.removeprefix('did:key:')}" for did in dids),
            "@context issuer validFrom validUntil credentialSubject age_over_18",
            "type DataIntegrityProof cryptosuite bbs-2023 created verificationMethod proofPurpose",
            "assertionMethod proofValue",
        ]

    def _everybodys_copy(self) -> list[str]:
        """What each copy of the title shows; the lists of status entries are those of thousands."""
        chain = x509.parse_pem_chain((self.world.issuer_data / "chain.pem").read_bytes())
        pinned = types.integrity_of(types.local_document(VCT) or b"")
        dates, addresses = set(), set()
        for raw in self.copies:
            for leaf in leaves(raw):
                if leaf.where.rpartition("/")[2] in ("iat", "nbf", "exp"):
                    dates.add(leaf.value.decode())
                if leaf.where.endswith("/status_list/uri"):
                    addresses.add(leaf.value.decode())
        return [*_NAMES, VCT, pinned, *x509.build_x5c(chain), *sorted(dates), *sorted(addresses)]


_NAMES = [
    "vct vct#integrity iat nbf exp _sd _sd_alg sha-256 cnf jwk kty crv status status_list idx uri nonce aud sd_hash",
    "age_over_18 dc+sd-jwt x509_hash:",
]
_LIST = "https://lists.example/1"


def _links(here: str, there: str, allowed: Sequence[str]) -> list[object]:
    """The strings in common, and the status entries, which are small numbers in an address that many share."""
    return [*shared(here, there, allowed=allowed), *(entries(here) & entries(there))]


def _marked(now: int, *, status: tuple[int, int], salts: Callable[[int], bytes] | None) -> tuple[str, str]:
    """Two copies, to two parties, of an issuer whose randomness and status entries are given."""
    signer, shown = software.generate(), []
    for index, party in zip(status, ("shop", "bank"), strict=True):
        holder = software.generate()
        claims = {
            "vct": "x",
            "age_over_18": True,
            "cnf": {"jwk": jwk.build(holder.public_key)},
            "status": {"status_list": {"uri": _LIST, "idx": index}},
        }
        random = {} if salts is None else {"random": salts}
        raw = dc_sd_jwt.sign(claims, signer, chain=[], disclosable=[("age_over_18",)], **random)
        check = Occasion(f"{holder.public_key.octets.hex()}", f"x509_hash:{party}")
        shown.append(OPENID4VC["dc+sd-jwt"].present(raw, [("age_over_18",)], holder, check, now=now))
    return shown[0], shown[1]


def _layers(presentation: JsonObject) -> str:
    """A presentation as it was compared: each leaf, and whether it is this answer's own."""
    lines = []
    for leaf in leaves(presentation):
        if leaf.where.endswith("/(name)"):
            continue
        text = leaf.value.decode() if leaf.value.isascii() else leaf.value.hex()
        short = text if len(text) <= 60 else f"{text[:60]}... ({len(leaf.value)} bytes)"
        own = leaf.where in {f"{PROOF}/bbsProof", f"{PROOF}/presentationHeader"}
        lines.append(f"{'this answer only' if own else 'everybody':>16}  {leaf.where}: {short}")
    return "\n".join(lines)


def steps(world: World) -> Steps:
    """The steps in their order; the register, the issuer and the access authority are there."""
    linking = Linking(world)
    return [
        ("Two citizens receive the attestation also as bbs-2023 (experimental)", linking.receive),
        ("One shows it to two relying parties, the other to one: the same question", linking.show),
        ("The relying parties compare, layer by layer", linking.compare),
        ("One of them shows what it was shown to the other", linking.replay),
        ("The same comparison of one-time copies as SD-JWT VC", linking.compare_copies),
        ("The control: an issuer that marks its copies", linking.control),
    ]
