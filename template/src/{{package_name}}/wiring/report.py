"""Each evaluation becomes a page with plots."""

from . import deferred, sockets

sockets.publish = deferred("evaluation.report:publish")
sockets.report = "report.html"
