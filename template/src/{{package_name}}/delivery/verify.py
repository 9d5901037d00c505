"""Is an image what its release says? Asked before anything is changed."""

import json

from ..errors import StageError
from . import LOCAL, DeliverySettings
from .release import MODEL, REVISION, VERSION, Release
from .shell import run


def verify(release: Release, options: DeliverySettings, environment: str) -> None:
    """Raise StageError unless the image is signed, and holds that commit and that model.

    What runs on this machine alone needs no signature.
    """
    if environment != LOCAL:
        _check_signature(release, options)
    _fetch(release.image)
    said = run("docker", "image", "inspect", "--format={{json .Config.Labels}}", release.image)
    labels = json.loads(said) or {}
    for label, expected, what in (
        (REVISION, release.git_sha, "commit"),
        (MODEL, release.model_digest, "model"),
        (VERSION, release.model_version, "version of the model"),
    ):
        if labels.get(label) != expected:
            raise StageError(
                f"{release.image} was made of another {what} ({labels.get(label) or 'none'}) than "
                f"its release says ({expected}): take the release.json that came with the image."
            )


def _fetch(image: str) -> None:
    try:
        run("docker", "pull", "--quiet", image)
    except StageError as error:
        raise StageError(
            f"Nothing was changed, for {image} cannot be had: is the digest in the release file "
            f"the one that was pushed, and is docker logged in to that registry? {error}"
        ) from error


def sign(release: Release, sbom: str) -> None:
    """Sign the image and its bill of materials, as the workflow that this runs in."""
    run("cosign", "sign", "--yes", release.image)
    run("cosign", "attest", "--yes", "--type=cyclonedx", f"--predicate={sbom}", release.image)


def _check_signature(release: Release, options: DeliverySettings) -> None:
    if not options.signed_by:
        raise StageError(
            "options.delivery.signed_by is empty: say in config/ who signs the images, "
            "for without it anybody's image would be deployed."
        )
    by = f"--certificate-identity-regexp={options.signed_by}"
    try:
        run("cosign", "verify", by, f"--certificate-oidc-issuer={options.issuer}", release.image)
    except StageError as error:
        raise StageError(
            f"Nothing was changed, for cosign vouches for no signature of {options.signed_by} on "
            f"{release.image}: docs/runbooks/deploy.md says what to do. {error}"
        ) from error
