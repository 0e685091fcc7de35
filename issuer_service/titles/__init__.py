"""The issuer of titles: offers, tokens, credential requests, pages, status lists, revocation."""
