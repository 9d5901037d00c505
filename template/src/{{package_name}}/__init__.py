"""A machine-learning project: problem/ is yours, everything else keeps it in production shape."""

import os

# OpenMP reads this once, when the first library loads it, so no later place would do: threads that
# wait for work should sleep, as spinning ones slow training down tenfold on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
