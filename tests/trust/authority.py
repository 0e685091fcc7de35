"""Certificates that a hostile or careless authority might issue."""

from datetime import UTC, datetime, timedelta

from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

NOW = 1_800_000_000
DAY = 86_400


def usage(*granted):
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    names += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return pyca.KeyUsage(**{name: name in granted for name in names})


SIGNING = (usage("digital_signature"), True)
CERTIFYING = (usage("key_cert_sign", "crl_sign"), True)


def common(name):
    """A name that is only a common name."""
    return pyca.Name([pyca.NameAttribute(pyca.NameOID.COMMON_NAME, name)])


def usages(*purposes):
    """An extended key usage, critical."""
    return pyca.ExtendedKeyUsage(list(map(pyca.ObjectIdentifier, purposes))), True


class Authority:
    """Issues whatever a hostile or careless authority might."""

    def __init__(self, name, *extensions, issuer=None, key=None, start=-DAY, days=365, keyed=True):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.subject = name if isinstance(name, pyca.Name) else common(name)
        above = issuer or self
        begin = datetime.fromtimestamp(NOW + start, UTC)
        builder = pyca.CertificateBuilder(
            above.subject, self.subject, self.key.public_key(), 7, begin, begin + timedelta(days=days)
        )
        if keyed:
            own = pyca.SubjectKeyIdentifier.from_public_key(self.key.public_key())
            its = pyca.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
            builder = builder.add_extension(own, critical=False).add_extension(its, critical=False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        self.certificate = builder.sign(above.key, hashes.SHA256())


def basic(*, ca=True, length=None, critical=True):
    return pyca.BasicConstraints(ca=ca, path_length=length), critical
