"""Fit one Pipeline on the training split and record how it came about."""
