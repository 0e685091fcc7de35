"""The commands of the issuer of titles, as `didkit-issuer` has them."""
