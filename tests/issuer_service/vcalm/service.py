"""A VCALM service as its operator runs it: founded and served by the command, spoken to over HTTP."""

import json
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.issuer_service.titles.programs import command, environment, pipe_with, run
from tests.ports import free_port
from tests.waiting import PATIENCE

PASSPHRASE = b"keys of the issuers\n"
V2 = "https://www.w3.org/ns/credentials/v2"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def codes(self):
        """The codes of what is wrong, of a verdict or of a problem."""
        told = self.json()
        problems = told.get("problemDetails", [told])
        return [one["code"] for one in problems if "code" in one]


class Running:
    """A served folder; `base` is its address."""

    def __init__(self, folder: Path, *options: object, insecure: bool = True, port: int, tls: tuple = ()) -> None:
        self.folder, self.port = folder, port
        self.token = (folder / "token").read_text().strip()
        self.insecure, self.tls = insecure, tls
        self.options = options
        self.errors = b""
        self.start()

    def start(self) -> None:
        pipe = pipe_with(PASSPHRASE)
        given = ["--insecure-local"] if self.insecure else []
        if self.tls:
            given += ["--tls-cert", self.tls[0], "--tls-key", self.tls[1]]
        self.arguments = command(
            "issuer_service.shell.commands",
            *("vcalm-serve", "--data", self.folder, "--port", self.port, "--passphrase-fd", pipe),
            *given,
            *self.options,
        )
        self.process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            pass_fds=(pipe,),
            start_new_session=True,
        )
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.base = json.loads(line)["address"]

    def stop(self, number: int = signal.SIGTERM) -> bytes:
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=PATIENCE)
        self.errors += errors
        return self.errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def request(self, method: str, path: str, body: object = None, *, headers: dict | None = None) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            request.add_header(name, value)
        context = ssl.create_default_context(cafile=str(self.tls[0])) if self.tls else None
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def post(self, path: str, body: object, **options: object) -> Answer:
        return self.request("POST", path, body, **options)

    def issue(self, issuer: str, credential: object, **options: object) -> Answer:
        body = {"credential": credential, **({"options": options} if options else {})}
        return self.post(f"/vcalm/issuers/{issuer}/credentials/issue", body)

    def verify(self, credential: object, verifier: str = "trusted", **options: object) -> Answer:
        body = {"verifiableCredential": credential, **({"options": options} if options else {})}
        return self.post(f"/vcalm/verifiers/{verifier}/credentials/verify", body)

    def verify_presentation(self, presentation: object, verifier: str = "trusted", **options: object) -> Answer:
        name = "verifiablePresentation" if "proof" in presentation else "presentation"
        body = {name: presentation, **({"options": options} if options else {})}
        return self.post(f"/vcalm/verifiers/{verifier}/presentations/verify", body)

    def derive(self, credential: object, *pointers: str) -> Answer:
        body = {"verifiableCredential": credential, "options": {"selectivePointers": list(pointers)}}
        return self.post("/vcalm/holders/holder/credentials/derive", body)


def found(folder: Path, *options: object, port: int | None = None, address: str | None = None):
    """Founds a service; the result of the command, and the port its address has."""
    port = port or free_port()
    address = address or f"http://127.0.0.1:{port}"
    done = run("vcalm-init", "--data", folder, "--address", address, *options, secrets={"--passphrase-fd": PASSPHRASE})
    return done, port


def credential(issuer: str, **more: object) -> dict:
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:alice", "name": "Alice"},
        **more,
    }
