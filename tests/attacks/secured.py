"""Documents that are secured by each suite over statements, and what `proofs.data_integrity.proof.verify` believes."""

from didkit_fr.keys import bbs, software
from didkit_fr.keys.public import ED25519
from didkit_fr.proofs.data_integrity import bbs_2023, ecdsa_sd, options, proof
from didkit_fr.proofs.data_integrity.suites import CRYPTOSUITES

NOW = 1_790_000_000
V2 = "https://www.w3.org/ns/credentials/v2"
ISSUER, METHOD = "did:example:issuer", "did:example:issuer#key"
SIGNERS = {"eddsa": software.generate(ED25519), "ecdsa": software.generate("P-256"), "bbs": bbs.generate()}
WHOLE = ("eddsa-rdfc-2022", "ecdsa-rdfc-2019")
SUITES = (*WHOLE, ecdsa_sd.NAME, bbs_2023.NAME)
OCCASION = b"one party, one nonce"


def signer(suite):
    return SIGNERS[suite.partition("-")[0]]


def base(document, suite, contexts):
    """What the issuer signs."""
    how = {"cryptosuite": suite, "verification_method": METHOD, "purpose": "assertionMethod", "created": NOW}
    if suite in WHOLE:
        return proof.sign(document, signer(suite), **how, contexts=contexts)
    sign = ecdsa_sd.sign_base if suite == ecdsa_sd.NAME else bbs_2023.sign_base
    stated = options.build_options(**how)
    return sign(document, signer(suite), stated, mandatory=["/issuer", "/validFrom"], contexts=contexts)


def shown(document, suite, contexts):
    """What the holder shows: everything."""
    secured = base(document, suite, contexts)
    pointers = [f"/{name}" for name in document if name != "@context"]
    if suite == ecdsa_sd.NAME:
        return ecdsa_sd.derive(secured, pointers, contexts=contexts)
    if suite == bbs_2023.NAME:
        return bbs_2023.derive(secured, pointers, presentation_header=OCCASION, contexts=contexts)
    return secured


def believed(secured, suite, contexts, table=CRYPTOSUITES):
    """What a verifier believes of it."""
    suites = {**table, bbs_2023.NAME: bbs_2023.bbs_2023(presentation_header=OCCASION)}
    checks = {"purpose": "assertionMethod", "now": NOW, "leeway": 0, "domain": None, "challenge": None}
    keys = {METHOD: signer(suite).public_key}
    parsed = proof.parse(secured)
    return proof.verify(parsed, keys, cryptosuites=[suite], suites=suites, contexts=contexts, **checks).document
