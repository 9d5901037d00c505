"""Hyperparameters are searched for."""

from . import deferred, sockets

sockets.options["tuning"] = "training.tune:TuneSettings"
sockets.search = deferred("training.tune:search", "tuning")
