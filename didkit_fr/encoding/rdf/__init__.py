"""JSON-LD to RDF statements, their one writer, and their canonical form."""
