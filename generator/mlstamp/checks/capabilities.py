"""What a capability brings is not there without it: no file of one leaks into other variants.

The manifests say which paths come and go. This is said again here, in another way, so that a path
that a manifest forgets is noticed: files are named after their capability, or by these words.
"""

from __future__ import annotations

import re

from .base import Check, Subject, expect, listing

# Those whose files have other names than theirs, or others beside it.
WORDS = {
    "ci": ("ci", "github", "gitlab-ci", "Jenkinsfile", "SECURITY", "threat-model"),
    "cloud": ("cloud", "infra", "terraform"),
    "container": ("container", "Dockerfile", "compose", "delivery", "dockerignore", "runbooks"),
    "deploy": ("kubernetes",),
    "drift": ("drift", "monitor"),
    "license": ("LICENSE",),
    "notebook": ("notebook", "notebooks"),
    "onnx": ("onnx", "express", "fast"),
    "pre_commit": ("pre-commit-config",),
    "report": ("report", "plots"),
    "strict_gates": ("strict", "weigh"),
    "tuning": ("tuning", "tune"),
    "unit_tests": ("contract", "e2e", "ml_test_score", "unit"),
}
OFF = (False, "none", "service")  # an answer without files of its own
# A kind of Kubernetes, whatever our own capability of that name is.
OTHERS = ("deploy/kubernetes/base/rollout.yaml",)


class OnlyWhatIsOn(Check):
    """No file is here that belongs to a capability which is off."""

    id = "structure.capabilities"
    needs_template = True  # an owner may name files as they like

    def run(self, subject: Subject) -> None:
        """A file of a capability came without it."""
        off = [name for name, answer in subject.answers.items() if answer in OFF]
        files = [name for name in subject.files() if name not in OTHERS]
        faults = [
            f"{file} without {capability}"
            for capability in off
            for file in files
            if named_after(capability, file)
        ]
        expect(not faults, listing(faults))


def named_after(capability: str, file: str) -> bool:
    """Tell whether a path, or a folder on the way to it, has the name of a capability."""
    words = "|".join(map(re.escape, WORDS.get(capability, (capability,))))
    return bool(re.search(rf"(?<![^\W_])(?:{words})(?![^\W_])", file))
