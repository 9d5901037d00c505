"""A machine-learning project: problem/ is yours, everything else keeps it in production shape."""

import os

# OpenMP reads this once, when the first library loads it, so no later place would do. A model gets
# one thread, and the folds run side by side: threads that wait for each other are slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
