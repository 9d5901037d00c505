"""Scores are remembered."""

from . import deferred, sockets

sockets.options["cache"] = "serving.cache:CacheSettings"
sockets.remembers = True
sockets.fittings.append(deferred("serving.cache:install", "cache"))
