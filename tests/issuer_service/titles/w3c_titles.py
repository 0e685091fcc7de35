"""The title that is a W3C credential, and its type."""

IRI = "urn:didkit-fr:vocabulary#NationalIdentity"
CREDENTIAL = "https://www.w3.org/2018/credentials#VerifiableCredential"
