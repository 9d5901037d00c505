"""Releases are deployed to Kubernetes."""

from . import deferred, sockets

sockets.target = deferred("delivery.kubernetes:KubernetesTarget")
