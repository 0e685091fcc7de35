"""Codes of `ParseError` and `VerificationError` that are no case here, each with its reason and where it is tested."""

ELSEWHERE = {
    # What the caller of the library decides, never a document from outside
    "sd_jwt_disclosable": "the issuer's own choice of paths: tests/verification/test_verify.py",
    "sd_jwt_path_unknown": "the caller's own path; a request's paths are matched first: tests/proofs/test_sd_jwt.py",
    "dcql_unsupported": "the relying party's own query, which it could not check: tests/test_relying_party.py",
    "spec_unknown": "the program's own files: tests/test_specs.py",
    "status_entry_invalid": "the service's own counter: tests/issuer_service/test_permutation.py",
    "title_unknown": "the operator's choice of title: tests/credentials/test_titles.py",
    "register_address_invalid": "the operator's address: tests/issuer_service/test_sources.py",
    "title_not_suspendable": "the operator's choice of title: tests/issuer_service/test_revoking.py",
    "title_not_issued": "the operator's choice of title: tests/issuer_service/test_issuance.py",
    "configuration_not_granted": "needs a second title on offer: tests/issuer_service/test_issuance.py",
    # What a person asks of a program of theirs
    "passphrase_too_short": "typed by its owner: tests/wallet_cli/test_vault.py",
    "title_not_held": "typed by its owner: tests/wallet_cli/test_contents.py",
    "no_copy_left": "a state of the wallet: tests/wallet_cli/test_contents.py",
    "title_ambiguous": "typed by its owner: tests/wallet_cli/test_contents.py",
    "consent_mismatch": "agreed to by its owner: tests/wallet_cli/test_present.py and test_receive.py",
    "credential_file_malformed": "a file of its owner's: tests/wallet_cli/test_verify.py",
    "image_unreadable": "a file of its owner's: tests/wallet_cli/test_pictures.py",
    "qr_code_missing": "a file of its owner's: tests/wallet_cli/test_pictures.py",
    "qr_code_several": "a file of its owner's: tests/wallet_cli/test_pictures.py",
    "portrait_absent": "a state of the wallet: tests/wallet_cli/test_portrait.py",
    "vault_exists": "a state of the wallet: tests/wallet_cli/test_vault.py",
    "vault_full": "a state of the wallet: tests/wallet_cli/test_vault.py",
    "file_exists": "a state of the folder: tests/issuer_service/test_keyring.py",
    # What is between the service and its own storage
    "storage_malformed": "the service's own file: tests/issuer_service/test_storage_sqlite.py",
    "storage_rewound": "the service's own file: tests/issuer_service/test_generation.py",
    "storage_newer": "the service's own file: tests/issuer_service/test_storage_sqlite.py",
    "storage_conflict": "the service's own rows: tests/issuer_service/test_storage.py",
    "issuance_unknown": "the service's own rows: tests/issuer_service/test_storage.py",
    "revoked_meanwhile": "a race inside the service: tests/issuer_service/test_storage.py",
    "epoch_gone": "the service's own keys; the wire says offer_unknown: tests/issuer_service/test_epochs.py",
    "grant_sealed": "the service's own rows; the wire says offer_unknown: tests/issuer_service/test_sealing.py",
    "status_list_unknown": "an address without document: tests/issuer_service/test_status_lists.py",
}
