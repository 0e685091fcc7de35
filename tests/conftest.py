"""How Hypothesis runs here: new examples on a developer's machine, the same ones each time in CI."""

import os

from hypothesis import settings

# No deadline: the machines that run this are shared, and a slow example is not a wrong one.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", derandomize=True, database=None, deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
