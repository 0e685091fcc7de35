"""VCALM, the API of the W3C for credentials (w3c/vcalm, Editor's Draft), as a service of its own.

It runs as another process over another data folder than the issuer of titles: what is sent to it is signed or verified
and forgotten. Its only store says how many status entries were given out, and which are set.
"""
