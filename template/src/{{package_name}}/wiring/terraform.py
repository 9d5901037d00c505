"""Releases are deployed to a cloud."""

from . import deferred, sockets

sockets.target = deferred("delivery.terraform:TerraformTarget")
