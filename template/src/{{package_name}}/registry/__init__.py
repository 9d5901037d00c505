"""Bundles and who is champion."""
