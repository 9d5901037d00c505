"""The only road from rows to a typed frame."""
