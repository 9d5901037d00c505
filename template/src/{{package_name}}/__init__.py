"""A machine-learning project: problem/ is yours, everything else keeps it in production shape."""
