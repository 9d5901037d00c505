"""The evaluation stage: measure the challenger, let the gates decide, write it all down."""

from dataclasses import asdict
from pathlib import Path

from ..config import Settings
from ..features.prepared import read_prepared
from ..files import write_file
from ..registry.bundle import Bundle
from ..registry.records import VERDICT, Verdict
from .evidence import Evidence, gather
from .gates import decide
from .report import model_card, render

REPORT, CARD = "report.html", "model_card.md"


def evaluate(settings: Settings, bundle: Bundle, champion: Bundle | None) -> Verdict:
    """Judge the Bundle and leave verdict, report and model card under its digest."""
    evidence = gather(settings, bundle, champion)
    verdict = _verdict(settings, evidence)
    folder = report_folder(settings, bundle.digest)
    write_file(folder / REPORT, render(evidence, verdict).encode())
    write_file(folder / CARD, model_card(evidence, verdict).encode())
    write_file(folder / VERDICT, verdict.model_dump_json(indent=2).encode())
    return verdict


def report_folder(settings: Settings, digest: str) -> Path:
    """Return where the report on the Bundle with this digest belongs."""
    return settings.evaluation.reports / digest[:12]


def _verdict(settings: Settings, evidence: Evidence) -> Verdict:
    baseline = {
        name: metric(evidence.test.labels, evidence.baseline.scores)
        for name, metric in evidence.scale.metrics.items()
    }
    return Verdict(
        digest=evidence.bundle.digest,
        champion=evidence.champion.name if evidence.champion else None,
        data_fingerprint=read_prepared(settings.data.prepared).fingerprint,
        metrics=evidence.metrics,
        baseline=baseline,
        slices=[asdict(part) for part in evidence.slices],
        comparison=evidence.champion.gain.model_dump() if evidence.champion else None,
        gates=decide(evidence),
    )
