"""OpenID for Verifiable Presentations 1.0: one file per message, with the sender's and the receiver's end."""
