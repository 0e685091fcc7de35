"""The same journey by two citizens: outside ciphertexts and blind indices, every byte is the same."""

import shutil
from copy import deepcopy
from hashlib import sha256

import pytest

from issuer_service.storage.port import Closed
from tests.issuer_service.indistinguishable_journey import People, play
from tests.issuer_service.indistinguishable_rules import reduced
from tests.issuer_service.world import NOW, found_in, scenario
from tests.ports import free_port

ONE = {
    "document_number": "CANARYNUM",
    "family_name": "Canari-Nom",
    "given_name": "Canari-Prénom",
    "birth_date": "1987-06-05",
    "birth_country": "FR",
    "birth_locality": "Canari-Ville",
    "nationality": ["FR", "BE"],
}
OTHER = {
    "document_number": "SERINNUM2222",
    "family_name": "Serin-Nom-Beaucoup-Plus-Long",
    "given_name": "Serin",
    "birth_date": "1951-01-02",
    "birth_country": "IT",
    "birth_locality": "Serin-Bourg",
    "nationality": ["FR", "IT"],
}


async def plays_of(folder, patch, *, records=(ONE, OTHER)):
    """What was seen of two journeys, from one and the same beginning."""
    register_port, port = free_port(), free_port()
    register = f"http://127.0.0.1:{register_port}"
    config = await found_in(folder, port=port, register_url=register)
    people = People.of(config, folder / "around", NOW)
    places = {config.folder: folder / "pristine", config.state: folder / "pristine-state"}
    for place, kept in places.items():
        shutil.copytree(place, kept)
    seen = []
    for record in records:
        for place, kept in places.items():
            shutil.rmtree(place)
            shutil.copytree(kept, place)
        shutil.rmtree(people.folder, ignore_errors=True)
        people.folder.mkdir()
        seen.append(await play(people, record, register_port=register_port, patch=patch))
    return seen


@pytest.mark.guarantee("G35")
@scenario
async def test_the_same_journey_of_two_citizens_leaves_the_same_bytes_everywhere(tmp_path, monkeypatch) -> None:
    left, right = map(reduced, await plays_of(tmp_path, monkeypatch))
    for what, seen in left.items():
        assert seen == right[what], what
    # Something was compared: the journey went through every endpoint, twice where an answer was lost.
    assert len(left["between issuer and register"]) == 4
    urls = [one["url"].rpartition("/")[2] for one in left["what left the wallet"]]
    assert [urls.count(name) for name in ("token", "credential", "response")] == [1, 2, 2]
    assert left["what was answered"][-1] == Closed(copies=3, grants=1)
    assert [event["what"] for event in left["the wallet's log"]] == ["received", "presented", "presented"]
    assert sum(map(len, left["the issuer's rows"].values())) > 10


@pytest.mark.guarantee("G35")
@scenario
async def test_nor_does_it_tell_how_many_nationalities_somebody_has(tmp_path, monkeypatch) -> None:
    plays = await plays_of(tmp_path, monkeypatch, records=(ONE, {**OTHER, "nationality": ["FR"]}))
    left, right = map(reduced, plays)
    # More elements take more salts, so that those drawn later are others: they leave the wallet with what they salt.
    assert left.pop("what left the wallet") != right.pop("what left the wallet")
    assert left == right


def first_year(record):
    return int(record["birth_date"][:4])


def unkeyed(record):
    return sha256(record["document_number"].encode()).digest()


LEAKS = {
    "the issuer's rows": [
        lambda seen, record: seen.issuer_rows["issuances"][0].update(partition=record["birth_date"][:4]),
        lambda seen, record: seen.issuer_rows["nonces"][0].update(digest=unkeyed(record)),
        lambda seen, record: seen.issuer_rows["offers"][0].update(expires=first_year(record)),
        lambda seen, record: seen.issuer_rows["offers"][0].update(sealed=bytes(len(record["family_name"]))),
        lambda seen, record: seen.issuer_rows["issuances"][0].update(row=record["nationality"][1]),
    ],
    "the issuer's log": [lambda seen, record: setattr(seen, "issuer_log", seen.issuer_log + record["given_name"][-1])],
    "the issuer's files": [
        lambda seen, record: seen.issuer_files.update({record["document_number"]: 0}),
        lambda seen, record: seen.issuer_files.update({"settings.toml": len(record["family_name"])}),
    ],
    "the register's rows": [
        lambda seen, record: seen.register_rows["opening"][0].update(presumed=record["birth_date"])
    ],
    "the register's log": [lambda seen, record: seen.register_log.append(record["document_number"])],
    "between issuer and register": [
        lambda seen, record: seen.to_register[-1]["headers"].update(trace=record["birth_date"]),
        lambda seen, record: seen.to_register[-1].update(status=first_year(record)),
    ],
    "what left the wallet": [
        lambda seen, record: seen.from_wallet[0].update(url=f"https://issuer.example/{record['family_name']}"),
        lambda seen, record: seen.from_wallet[-1]["headers"].update(who=record["document_number"]),
        lambda seen, record: seen.from_wallet[-3].update(body=b"response=" + b"x" * len(record["given_name"])),
    ],
    "the wallet's log": [lambda seen, record: seen.wallet_log[0].update(title=record["family_name"])],
    "the wallet's folder": [lambda seen, record: seen.wallet_files.append(record["given_name"])],
    "what was answered": [lambda seen, record: seen.said.append(record["birth_date"])],
}


@pytest.mark.guarantee("G35")
@scenario
async def test_a_leak_that_is_planted_makes_the_comparison_fail(tmp_path, monkeypatch) -> None:
    plays = await plays_of(tmp_path, monkeypatch)
    assert reduced(plays[0]) == reduced(plays[1])
    for what, leaks in LEAKS.items():
        for leak in leaks:
            one, other = (deepcopy(seen) for seen in plays)
            leak(one, ONE)
            leak(other, OTHER)
            assert [name for name in reduced(one) if reduced(one)[name] != reduced(other)[name]] == [what]
