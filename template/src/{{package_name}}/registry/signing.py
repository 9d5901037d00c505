"""Signed Bundles: only what the holder of a key has put their name to may answer."""

from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from ..config import Section, Settings
from ..errors import StageError
from ..files import write_file
from . import CONTRACT

SUFFIX = ".sig"  # beside the folder of the Bundle, which may not have another file


class SigningSettings(Section):
    """Where the keys are: Ed25519, as PEM. A service needs the public one alone."""

    public_key: Path | None = None  # with it, a Bundle without this signature does not answer
    private_key: Path | None = None  # to sign with; keep it where only people or a pipeline reach


def sign(settings: Settings, options: SigningSettings, path: Path) -> None:
    """Write the signature of a Bundle: of its contract, which has the hashes of all its files."""
    del settings
    if not options.private_key:
        raise StageError("options.signing.private_key is not set: say where the key is.")
    key = _read(options.private_key)
    if not isinstance(key, Ed25519PrivateKey):
        raise StageError(f"{options.private_key} is no private Ed25519 key: name one to sign with.")
    write_file(_signature(path), key.sign(_contract(path)))


def check(settings: Settings, options: SigningSettings, path: Path) -> None:
    """Raise StageError unless the Bundle is signed by the key, if there is one to check with."""
    del settings
    if not options.public_key:
        return
    key = _read(options.public_key)
    if not isinstance(key, Ed25519PublicKey):
        raise StageError(f"{options.public_key} is no public Ed25519 key: name the signer's.")
    try:
        key.verify(_signature(path).read_bytes(), _contract(path))
    except FileNotFoundError as error:
        raise StageError(f"{path} is not signed: sign it, or roll back.") from error
    except InvalidSignature as error:
        raise StageError(
            f"{path} was signed by another key, or changed since: sign it again, or roll back."
        ) from error


def _signature(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _contract(path: Path) -> bytes:
    try:
        return (path / CONTRACT).read_bytes()
    except OSError as error:
        raise StageError(f"{path} is not a whole Bundle: train again, or roll back.") from error


def _read(path: Path) -> object:
    try:
        content = path.read_bytes()
        if b"PRIVATE" in content:
            return load_pem_private_key(content, password=None)
        return load_pem_public_key(content)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StageError(
            f"{path} is not a key that can be read ({error}): name a PEM file without a password."
        ) from error
