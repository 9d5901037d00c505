"""Stamp out ML repositories and prove that they work."""
