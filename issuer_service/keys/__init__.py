"""The issuer's keys, named by their purpose."""
