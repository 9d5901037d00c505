"""Look for secrets in every file that git keeps; say where one is, never what it is."""

import json
import subprocess
import sys

# Words that stand for a secret in a test are none.
PLACEHOLDERS = r"^(secret|password|changeme|example)$"
# A manifest names a secret there; what it holds is elsewhere.
NAMES = r'\bsecretName"?: '
# A line that is no secret after all says so: `pragma: allowlist secret`.
EXCLUDE = ("--exclude-secrets", PLACEHOLDERS, "--exclude-lines", NAMES)
SCAN = ("detect-secrets", "scan", "--no-verify", *EXCLUDE)


def found(scan: str) -> list[str]:
    """Return the places of what detect-secrets found, from its JSON."""
    results: dict[str, list[dict[str, object]]] = json.loads(scan)["results"]
    return [
        f"{name}:{one['line_number']}: {one['type']}"
        for name, findings in sorted(results.items())
        for one in findings
    ]


def main() -> int:
    """Scan, and return the exit code."""
    places = found(subprocess.run(SCAN, capture_output=True, text=True, check=True).stdout)
    for place in places:
        print(place)
    if places:
        print("Take the secret out and make it void: it stays in git's history.", file=sys.stderr)
    return 1 if places else 0


if __name__ == "__main__":
    raise SystemExit(main())
