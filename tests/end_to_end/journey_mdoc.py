"""Steps of the journey with documents of ISO: two forms of one title, a licence at a car hire, a proof of age.

The world must issue `TITLES` in `FORMATS`; a driver of the register, who has a wallet of their own, takes part.
"""

from dataclasses import dataclass, field

from didkit_fr import Answer, Query
from didkit_fr.errors import DidkitError
from didkit_fr.verification.verify import Verified
from tests.end_to_end.journey import Chapter, Outcome, Steps
from tests.end_to_end.relying_party import RelyingParty
from tests.end_to_end.world import World

__all__ = ["FORMATS", "TITLES", "Documents", "steps"]

TITLES = ("pid", "driving_licence", "proof_of_age")
FORMATS = ("dc+sd-jwt", "mso_mdoc")

VCT = "urn:eudi:pid:fr:1"
PID, PID_FR = "eu.europa.ec.eudi.pid.1", "eu.europa.ec.eudi.pid.fr.1"
MDL, ISO = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
PROOF = "eu.europa.ec.av.1"

AS_TEXT = Query(VCT, [["age_over_18"], ["nationalities"]])
AS_DOCUMENT = Query(PID, [[PID_FR, "age_over_18"], [PID, "nationality"]], format="mso_mdoc")
CATEGORIES = Query(MDL, [[ISO, "driving_privileges"], [ISO, "expiry_date"]], format="mso_mdoc")
OF_AGE = Query(PROOF, [[PROOF, "age_over_18"]], format="mso_mdoc")


@dataclass
class Documents(Chapter):
    """A driver: the identity card and the licence of one person of the register, and a wallet."""

    numbers: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def receive(self) -> Outcome:
        """Three offers, three titles; the identity comes in both formats and is one title."""
        card, licence = self._driver()
        self.numbers = {
            "pid": card["document_number"],
            "driving_licence": licence["document_number"],
            "proof_of_age": card["document_number"],
        }
        self.kept = [card["family_name"], card["birth_date"], *self.numbers.values()]
        self.wallet = self.world.wallet("driver")
        for title, number in self.numbers.items():
            made = self.world.offer(self.world.ticket(number, "--title", title)).json()
            ran = self.wallet("receive", *self.world.trusting, stdin=made["offer"], tx_code=made["tx_code"])
            if ran.status != 0:
                return Outcome(f"receive {title}: {ran.status} {ran.err}", as_expected=False)
        held = [[form["format"] for form in title["forms"]] for title in self.wallet("list").json()["titles"]]
        expected = held == [list(FORMATS), ["mso_mdoc"], ["mso_mdoc"]]
        shown = self.wallet("list", json_output=False)
        return Outcome(f"{len(held)} titles; the identity in {' and '.join(held[0])}", expected, shown.out)

    def answer_twice(self) -> Outcome:
        """One question at one party, answered once from each form; the facts are the same."""
        party = self._party("Bibliothèque municipale")
        _, text = party.asks(self.wallet, AS_TEXT)
        ran, document = party.asks(self.wallet, AS_DOCUMENT)
        if not (isinstance(text, Answer) and isinstance(document, Answer)):
            return Outcome(f"refused: {_said(text)}, {_said(document)}", as_expected=False)
        said, (one,) = text["title"][0].claims, document["title"]
        facts = (said["age_over_18"], said["nationalities"])
        same = facts == (one.claims[PID_FR]["age_over_18"], one.claims[PID]["nationality"])
        seen = f"age_over_18 = {str(facts[0]).lower()}, nationality = {', '.join(facts[1])}, twice"
        return Outcome(seen, same and _says_only(one, {PID_FR: {"age_over_18"}, PID: {"nationality"}}), ran.err)

    def hire_a_car(self) -> Outcome:
        """A car-hire party learns which categories the licence has and until when, and no name."""
        ran, answer = self._party("Autos Martin, location").asks(self.wallet, CATEGORIES)
        if not isinstance(answer, Answer):
            return Outcome(f"refused: {_said(answer)}", as_expected=False)
        (licence,) = answer["title"]
        categories = [row["vehicle_category_code"] for row in licence.claims[ISO]["driving_privileges"]]
        untold = not any(secret in str(licence.claims) for secret in self.kept)
        expected = "B" in categories and untold and _says_only(licence, {ISO: {"driving_privileges", "expiry_date"}})
        return Outcome(f"categories {', '.join(categories)}; the name stayed in the wallet", expected, ran.err)

    def buy_at_a_shop(self) -> Outcome:
        """A shop learns that the buyer is of age and nothing else; twice, and nothing links the two visits."""
        party, seen = self._party("Cave des Halles"), []
        for _ in range(2):
            _, answer = party.asks(self.wallet, OF_AGE)
            if not isinstance(answer, Answer):
                return Outcome(f"refused: {_said(answer)}", as_expected=False)
            (proof,) = answer["title"]
            if proof.claims != {PROOF: {"age_over_18": True}}:
                return Outcome("the proof says more, or less, than the age", as_expected=False)
            seen.append(proof)
        first, second = seen
        unlinked = first.holder != second.holder and first.status != second.status
        return Outcome("of age, and nothing else; two visits have nothing in common", as_expected=unlinked)

    def withdraw_the_licence(self) -> Outcome:
        """The agency revokes the licence; the party refuses it, and still believes the identity card."""
        revoked = self.world.revoke(self.numbers["driving_licence"], "--title", "driving_licence")
        if revoked.status != 0:
            return Outcome(f"revoke: {revoked.status} {revoked.err}", as_expected=False)
        party = self._party("Autos Martin, location")
        party.ahead = self.world.status_ttl + 1
        _, licence = party.asks(self.wallet, CATEGORIES)
        _, card = party.asks(self.wallet, AS_DOCUMENT)
        refused, believed = getattr(licence, "code", None), isinstance(card, Answer)
        self.open_parties.close()
        seen = (
            f"{revoked.json()['copies']} copies revoked; refused: {refused}; the identity card is believed: {believed}"
        )
        return Outcome(seen, as_expected=refused == "status_revoked" and believed)

    def _party(self, name: str) -> RelyingParty:
        return self.open_parties.enter_context(RelyingParty(self.world, name))

    def _driver(self) -> tuple[dict[str, str], dict[str, str]]:
        """The last who drives: the first people of the register are citizens of other journeys."""
        rows = self.world.citizens_of_register()
        cards = {(row["birth_date"], row["given_name"]): row for row in rows if "pid" in row["titles"]}
        for row in reversed(rows):
            card = cards.get((row["birth_date"], row["given_name"]))
            if "driving_licence" in row["titles"] and card is not None:
                return card, row
        raise LookupError("nobody in this register drives")


def steps(world: World) -> Steps:
    """The steps in their order, with their titles; the register, the issuer and the access authority are there."""
    documents = Documents(world)
    return [
        ("A driver receives the identity in both formats, the licence and the proof of age", documents.receive),
        ("One question, answered once from SD-JWT VC and once from mdoc", documents.answer_twice),
        ("A car-hire party asks which categories the licence has", documents.hire_a_car),
        ("A proof of age at a shop, twice", documents.buy_at_a_shop),
        ("The agency revokes the licence, and nothing else", documents.withdraw_the_licence),
    ]


def _says_only(verified: Verified, elements: dict[str, set[str]]) -> bool:
    return {namespace: set(said) for namespace, said in verified.claims.items()} == elements


def _said(answer: Answer | DidkitError | None) -> str:
    return "answered" if isinstance(answer, Answer) else "no answer" if answer is None else answer.code
