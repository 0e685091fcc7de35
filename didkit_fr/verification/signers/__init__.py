"""Who signed a document, with which key and with which right."""
