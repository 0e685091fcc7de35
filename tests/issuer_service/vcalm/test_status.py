"""Status entries: given out once, whatever happens; lists that anyone can fetch; what is revoked is refused."""

import json
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from didkit_fr.encoding import date_time
from didkit_fr.formats.w3c import vc_jose
from didkit_fr.status.bitstring import MIN_ENTRIES, read_list
from tests.issuer_service.vcalm.service import Running, credential, found
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end]

ISSUERS = ("eddsa-rdfc-2022", "ecdsa-sd-2023", "vc-jose-p384")


class Founded:
    """A service two of whose issuers give status entries."""

    def __init__(self, folder):
        self.folder = folder
        options = [option for name in ISSUERS for option in ("--status", name)]
        done, self.port = found(folder, *options)
        self.ids = json.loads(done.stdout)["issuers"]

    def issue(self, running, name="eddsa-rdfc-2022"):
        issued = running.issue(name, credential(self.ids[name]))
        assert issued.status == 201, issued.body
        return issued.json()["verifiableCredential"]


@pytest.fixture(scope="module")
def founded(tmp_path_factory):
    return Founded(tmp_path_factory.mktemp("status") / "data")


@pytest.fixture(scope="module")
def running(founded):
    with Running(founded.folder, port=founded.port) as service:
        yield service


def entry_of(made, purpose="revocation"):
    if "credentialStatus" not in made:
        made = vc_jose.parse(made["id"].partition(",")[2]).unverified_claims()
    [entry] = [one for one in made["credentialStatus"] if one["statusPurpose"] == purpose]
    return entry


def set_status(running, entry, name="eddsa-rdfc-2022", *, value):
    body = {"credentialStatus": entry, "status": value}
    return running.post(f"/vcalm/issuers/{name}/credentials/status", body)


@pytest.mark.parametrize("name", ISSUERS)
def test_a_list_is_a_credential_at_the_address_that_entries_name(founded, running, name):
    made = founded.issue(running, name)
    for purpose in ("revocation", "suspension"):
        entry = entry_of(made, purpose)
        url = entry["statusListCredential"]
        assert url.startswith(f"{running.base}/vcalm/issuers/{name}/status/")
        answer = running.request("GET", url.removeprefix(running.base))
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/vc")
        assert running.verify(answer.json()).status == 200
        listed = read_list(answer.json(), url=url, purpose=purpose, now=running_time(answer))
        assert listed.lookup(int(entry["statusListIndex"])) == 0


def running_time(answer):
    return date_time.parse(answer.json()["proof"]["created"])


PATTERNS = [("revocation", "status_revoked"), ("suspension", "status_suspended")]


@pytest.mark.parametrize("name", ISSUERS)
@pytest.mark.parametrize(("purpose", "code"), PATTERNS)
def test_what_is_set_is_refused_and_nothing_else(founded, running, name, purpose, code):
    made, other = founded.issue(running, name), founded.issue(running, name)
    shown = [
        running.derive(one, "/credentialSubject").json() if name == "ecdsa-sd-2023" else one for one in (made, other)
    ]
    assert [running.verify(one).status for one in shown] == [200, 200]
    assert set_status(running, entry_of(made, purpose), name, value=True).status == 200
    assert running.verify(shown[0]).codes == [code]
    assert running.verify(shown[1]).status == 200
    unset = set_status(running, entry_of(made, purpose), name, value=False)
    assert unset.status == (400 if purpose == "revocation" else 200)
    assert running.verify(shown[0]).status == unset.status


def test_a_holder_cannot_withhold_the_status(founded, running):
    made = founded.issue(running, "ecdsa-sd-2023")
    assert running.derive(made).json()["credentialStatus"] == made["credentialStatus"]


def test_a_status_that_cannot_be_checked_is_refused(founded, running):
    name = "ecdsa-rdfc-2019-p256"
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1"}
    cases = {
        "status_mechanism_unsupported": {
            **entry,
            "statusPurpose": "other",
            "statusListCredential": "https://a.example",
        },
        "status_reference_malformed": {**entry, "statusListCredential": "urn:a:b"},
        "fetch_failed": {**entry, "statusListCredential": "http://127.0.0.1:9/list"},
        "fetch_refused_address": {**entry, "statusListCredential": "http://192.168.0.1/list"},
    }
    for code, status in cases.items():
        issued = running.issue(name, credential(founded.ids[name], credentialStatus=status))
        made = issued.json()["verifiableCredential"]
        refused = running.verify(made)
        assert (refused.status, refused.codes) == (400, [code])
        assert running.verify(made, checks=["proof", "validity"]).status == 200


def test_only_what_was_given_out_is_set(founded, running):
    entry = entry_of(founded.issue(running))
    number = entry["statusListCredential"].split("/")[-2]
    changes = [
        {"statusListCredential": entry["statusListCredential"].replace(f"/{number}/", "/7/")},
        {"statusListCredential": "https://another.example/1/revocation"},
        {"statusListCredential": None},
        {"statusPurpose": "message"},
        {"statusListIndex": "-1"},
        {"statusListIndex": str(MIN_ENTRIES)},
        {"statusListIndex": "²"},
        {"statusListIndex": str((int(entry["statusListIndex"]) + 1) % MIN_ENTRIES)},
    ]
    for change in changes:
        refused = set_status(running, {**entry, **change}, value=True)
        assert (refused.status, refused.codes) == (400, ["status_entry_invalid"]), change
    for body in ({}, {"credentialStatus": entry}, {"credentialStatus": [], "status": True}, {"status": "true"}):
        assert running.post("/vcalm/issuers/eddsa-rdfc-2022/credentials/status", body).codes == ["message_invalid"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/vc"),
        ("application/vc, application/json", "application/vc"),
        ("application/ld+json, application/json", "application/ld+json"),
        ("application/json", "application/json"),
    ],
)
def test_a_list_is_json_by_its_type_for_who_asks_for_that_alone(founded, running, accept, media_type):
    url = entry_of(founded.issue(running))["statusListCredential"]
    answer = running.request("GET", url.removeprefix(running.base), headers={"Accept": accept})
    assert (answer.headers["Content-Type"], answer.headers["Vary"]) == (media_type, "Accept")


@pytest.mark.parametrize("path", ["7/revocation", "1/message", "0/revocation", "1/x/y", "99999999999/revocation"])
def test_a_list_that_is_not_there_is_not_found(running, path):
    assert running.request("GET", f"/vcalm/issuers/eddsa-rdfc-2022/status/{path}").status == 404


def test_entries_look_random(founded, running):
    places = [int(entry_of(founded.issue(running))["statusListIndex"]) for _ in range(12)]
    assert len(set(places)) == 12
    assert max(places) - min(places) > MIN_ENTRIES // 8
    assert sorted(places) != places


def test_no_entry_is_given_out_twice_though_the_process_is_killed(tmp_path):
    founded = Founded(tmp_path / "data")
    seen = []
    for _ in range(3):
        service = Running(founded.folder, port=founded.port)
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(issue_until_it_dies, service, founded, seen)
            wait_for(seen, len(seen) + 20)
            service.stop(signal.SIGKILL)
    assert len(seen) > 30
    assert Counter(seen).most_common(1)[0][1] == 1


def wait_for(seen, due):
    until(lambda: len(seen) >= due)


def issue_until_it_dies(service, founded, seen):
    try:
        while True:
            made = founded.issue(service)
            entry = entry_of(made)
            seen.append((entry["statusListCredential"], entry["statusListIndex"]))
    except (OSError, AssertionError, ValueError):
        return
