"""The issuer's pages for people: values in, HTML text out. No script, and nothing from elsewhere."""
