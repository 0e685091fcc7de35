"""A chapter of the journey: one title in the forms of the W3C, received, shown in part, revoked in every form."""

from dataclasses import dataclass

from didkit_fr import Answer
from didkit_fr.encoding.json import JsonObject
from tests.end_to_end.journey import Chapter, Outcome, Steps, code_of
from tests.end_to_end.relying_party import RelyingParty
from tests.end_to_end.world import World

__all__ = ["FORMATS", "TITLES", "Forms", "steps"]

TITLES = ("national_identity",)
# Of two forms that answer alike a wallet takes the first: the one that can withhold.
FORMATS = ("dc+sd-jwt", "jwt_vc_json", "ldp_vc/ecdsa-sd-2023", "ldp_vc")

CREDENTIAL = "https://www.w3.org/2018/credentials#VerifiableCredential"
TYPE = "urn:didkit-fr:vocabulary#NationalIdentity"
ALWAYS = {"id"}
"""What a credential says of its subject whatever is asked: the key it is bound to, of one copy only."""


def query(form: str, *names: str) -> JsonObject:
    """Some claims of the title, as a W3C credential."""
    claims = [{"path": ["credentialSubject", name]} for name in names]
    credential = {"id": "title", "format": form, "meta": {"type_values": [[CREDENTIAL, TYPE]]}, "claims": claims}
    return {"credentials": [credential]}


@dataclass
class Forms(Chapter):
    """The bearer of an identity card who asks for the attestation drawn from it."""

    def receive(self) -> Outcome:
        """One offer, one title, a form for each kind of wallet and party."""
        self.row = self.world.newcomer(
            "national_identity", lambda row: "1950" < row["birth_date"] < "2000" and "-00" not in row["birth_date"]
        )
        self.wallet = self.world.wallet("bearer")
        received = self.world.give(self.wallet, self.row["document_number"], "national_identity")
        if received.status != 0:
            return Outcome(f"receive: {code_of(received)}", as_expected=False)
        (title,) = self.wallet("list").json()["titles"]
        self.copies = {form["configuration"]: form["copies"] for form in title["forms"]}
        shown = self.wallet("list", json_output=False)
        expected = {f"national_identity_{_plain(name)}" for name in FORMATS} <= set(self.copies)
        return Outcome(f"one title in {len(self.copies)} forms", expected, shown.out)

    def show_in_part(self) -> Outcome:
        """ecdsa-sd-2023: the party learns what it asked, and can verify it without the rest."""
        self.party = self.open_parties.enter_context(RelyingParty(self.world, "Bureau de poste"))
        ran, answer = self.party.asks(self.wallet, query("ldp_vc", "age_over_18", "nationalities"))
        if not isinstance(answer, Answer):
            return Outcome(f"refused: {getattr(answer, 'code', None)}", as_expected=False)
        told = answer["title"][0].claims
        untold = not any(secret in str(told) for secret in (self.row["family_name"], self.row["birth_date"]))
        said = set(told["credentialSubject"]) - ALWAYS
        seen = f"received: {', '.join(sorted(said))}; the name stayed in the wallet"
        return Outcome(seen, untold and said == {"age_over_18", "nationalities"}, ran.err)

    def show_whole(self) -> Outcome:
        """A JWT withholds nothing: the wallet says so before the citizen agrees."""
        ran, answer = self.party.asks(self.wallet, query("jwt_vc_json", "age_over_18"))
        if not isinstance(answer, Answer):
            return Outcome(f"refused: {getattr(answer, 'code', None)}", as_expected=False)
        said = answer["title"][0].claims["credentialSubject"]
        warned = self.row["family_name"] in ran.err
        seen = f"a JWT withholds nothing: {len(said) - 1} claims left, each shown before consent"
        return Outcome(seen, warned and said["family_name"] == self.row["family_name"], ran.err)

    def revoke(self) -> Outcome:
        """One call voids every copy of every form that has a status."""
        ran = self.world.revoke(self.row["document_number"], "--title", "national_identity")
        if ran.status != 0:
            return Outcome(f"revoke: {code_of(ran)}", as_expected=False)
        self.party.ahead = self.world.status_ttl + 1
        codes = []
        for form in ("ldp_vc", "jwt_vc_json"):
            _, answer = self.party.asks(self.wallet, query(form, "age_over_18"))
            codes.append(getattr(answer, "code", "believed"))
        self.open_parties.close()
        bound = sum(count for name, count in self.copies.items() if "bbs" not in name)
        seen = f"{ran.json()['copies']} copies revoked; refused: {', '.join(codes)}"
        return Outcome(seen, codes == ["status_revoked"] * 2 and ran.json()["copies"] >= bound)


def _plain(name: str) -> str:
    return name.replace("/", "_").replace("+", "_").replace("-", "_")


def steps(world: World) -> Steps:
    """The steps in their order; the register, the issuer and the access authority are there."""
    forms = Forms(world)
    return [
        ("A citizen receives an identity attestation as SD-JWT VC and as W3C credentials", forms.receive),
        ("A party asks for two facts of the W3C credential; the rest is withheld", forms.show_in_part),
        ("The same of a form that cannot withhold", forms.show_whole),
        ("The agency revokes the attestation: every copy of every form", forms.revoke),
    ]
