"""Who is believed for what: anchors, and the path from a certificate to one of them."""
