"""Runs test suites of the W3C, which are programs of others in JavaScript, against the API over TLS on this machine.

    python -m tests.w3c_suites SUITE...

Each SUITE is a folder with a checkout of one of their repositories, its packages installed (`npm install`): such as
`vc-data-model-2.0-test-suite`, `vc-di-eddsa-test-suite`, `vc-di-ecdsa-test-suite`, `vc-di-bbs-test-suite`,
`vc-bitstring-status-list-test-suite`, `did-key-test-suite`. Their list of other implementations has to be empty
(`implementations/*.json` of `vc-test-suite-implementations`), or they would be asked too. A file `localConfig.cjs` is
written into each folder. The exit status is 1 if a test failed.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.issuer_service.vcalm.service import Running, found

STATUS = "ecdsa-rdfc-2019-p256"
VERSIONS = {"vc": ["1.1", "2.0"]}
# By named issuer: the tags by which suites choose it, and which kinds of key they ask it for.
ISSUERS: dict[str, tuple[list[str], list[str]]] = {
    "eddsa-rdfc-2022": (["vc2.0", "eddsa-rdfc-2022"], []),
    "eddsa-jcs-2022": (["eddsa-jcs-2022"], []),
    "ecdsa-rdfc-2019-p384": (["ecdsa-rdfc-2019"], ["P-384"]),
    "ecdsa-jcs-2019-p256": (["ecdsa-jcs-2019"], ["P-256"]),
    "ecdsa-sd-2023": (["ecdsa-sd-2023"], ["P-256"]),
    "bbs-2023": (["bbs-2023"], []),
    "vc-jose-p256": (["EnvelopingProof"], []),
    STATUS: (["BitstringStatusList", "ecdsa-rdfc-2019"], ["P-256"]),
}
TAGS = sorted({tag for tags, _ in ISSUERS.values() for tag in tags})
# The suite's enveloped presentation has the `vp` claim of data model 1.1, which VC-JOSE-COSE forbids.
PRESENTATION_TAGS = [tag for tag in TAGS if tag != "EnvelopingProof"]
MOCHA = ["npx", "mocha", "tests/", "--timeout", "15000", "--preserve-symlinks", "--reporter", "json"]


def main(suites: list[str]) -> int:
    """Runs the suites one after another; says what passed, and each failure."""
    failed = 0
    with serving() as config:
        for suite in map(Path, suites):
            (suite / "localConfig.cjs").write_text(f"module.exports = {json.dumps(config, indent=2)};\n", "utf-8")
            done = subprocess.run(MOCHA, cwd=suite, capture_output=True, text=True, check=False)
            try:
                report = json.loads(done.stdout[done.stdout.index('{\n  "stats"') :])
            except ValueError:
                failed += 1
                print(f"{suite.name}: did not run\n{done.stderr[-2000:]}")
                continue
            stats = report["stats"]
            failed += stats["failures"]
            print(f"{suite.name}: {stats['passes']} passed, {stats['failures']} failed, {stats['pending']} skipped")
            for one in report["failures"]:
                print(f"  {one['fullTitle']}\n    {one['err'].get('message', '').splitlines()[0]}")
    return min(failed, 1)


@contextmanager
def serving() -> Iterator[Mapping[str, Any]]:
    """A service over TLS, and the manifest by which suites know it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, key = folder / "chain.pem", folder / "key.pem"
        authority = trustme.CA()
        leaf = authority.issue_cert("127.0.0.1")
        leaf.private_key_pem.write_to_path(str(key))
        certificate.write_bytes(b"".join(one.bytes() for one in leaf.cert_chain_pems) + authority.cert_pem.bytes())
        data, port = folder / "data", 40_443
        options = ["--status", STATUS, "--dangerously-any-issuer", "--data-model-1-1"]
        done, _ = found(data, *options, port=port, address=f"https://127.0.0.1:{port}")
        with Running(data, port=port, tls=(certificate, key)) as running:
            yield manifest(running.base, json.loads(done.stdout)["issuers"])


def manifest(base: str, ids: Mapping[str, str]) -> dict[str, Any]:
    """One implementation: its issuers, verifiers, holder and resolver, by address and tags."""
    verifiers = f"{base}/vcalm/verifiers/any"
    verifier = {"id": "did:key:verifier", "supports": VERSIONS, "supportedEcdsaKeyTypes": ["P-256", "P-384"]}
    one = {
        "name": "didkit-fr",
        "implementation": "didkit-fr",
        "issuers": [
            {
                "id": ids[name],
                "endpoint": f"{base}/vcalm/issuers/{name}/credentials/issue",
                "supports": VERSIONS,
                "supportedEcdsaKeyTypes": keys,
                "tags": tags,
            }
            for name, (tags, keys) in ISSUERS.items()
        ],
        "verifiers": [{**verifier, "endpoint": f"{verifiers}/credentials/verify", "tags": TAGS}],
        "vpVerifiers": [{**verifier, "endpoint": f"{verifiers}/presentations/verify", "tags": PRESENTATION_TAGS}],
        "vcHolders": [
            {
                "id": "did:key:holder",
                "endpoint": f"{base}/vcalm/holders/holder/credentials/derive",
                "supports": VERSIONS,
                "tags": ["vcHolder", "ecdsa-sd-2023", "bbs-2023"],
            }
        ],
        "didResolvers": [{"id": "resolver", "endpoint": f"{base}/1.0/identifiers", "tags": ["did-key"]}],
    }
    # Without interoperability: the suites would reach out to others.
    return {"settings": {"enableInteropTests": False, "testAllImplementations": False}, "implementations": [one]}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
