"""The citizen's wallet: an application on the command line over didkit_fr."""
