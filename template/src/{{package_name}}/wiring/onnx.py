"""Models are written for ONNX Runtime, and requests take a lane as fast as that."""

from . import deferred, sockets

sockets.export = deferred("training.onnx_export:export")
sockets.lane = deferred("serving.fast:Express")
