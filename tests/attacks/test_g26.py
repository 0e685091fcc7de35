"""Attacks on G26: a face that is spelt so that nobody takes it for one, and a text that is spelt as a picture."""

from base64 import b64decode

import pytest

from issuer_service.register import portrait as drawn
from tests.wallet_cli.presenting import fill, present, refused
from tests.wallet_cli.world import CLAIMS, DIPLOMA, VCT, Refusing

FACE = b64decode(drawn.draw(7))
SPELLINGS = [
    drawn.draw(7),
    FACE.hex(),
    "DATA:image/jpeg;base64," + drawn.draw(7),
    "data:application/octet-stream;base64," + drawn.draw(7),
    " data:image/jpeg;base64," + drawn.draw(7),
    "data:image/jpeg;base64," + drawn.draw(7),
]


class AllButThePortrait(Refusing):
    """A citizen who agrees to all but that a portrait leaves."""

    def agrees(self, question, *, beforehand):
        return beforehand or question != "ask_portrait"


@pytest.mark.guarantee("G26")
@pytest.mark.parametrize("spelt", SPELLINGS, ids=range(len(SPELLINGS)))
def test_a_portrait_spelt_otherwise_leaves_on_no_other_consent(world, folder, capsys, spelt):
    fill(world, folder, world.title(claims=CLAIMS | {"picture": spelt}))
    link, _, fetcher = world.ask(["picture"])
    assert refused(folder, link, fetcher, kind=AllButThePortrait) == "access_denied"
    assert world.posted == []
    said = capsys.readouterr().err
    assert "whoever has it can recognise your face" in said
    assert spelt[30:60] not in said
    present(folder, link, fetcher, portrait=True)
    assert len(world.posted) == 1


@pytest.mark.guarantee("G26")
@pytest.mark.parametrize("value", [[255, 216, 255], {"bytes": "_9j_"}, "x" * 30], ids=str)
def test_of_a_type_that_nobody_knows_a_claim_named_as_a_portrait_is_one(world, folder, value):
    fill(world, folder, world.title(type_=DIPLOMA, claims=CLAIMS | {"holder_photograph": value}))
    query = {"id": "d", "format": "dc+sd-jwt", "meta": {"vct_values": [DIPLOMA]}}
    asked = {"credentials": [query | {"claims": [{"path": ["holder_photograph"]}]}]}
    transaction, fetcher, _ = world.ask_all(asked)
    assert refused(folder, transaction.link, fetcher, kind=AllButThePortrait) == "access_denied"
    assert world.posted == []


@pytest.mark.guarantee("G26")
@pytest.mark.parametrize("text", ["data:image/jpeg;base64,I owe the bearer 500 euros", "_9j_ I owe the bearer"])
def test_a_text_that_begins_as_a_picture_is_shown_as_the_text_that_it_is(world, folder, capsys, text):
    fill(world, folder, world.title(claims=CLAIMS | {"family_name": text}))
    link, _, fetcher = world.ask(["family_name"])
    present(folder, link, fetcher)
    said = capsys.readouterr().err
    assert text in said
    assert "(image" not in said
    assert VCT not in said
