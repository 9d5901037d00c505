"""Where the template comes from: this checkout, or the git origin the tool was installed from."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from .errors import Refused

PARTS = ("copier.yml", "copier", "template")
_RELEASE = re.compile(r"v?\d+(\.\d+)*$")
_SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}


@dataclass(frozen=True)
class Source:
    """A template as Copier takes it; without `ref` a plain folder: its copies get no updates."""

    location: str
    ref: str | None = None

    def __str__(self) -> str:
        return f"{self.location} at {self.ref}" if self.ref else f"{self.location} (a plain folder)"


def checkout() -> Path | None:
    """Return the root of the checkout that this code runs from, or None when it is installed."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "copier.yml").is_file() else None


@contextmanager
def own_source() -> Iterator[Source]:
    """Yield the template that belongs to this very tool."""
    root = checkout()
    if root is None:
        yield installed_source()
    elif is_clean(root):
        yield Source(str(root), exact_tag(root) or "HEAD")
    else:
        with snapshot(root) as folder:
            yield Source(str(folder))


def chosen(named: Source | None) -> AbstractContextManager[Source]:
    """Return the template that was named, or else the tool's own."""
    return nullcontext(named) if named else own_source()


def given_source(location: str, ref: str | None) -> Source:
    """Return a template that a person named; a git source without a ref gets its last release."""
    for short, url in _SHORT.items():
        location = location.replace(short, url, 1) if location.startswith(short) else location
    folder = Path(location).expanduser()
    if not folder.exists() and not re.search(r"://|@.+:|^git\+", location):
        raise Refused(f"{location} is neither a folder nor a git URL: check the spelling.")
    if folder.exists() and not (folder / ".git").exists() and folder.suffix != ".git":
        if ref:
            raise Refused(
                f"{location} is not a git repository, so --ref {ref} means nothing in it."
            )
        return Source(str(folder.resolve()))
    place = str(folder.resolve()) if folder.exists() else _as_git(location)
    return Source(place, ref or latest(place))


def _as_git(url: str) -> str:
    """Say that a URL is a git repository, where Copier could not tell from how it looks."""
    plain = url.endswith(".git") or url.startswith("git") or "://" not in url
    return url if plain else f"git+{url}"


def installed_source(distribution: str = "mlstamp") -> Source:
    """Return where the tool was installed from, or else the project URL in its metadata."""
    package = metadata.distribution(distribution)
    direct = json.loads(package.read_text("direct_url.json") or "{}")
    vcs = direct.get("vcs_info", {})
    if vcs.get("vcs") == "git":
        return Source(_as_git(direct["url"]), vcs.get("requested_revision") or vcs["commit_id"])
    for entry in package.metadata.get_all("Project-URL") or []:
        name, _, url = entry.partition(", ")
        if name == "Repository":
            return Source(_as_git(url), f"v{package.version}")
    raise Refused("This installation does not say where its template lives: give --source URL.")


def git(*arguments: str, cwd: Path | None = None) -> str:
    """Return what git prints; a failure is refused with git's own last line."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, capture_output=True, text=True, encoding="utf-8"
        )
    except FileNotFoundError:
        raise Refused("git is not installed: install it and try again.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Refused(f"git {arguments[0]} failed: {last}")
    return done.stdout.strip()


def is_clean(root: Path) -> bool:
    """Tell whether HEAD holds exactly the template that lies in the folder."""
    try:
        git("rev-parse", "--verify", "--quiet", "HEAD", cwd=root)
        return not git("status", "--porcelain", "--", *PARTS, cwd=root)
    except Refused:
        return False


def exact_tag(root: Path) -> str | None:
    """Return the release tag that HEAD carries, if there is one."""
    tags = git("tag", "--points-at", "HEAD", "--sort=-version:refname", cwd=root).splitlines()
    return next((tag for tag in tags if _RELEASE.match(tag)), None)


def latest(location: str) -> str:
    """Return the newest release tag of a git repository, or HEAD before the first release."""
    url = location.removeprefix("git+")
    listed = _reach(url, "ls-remote", "--tags", "--refs", "--sort=-version:refname", url)
    tags = [line.rpartition("refs/tags/")[2] for line in listed.splitlines()]
    return next((tag for tag in tags if _RELEASE.match(tag)), "HEAD")


def _reach(url: str, *arguments: str) -> str:
    try:
        return git(*arguments)
    except Refused as error:
        reason = str(error).rpartition("fatal: ")[2].rstrip(".")
        raise Refused(
            f"The template {url} cannot be reached ({reason}): check the address and the network, "
            "or name a copy of it with --source."
        ) from None


@contextmanager
def snapshot(root: Path) -> Iterator[Path]:
    """Yield a plain folder with the template as it lies there now, what git ignores left out."""
    with TemporaryDirectory(prefix="mlstamp-template-") as temporary:
        folder = Path(temporary).resolve()
        copy_template(root, folder)
        yield folder


def copy_template(root: Path, folder: Path) -> None:
    """Copy copier.yml, copier/ and template/ of a checkout into an existing folder."""
    for name in _template_files(root):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target)


def _template_files(root: Path) -> list[str]:
    if (root / ".git").exists():
        listed = git(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PARTS, cwd=root
        )
        return [name for name in listed.split("\0") if name and (root / name).is_file()]
    found = [path for part in PARTS for path in [root / part, *(root / part).rglob("*")]]
    return [
        str(path.relative_to(root))
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    ]


@contextmanager
def readable(source: Source) -> Iterator[Path]:
    """Yield a folder in which the questions of any source can be read."""
    if source.ref is None:
        yield Path(source.location)
        return
    with TemporaryDirectory(prefix="mlstamp-source-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve() / "source"
        url = source.location.removeprefix("git+")
        _reach(url, "clone", "--quiet", "--no-checkout", url, str(folder))
        git("checkout", "--quiet", source.ref, cwd=folder)
        yield folder
