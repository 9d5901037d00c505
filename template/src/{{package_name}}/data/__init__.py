"""Raw examples become a checked, split and fingerprinted data set."""
