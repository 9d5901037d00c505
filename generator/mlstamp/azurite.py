"""Azure's storage of our own: where Terraform's `azurerm` backend keeps a state, and its lease."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import formatdate
from pathlib import Path

from .project import free_port
from .stand_in import Place, answering, certified
from .tunnel import tunnel

PACKAGE = "azurite@3.37.0"
SCRIPT = "node_modules/azurite/dist/src/blob/main.js"
KEY = base64.b64encode(b"of a test" * 7).decode()
VERSION = "2021-12-02"  # of the protocol
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Account:
    """An account of the storage at a port, with the certificate that it shows."""

    name: str
    port: int
    certificate: Path

    def ask(self, method: str, path: str, query: str = "") -> Message:
        """Send a request without a body, signed by the account's key; return the headers."""
        there, when = f"/{self.name}/{path}", formatdate(usegmt=True)
        asked = f"\n{query.replace('=', ':')}" if query else ""
        about = f"x-ms-date:{when}\nx-ms-version:{VERSION}\n/{self.name}{there}{asked}"
        text = method + "\n" * 12 + about  # of what is signed, all else is empty
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        who = f"SharedKey {self.name}:{base64.b64encode(digest).decode()}"
        headers = {"x-ms-date": when, "x-ms-version": VERSION, "Authorization": who}
        url = f"https://127.0.0.1:{self.port}{there}?{query}"
        request = urllib.request.Request(url, None, headers | {"Content-Length": "0"})
        request.method = method
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False  # it is one of Azure's
        with urllib.request.urlopen(request, context=context) as answer:
            found: Message = answer.headers
        return found

    def leased(self, path: str) -> bool:
        """Tell whether somebody holds a file."""
        try:
            return self.ask("HEAD", path)["x-ms-lease-state"] == "leased"
        except urllib.error.HTTPError:
            return False


@contextlib.contextmanager
def blobs(packages: Path, folder: Path, name: str, container: str, key: str) -> Iterator[Place]:
    """Yield a storage with one container, empty, in which a state may be kept under a key."""
    folder.mkdir(parents=True, exist_ok=True)
    host, port = f"{name}.blob.core.windows.net", free_port()
    certificate, secret = certified(folder, f"DNS:{host}")
    account = Account(name, port, certificate)
    words = ("--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence")
    shown = ("--cert", str(certificate), "--key", str(secret), "--skipApiVersionCheck")
    command = ("node", str(packages / SCRIPT), *words, *shown)
    log = folder / "azurite.log"
    with (
        answering(command, port, log, AZURITE_ACCOUNTS=f"{name}:{KEY}"),
        tunnel(port, host) as proxy,
    ):
        account.ask("PUT", container, "restype=container")
        given, held = environment(proxy, certificate), f"{container}/{key}"
        yield Place(given, lambda: account.leased(held), log)


def environment(proxy: str, certificate: Path) -> dict[str, str]:
    """Return the variables with which the backend goes there instead of to Azure."""
    return {
        "HTTPS_PROXY": proxy,
        "SSL_CERT_FILE": str(certificate),
        "ARM_ACCESS_KEY": KEY,
        "ARM_SUBSCRIPTION_ID": NOBODY,
        "ARM_TENANT_ID": NOBODY,
        "CHECKPOINT_DISABLE": "1",
    }
