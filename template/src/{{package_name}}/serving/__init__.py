"""Answer predictions: one at a time over HTTP, or whole files."""
