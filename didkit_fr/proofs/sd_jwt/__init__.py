"""SD-JWT (RFC 9901): claims that a holder may disclose or withhold."""
