"""Scores are remembered."""

from . import deferred, sockets

sockets.options["cache"] = "serving.cache:CacheSettings"
sockets.fittings.append(deferred("serving.cache:install", "cache"))
