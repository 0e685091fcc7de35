"""A chapter of the journey: titles beside the identity card, each offered, received and shown by itself."""

from dataclasses import dataclass

from didkit_fr import Answer, Query
from tests.end_to_end.journey import Chapter, Outcome, Steps, code_of, facts
from tests.end_to_end.relying_party import RelyingParty
from tests.end_to_end.world import Wallet, World, together

__all__ = ["FORMATS", "TITLES", "Titles", "steps"]

TITLES = ("passport", "residence_permit", "residence_attestation", "national_identity")
FORMATS = ("dc+sd-jwt",)

MAY_WORK = Query("urn:didkit-fr:residence_permit:1", [["permit_category"], ["may_work"]])
ADDRESS = Query("urn:didkit-fr:residence_attestation:1", [["address", "locality"], ["address", "street_address"]])
TRAVEL = Query("urn:didkit-fr:passport:1", [["document_number"], ["nationalities"], ["date_of_expiry"]])


@dataclass
class Titles(Chapter):
    """A traveller and a foreign resident, each with a wallet, and what no party asked for."""

    def receive(self) -> Outcome:
        """Three documents, two wallets."""
        rows = self.world.citizens_of_register()
        self.passport = next(row for row in rows if "passport" in row["titles"] and "-00" not in row["birth_date"])
        self.permit = next(row for row in rows if "residence_permit" in row["titles"])
        self.traveller, self.resident = self.world.wallet("traveller"), self.world.wallet("resident")
        permit = self.permit["document_number"]
        received = [
            *together(
                lambda: self.world.give(self.traveller, self.passport["document_number"], "passport"),
                lambda: self.world.give(self.resident, permit, "residence_permit"),
            ),
            self.world.give(self.resident, permit, "residence_attestation"),
        ]
        if any(ran.status for ran in received):
            return Outcome(f"receive: {[code_of(ran) for ran in received]}", as_expected=False)
        shown = self.resident("list", json_output=False)
        names = [one.split("/")[0] for one in shown.out.splitlines()[1:]]
        return Outcome(f"a passport in one wallet, {len(names)} titles in the other", len(names) == 2, shown.out)

    def show_permit(self) -> Outcome:
        """An employer learns whether its bearer may work."""
        answer, shown = self._asked("Menuiserie Lefèvre, embauche", self.resident, MAY_WORK)
        secrets = (self.permit["family_name"], self.permit["birth_date"], self.permit["document_number"])
        return self._outcome(answer, shown, {"permit_category", "may_work"}, secrets)

    def show_others(self) -> Outcome:
        """A school learns where somebody lives, an airline a passport's number; a title answers for no other."""
        school, _ = self._asked("École des Tilleuls", self.resident, ADDRESS)
        airline, shown = self._asked("Aérienne du Midi", self.traveller, TRAVEL)
        elsewhere, _ = self._asked("Aérienne du Midi", self.resident, TRAVEL)
        self.open_parties.close()
        if not isinstance(school, Answer) or elsewhere is not None:
            return Outcome(f"the school: {school}; who has no passport: {elsewhere}", as_expected=False)
        lives = facts(school)
        seen = self._outcome(airline, shown, {"document_number", "nationalities", "date_of_expiry"}, ())
        said = f"the school: {', '.join(sorted(lives['address']))}; the airline: {seen.seen}"
        return Outcome(said, seen.as_expected and set(lives) == {"address"}, seen.shown)

    def _asked(self, name: str, wallet: Wallet, query: Query) -> tuple[object, str]:
        party = self.open_parties.enter_context(RelyingParty(self.world, name))
        ran, answer = party.asks(wallet, query)
        return answer, ran.err

    def _outcome(self, answer: object, shown: str, asked: set[str], secrets: tuple[str, ...]) -> Outcome:
        if not isinstance(answer, Answer):
            return Outcome(f"refused: {getattr(answer, 'code', None)}", as_expected=False)
        told = facts(answer)
        untold = not any(secret in str(told) for secret in secrets)
        return Outcome(f"received: {', '.join(sorted(told))}, nothing else", untold and set(told) == asked, shown)


def steps(world: World) -> Steps:
    """The steps in their order; the register, the issuer and the access authority are there."""
    titles = Titles(world)
    return [
        ("A traveller receives a passport; a resident a permit and an attestation of address", titles.receive),
        ("An employer asks whether the resident may work", titles.show_permit),
        ("A school asks for the address, an airline for the passport", titles.show_others),
    ]
