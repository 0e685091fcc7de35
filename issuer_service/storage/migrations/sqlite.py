"""The SQLite schema. The n-th migration takes `user_version` from n - 1 to n, in one transaction with the others.

What the tables do not hold matters most: no name, number, attribute, holder key, salt or digest; no time finer than
what a lookup needs; and no order of arrival, since rows lie in the order of random keys (WITHOUT ROWID).
"""

__all__ = ["APPLICATION_ID", "BACKUP_ID", "MIGRATIONS"]

APPLICATION_ID = 0x64_6B_66_72
"""Marks the file as this service's (https://www.sqlite.org/fileformat.html, section 1.3.17)."""

BACKUP_ID = 0x64_6B_66_62
"""The same of a copy that `backup` made, until it was restored: see sqlite_backup.py."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE offers (
            lookup BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
            row BLOB NOT NULL CHECK (length(row) = 16),
            epoch TEXT NOT NULL,
            configuration TEXT NOT NULL,
            sealed BLOB NOT NULL,
            tx_code_mac BLOB NOT NULL CHECK (length(tx_code_mac) IN (0, 32)),
            expires INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX offers_by_expiry ON offers (expires)",
        """
        CREATE TABLE grants (
            lookup BLOB NOT NULL PRIMARY KEY CHECK (length(lookup) = 32),
            row BLOB NOT NULL CHECK (length(row) = 16),
            epoch TEXT NOT NULL,
            configuration TEXT NOT NULL,
            sealed BLOB NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX grants_by_expiry ON grants (expires)",
        """
        CREATE TABLE nonces (
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
            expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX nonces_by_expiry ON nonces (expires)",
        # A list is open while next < size. AUTOINCREMENT: the address of a list that is gone is never another's.
        """
        CREATE TABLE lists (
            list_id INTEGER PRIMARY KEY AUTOINCREMENT,
            size INTEGER NOT NULL CHECK (size > 0),
            next INTEGER NOT NULL DEFAULT 0 CHECK (next BETWEEN 0 AND size),
            expires INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        "CREATE INDEX lists_open ON lists (list_id) WHERE next < size",
        """
        CREATE TABLE invalid_entries (
            list_id INTEGER NOT NULL REFERENCES lists (list_id) ON DELETE CASCADE,
            counter INTEGER NOT NULL,
            PRIMARY KEY (list_id, counter)
        ) STRICT, WITHOUT ROWID
        """,
        # Numbered, so that an issuance knows which revocations came after it began (forgotten when it completes: it
        # would date the row); kept a day, then purged.
        """
        CREATE TABLE revocations (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            pseudonym BLOB NOT NULL CHECK (length(pseudonym) = 32),
            expires INTEGER NOT NULL
        ) STRICT
        """,
        # The link to the grant is needed to void an issuance that is retried, and dies with the grant.
        # entries: list_id and counter, four bytes each, big endian, for each copy. state: see sqlite.py.
        """
        CREATE TABLE issuances (
            handle BLOB NOT NULL PRIMARY KEY CHECK (length(handle) = 16),
            issued_under BLOB REFERENCES grants (lookup) ON DELETE SET NULL,
            partition TEXT NOT NULL,
            title TEXT NOT NULL,
            pseudonym BLOB CHECK (length(pseudonym) = 32),
            entries BLOB NOT NULL,
            expires INTEGER NOT NULL,
            began INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2))
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX issuances_by_grant ON issuances (issued_under) WHERE issued_under IS NOT NULL",
        "CREATE INDEX issuances_by_pseudonym ON issuances (pseudonym) WHERE pseudonym IS NOT NULL",
        "CREATE INDEX issuances_by_expiry ON issuances (expires)",
    ),
    (
        # accepted: the wallet said that it stored the copies, and the grant issues no more.
        "ALTER TABLE grants ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0 CHECK (accepted IN (0, 1))",
        # known: set when a restored store closed the list; from this counter on, it does not know whose entries are.
        "ALTER TABLE lists ADD COLUMN known INTEGER CHECK (known BETWEEN 0 AND size)",
        """
        CREATE TABLE suspended_entries (
            list_id INTEGER NOT NULL REFERENCES lists (list_id) ON DELETE CASCADE,
            counter INTEGER NOT NULL,
            PRIMARY KEY (list_id, counter)
        ) STRICT, WITHOUT ROWID
        """,
        # Entries reserved for nobody that still look valid: see sqlite_lists.py.
        """
        CREATE TABLE decoys (
            list_id INTEGER NOT NULL REFERENCES lists (list_id) ON DELETE CASCADE,
            counter INTEGER NOT NULL,
            PRIMARY KEY (list_id, counter)
        ) STRICT, WITHOUT ROWID
        """,
        # One row: how far this store has come, compared with a mark outside it (generation.py).
        """
        CREATE TABLE marks (
            generation INTEGER NOT NULL,
            ticks INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO marks (generation, ticks) VALUES (1, 0)",
    ),
    (
        # A grant is of a title; each configuration of it is issued, retried and accepted by itself.
        "DELETE FROM offers",
        "DELETE FROM grants",
        "ALTER TABLE offers RENAME COLUMN configuration TO title",
        "ALTER TABLE grants RENAME COLUMN configuration TO title",
        "ALTER TABLE grants DROP COLUMN accepted",
        "ALTER TABLE issuances RENAME COLUMN title TO configuration",
        "ALTER TABLE issuances ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0 CHECK (accepted IN (0, 1))",
    ),
    (
        # How many revocations there had been when the offer was made; its grant says the same. What was made before
        # this column fails closed: it counts as made before every revocation that is remembered.
        "ALTER TABLE offers ADD COLUMN last_revocation INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE grants ADD COLUMN last_revocation INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE issuances DROP COLUMN began",
        # copies: how many of the entries, the first ones, an issuance uses; the others it had from one it replaced.
        "ALTER TABLE issuances ADD COLUMN copies INTEGER NOT NULL DEFAULT 0",
        "UPDATE issuances SET copies = length(entries) / 8",
        # What was under way in a service that was stopped never completes; of what is begun from here on, the newest
        # alone can.
        "UPDATE issuances SET issued_under = NULL WHERE state = 0",
        "CREATE UNIQUE INDEX issuances_waiting ON issuances (issued_under, configuration) WHERE state = 0",
        # One row: attempts on codes that are no offer's. Counting them is the work that an attempt on an offer costs.
        """
        CREATE TABLE misses (
            count INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO misses (count) VALUES (0)",
    ),
    (
        # One row: up to which time was forgotten. A nonce that expires by then may have been used: see take_nonce.
        "CREATE TABLE forgotten (until INTEGER NOT NULL) STRICT",
        "INSERT INTO forgotten (until) VALUES (0)",
    ),
    (
        # How far each partition of the revocation log, which lies outside, was replayed: see replaying.py.
        """
        CREATE TABLE replayed (
            partition TEXT NOT NULL PRIMARY KEY,
            size INTEGER NOT NULL CHECK (size >= 0),
            digest BLOB NOT NULL CHECK (length(digest) = 32)
        ) STRICT, WITHOUT ROWID
        """,
        # A database that was in use before this table has done what the log said (port.NOT_COUNTED).
        "INSERT INTO replayed SELECT '', 0, zeroblob(32) FROM marks WHERE generation > 1 OR ticks > 0",
    ),
    (
        # A revocation is remembered for as long as an offer or a grant from before it is there, and by no clock.
        "ALTER TABLE revocations DROP COLUMN expires",
    ),
)
