"""List the licences of the packages in this environment; refuse those that nobody allowed."""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions

# What asks for no more than a notice, or for the changes of one file.
ALLOWED = {
    *("0bsd", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "isc", "mit", "mit-0"),
    *("mit-cmu", "mpl-2.0", "psf-2.0", "python-2.0", "unlicense", "zlib"),
}
# The words of older packages.
MEANS = {
    "3-clause bsd license": "bsd-3-clause",
    "apache": "apache-2.0",
    "apache 2.0": "apache-2.0",
    "apache license 2.0": "apache-2.0",
    "apache license, version 2.0": "apache-2.0",
    "apache software license": "apache-2.0",
    "bsd": "bsd-3-clause",
    "bsd license": "bsd-3-clause",
    "isc license (iscl)": "isc",
    "mit license": "mit",
    "mozilla public license 2.0 (mpl 2.0)": "mpl-2.0",
    "python software foundation license": "psf-2.0",
    "the unlicense (unlicense)": "unlicense",
}
# Packages whose metadata say nothing; somebody read their LICENSE file.
READ = {"skops": "mit"}


def licence(package: Distribution) -> str:
    """Return what a package says of its licence, in an expression, in classifiers or in words."""
    said = package.metadata.get_all
    classified = [
        line.rpartition(" :: ")[2]
        for line in said("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    expression, words = (said(name, [""]) for name in ("License-Expression", "License"))
    first_line = words[0].strip().partition("\n")[0]
    known = READ.get(package.name.lower(), "")
    return expression[0] or " AND ".join(classified) or first_line or known


def is_allowed(text: str) -> bool:
    """Tell whether one of several licences to choose from asks for nothing that is not allowed."""
    choices = re.split(r"\s+or\s+", text.lower().replace("(", "").replace(")", ""))
    plain = {word.replace("(", "").replace(")", ""): key for word, key in MEANS.items()}
    parts = (re.split(r"\s+and\s+", choice.strip()) for choice in choices)
    return any(all(plain.get(part, part) in ALLOWED for part in needed) for needed in parts)


def rows(packages: Iterable[Distribution]) -> list[tuple[str, str]]:
    """Return each package that is not this project, with its licence."""
    others = (one for one in packages if one.read_text("direct_url.json") is None)
    named = {f"{one.name} {one.version}": licence(one) for one in others}
    return sorted(named.items(), key=lambda row: row[0].lower())


def main() -> int:
    """Print the list, and return the exit code."""
    listed = rows(distributions())
    for package, said in listed:
        print(f"{package}: {said or 'no licence is named'}")
    refused = [package for package, said in listed if not is_allowed(said)]
    if refused:
        print(
            f"Not allowed: {', '.join(refused)}. Replace it, or read its licence and add that to "
            "ALLOWED or READ in deploy/ci/licences.py.",
            file=sys.stderr,
        )
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
