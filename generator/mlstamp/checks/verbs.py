"""The verbs that come after the first promotion."""

from __future__ import annotations

import json

from .base import Check, Subject, expect, listing
from .runtime import replay, same

# Run by the project's own Python, because the tool itself reads no Parquet.
_WRITE = """\
import json, sys
import pandas as pd
pd.DataFrame(json.load(open(sys.argv[1]))["rows"]).to_parquet(sys.argv[2])
"""
_READ = """\
import json, sys
import pandas as pd
print("SCORES", json.dumps(pd.read_parquet(sys.argv[1])["score"].tolist()))
"""


class Batch(Check):
    """A Parquet file is scored into another, row for row as the model scored offline."""

    id = "runtime.batch"
    requires = ("runtime.lifecycle",)
    capability = "batch"

    def run(self, subject: Subject) -> None:
        """`batch` fails, or its scores are not those of the model offline."""
        offline = replay(subject)["scores"]
        rows, scored = subject.work / "rows.parquet", subject.work / "scored.parquet"
        scored.unlink(missing_ok=True)
        recorded = subject.project.champion() / "replay.json"
        python = (*subject.project.launcher, "python", "-c")
        subject.project.must(*python, _WRITE, str(recorded), str(rows))
        subject.project.cli("batch", str(rows), str(scored))
        said = subject.project.must(*python, _READ, str(scored)).stdout
        scores = json.loads(said.rpartition("SCORES ")[2])
        expect(len(scores) == len(offline), f"{len(scores)} of {len(offline)} rows were scored")
        pairs = enumerate(zip(scores, offline, strict=True))
        off = [f"row {i}: {a} not {b}" for i, (a, b) in pairs if not same(a, b)]
        expect(not off, listing(off))


class Rollback(Check):
    """After a second promotion, `rollback` puts the first champion back."""

    id = "runtime.rollback"
    requires = ("runtime.lifecycle",)
    only_for = ("default",)

    def run(self, subject: Subject) -> None:
        """A second challenger cannot be promoted, or `rollback` does not undo it."""
        first = champion(subject)
        for stage in ("train", "evaluate", "promote"):
            subject.project.cli(stage, timeout=900)
        second = champion(subject)
        expect(second["version"] != first["version"], "the second promotion changed nothing")
        subject.project.cli("rollback")
        now = champion(subject)
        expect(now == first, f"version {now['version']} is champion, not {first['version']}")


def champion(subject: Subject) -> dict[str, str]:
    """Return what the project itself says of its champion."""
    said = json.loads(subject.project.cli("status", "--json").stdout)["champion"]
    return {key: str(said[key]) for key in ("version", "digest")}
