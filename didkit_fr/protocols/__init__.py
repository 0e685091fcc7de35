"""OAuth, OpenID4VCI and OpenID4VP: one file per message, both ends in it."""
