"""Where the template comes from: this checkout, or the git origin the tool was installed from."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory

from . import plain_git
from .errors import Refused, Unreachable, without_password
from .places import as_git, bare, lengthened, refuse_option, url_of

PARTS = ("copier.yml", "copier", "template")
_ANY = (*PARTS, "copier.yaml")  # a name for copier.yml that Copier takes as well
_RELEASE = re.compile(r"v?\d+(\.\d+)*$")


@dataclass(frozen=True)
class Source:
    """A template as Copier takes it; without `ref` a plain folder: its copies get no updates."""

    location: str
    ref: str | None = None

    def __post_init__(self) -> None:
        """Refuse what git would take for an option: a project says where its template lies."""
        for word in (url_of(self.location), self.ref or ""):
            refuse_option(word)

    def __str__(self) -> str:
        place = without_password(self.location)
        return f"{place} at {self.ref}" if self.ref else f"{place} (a plain folder)"


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
    location = lengthened(location)
    folder = Path(location).expanduser()
    if not folder.exists() and not re.search(r"://|@.+:|^git\+", location):
        raise Refused(f"{location} is neither a folder nor a git URL: check the spelling.")
    if folder.exists() and not (folder / ".git").exists() and folder.suffix != ".git":
        if ref:
            raise Refused(
                f"{location} is not a git repository, so --ref {ref} means nothing in it."
            )
        return Source(str(folder.resolve()))
    place = str(folder.resolve()) if folder.exists() else as_git(location)
    return Source(place, ref or latest(place))


def installed_source(distribution: str = "mlstamp") -> Source:
    """Return where the tool was installed from, or else the project URL in its metadata."""
    package = metadata.distribution(distribution)
    direct = json.loads(package.read_text("direct_url.json") or "{}")
    vcs = direct.get("vcs_info", {})
    if vcs.get("vcs") == "git":
        return Source(as_git(direct["url"]), vcs.get("requested_revision") or vcs["commit_id"])
    for entry in package.metadata.get_all("Project-URL") or []:
        name, _, url = entry.partition(", ")
        if name == "Repository":
            return Source(as_git(url), f"v{package.version}")
    raise Refused("This installation does not say where its template lives: give --source URL.")


def git(*arguments: str, cwd: Path | None = None, plain: bool = False, given: bytes = b"") -> str:
    """Return what git prints; a failure is refused with git's own reason."""
    done = git_bytes(*arguments, cwd=cwd, plain=plain, given=given)
    return done.decode("utf-8", "surrogateescape").strip()


def _stands() -> Path | None:
    """Return where the process stands, unless that folder is gone."""
    try:
        return Path.cwd()
    except OSError:
        return None


# Copier, at work in another thread, moves the process into folders that are soon gone.
_START = _stands()


def git_bytes(
    *arguments: str, cwd: Path | None = None, plain: bool = False, given: bytes = b""
) -> bytes:
    """Return the bytes that git prints; `plain` leaves out what its owner set up for it."""
    environment = plain_git.environment() if plain else None
    try:
        process = subprocess.Popen(
            ["git", *arguments],
            cwd=cwd or _START,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
    except FileNotFoundError:
        raise Refused("git is not installed: install it and try again.") from None
    try:
        printed, said = process.communicate(given)
    except BaseException:
        process.terminate()  # politely: killed, it would leave its lock behind
        process.wait()
        raise
    if process.returncode:
        verb = next(word for word in arguments if re.fullmatch(r"[a-z]+(-[a-z]+)*", word))
        raise Refused(f"git {verb} failed: {plain_git.reason(said)}")
    return printed


def is_clean(root: Path) -> bool:
    """Tell whether HEAD holds exactly the template that lies in the folder."""
    try:
        git("rev-parse", "--verify", "--quiet", "HEAD", cwd=root)
        return not git("status", "--porcelain", "--", *_ANY, cwd=root)
    except Refused:
        return False


def exact_tag(root: Path) -> str | None:
    """Return the release tag that HEAD carries, if there is one."""
    tags = git("tag", "--points-at", "HEAD", "--sort=-version:refname", cwd=root).splitlines()
    return next((tag for tag in tags if _RELEASE.match(tag)), None)


def latest(location: str) -> str:
    """Return the newest release tag of a git repository, or HEAD before the first release."""
    return next(iter(releases(location)), "HEAD")


def is_release(tag: str) -> bool:
    """Tell whether a tag is a release, and not a preview of one or a mark of another kind."""
    return bool(_RELEASE.match(tag))


def refuse_unknown(clone: Path, source: Source) -> None:
    """Refuse a release, a branch or a commit that is not in a clone of the template."""
    for name in (source.ref, f"origin/{source.ref}"):
        with suppress(Refused):
            git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", cwd=clone)
            return
    tags = git("tag", "--sort=-version:refname", cwd=clone).splitlines()
    known = ", ".join(list(filter(is_release, tags))[:3]) or "none yet"
    raise Refused(
        f"The template at {source.location} has no {source.ref}: its newest releases are {known}."
    )


def reached(location: str, *arguments: str) -> str:
    """Return what git prints when it asks a repository that may be far away, or gone."""
    try:
        return git("-c", f"core.hooksPath={os.devnull}", *arguments)
    except Refused as error:
        raise Refused(
            f"The template at {location} cannot be reached "
            f"({str(error).partition(' failed: ')[2] or error}): "
            "check the address and the network, or give its new place with --source."
        ) from None


def releases(location: str) -> list[str]:
    """Return the release tags of a git repository, the newest first."""
    asked = ("ls-remote", "--tags", "--refs", "--sort=-version:refname", "--", url_of(location))
    lines = reached(location, *asked).splitlines()
    tags = [line.rpartition("refs/tags/")[2] for line in lines]
    return [tag for tag in tags if is_release(tag)]


def holds(root: Path, ref: str) -> bool:
    """Tell whether a repository has this commit."""
    try:
        return bool(git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", cwd=root))
    except Refused:
        return False


def same_place(root: Path, location: str) -> bool:
    """Tell whether a location is this checkout, or where it was cloned from."""
    if Path(url_of(location)).is_dir():
        return Path(url_of(location)).resolve() == root.resolve()
    try:
        origin = git("remote", "get-url", "origin", cwd=root)
    except Refused:
        return False
    return bare(origin) == bare(location)


def fetched(source: Source, folder: Path) -> Path:
    """Put a template as it was at `source.ref` into a plain, new folder and return it.

    Raises Unreachable when there is no way to it, and Refused when it has no such commit.
    """
    url, clone = url_of(source.location), folder.with_suffix(".git")
    try:
        git("clone", "--quiet", "--no-checkout", "--filter=blob:none", "--", url, str(clone))
    except Refused as error:
        raise Unreachable(f"the template at {url} ({error})") from None
    if not holds(clone, str(source.ref)):
        raise Refused(
            f"The template at {url} has no {source.ref} any more: bring the project to a release "
            "that is there (mlstamp update --to VERSION)."
        )
    git("checkout", "--quiet", str(source.ref), cwd=clone)
    copy_template(clone, folder)
    return folder


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
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_ANY, cwd=root
        )
        return [name for name in listed.split("\0") if name and (root / name).is_file()]
    found = [path for part in _ANY for path in [root / part, *(root / part).rglob("*")]]
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
        words = ("clone", "--quiet", "--no-checkout", "--", url_of(source.location), str(folder))
        reached(source.location, *words)
        try:
            git("checkout", "--quiet", source.ref, cwd=folder, plain=True)
        except Refused:
            refuse_unknown(folder, source)
            raise
        yield folder
