"""One run of the drift job: from the log to the tables and the page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from uuid import uuid4

import numpy as np
from sqlalchemy import Connection

from ...config import Settings
from ...files import write_file
from ...registry import find_verdict, read_pointer, trusted
from ...registry.bundle import Bundle, read
from ..database import connect, transaction
from . import ALL, DriftSettings, labelled, rows
from .compare import Comparison, Drift, judge
from .domain_classifier import domain_classifier
from .estimate import estimated
from .findings import Findings, Run
from .page import history, render
from .quality import realised
from .skew import Skew, replay
from .standard import Quality, Standard, Yardstick
from .window import Chunk, Sample, Window

SAMPLE = 5_000  # rows of the window that are kept as they are
RESAMPLES = 200  # at most behind each interval: a job that runs by the hour has little time


@dataclass(frozen=True)
class Champion:
    """The model in question, with rows of its training and the scores that they get."""

    bundle: Bundle
    version: str
    reference: Chunk


@dataclass(frozen=True)
class Seen:
    """What the log says of a window."""

    total: int
    comparison: Comparison
    sample: Chunk | None
    ground_truth: labelled.GroundTruth
    labels: int  # recorded within the window


def run(
    settings: Settings, options: DriftSettings, log_url: str, yardstick: Yardstick, now: datetime
) -> Findings:
    """Look at the champion's latest predictions, write the tables, and return what was found."""
    began = perf_counter()
    engine = connect(log_url)
    champion = _champion(settings)
    start = now - timedelta(hours=options.hours)
    window = Window(start, now, champion.bundle.digest, options.rows)
    with transaction(engine) as connection:
        since = now - timedelta(hours=options.label_hours)
        seen = _look(connection, window, champion, since, settings.seed)
    standard = _standard(settings, options, yardstick, champion.bundle)
    drifts, quality, skew = _judge(seen, champion, options, standard)
    facts = Run(
        id=str(uuid4()),
        created_at=now,
        window_start=start,
        window_end=now,
        rows=seen.total,
        reference_rows=len(champion.reference.scores),
        model_version=champion.version,
        model_digest=champion.bundle.digest,
        skew_rows=skew.rows,
        skew_mismatches=skew.mismatches,
        labelled_rows=seen.labels,
        label_lag_s=seen.ground_truth.lag_s,
        seconds=perf_counter() - began,
    )
    findings = Findings(facts, options.min_rows, drifts, quality)
    with transaction(engine) as connection:
        findings.write(connection)
        past = history(connection)
    write_file(options.page, render(settings.name, findings, past, options).encode())
    return findings


def _champion(settings: Settings) -> Champion:
    pointer = read_pointer(settings.registry.bundles)
    bundle = read(trusted(settings, pointer))
    inputs = rows.from_rows(bundle.reference)
    return Champion(bundle, pointer.version, Chunk(inputs, bundle.score(rows.to_columns(inputs))))


def _look(
    connection: Connection, window: Window, champion: Champion, since: datetime, seed: int
) -> Seen:
    total = window.count(connection)
    comparison = Comparison(champion.reference)
    sample = Sample(SAMPLE, min(total, window.rows), seed)  # of those that come by
    for chunk in window.chunks(connection, total):
        comparison.add(chunk)
        sample.add(chunk)
    ground_truth = labelled.read(connection, window.digest, since)
    labels = labelled.count(connection, window.digest, window.start, window.end)
    return Seen(total, comparison, sample.rows(), ground_truth, labels)


def _judge(
    seen: Seen, champion: Champion, options: DriftSettings, standard: Standard
) -> tuple[list[Drift], list[Quality], Skew]:
    """Return what there is enough of to tell; nothing where there is not."""
    drifts: list[Drift] = []
    quality: list[Quality] = []
    skew = Skew(0, 0)
    if seen.sample and seen.total >= options.min_rows:
        sample, reference = seen.sample, champion.reference
        together = domain_classifier(reference.inputs, sample.inputs, standard.seed)
        asked = (seen.comparison.differences(), {ALL: together}, seen.comparison.gaps())
        drifts = [one for part in asked for one in judge(part, options)]
        quality = estimated(sample.scores, standard)
        some = sample.take(np.arange(min(options.skew_rows, len(sample.scores))))
        skew = replay(champion.bundle, some, options.skew_tolerance, np.std(reference.scores))
    known = seen.ground_truth.labelled
    if known and len(known.truths) >= options.min_rows:
        quality = realised(known, standard) + quality
    return drifts, quality, skew


def _standard(
    settings: Settings, options: DriftSettings, yardstick: Yardstick, bundle: Bundle
) -> Standard:
    return Standard(
        scale=yardstick.scale(bundle.contract.threshold),
        resample=yardstick.resample,
        verdict=find_verdict(settings.evaluation.reports, bundle.digest),
        min_slice_rows=settings.evaluation.min_slice_rows,
        max_loss=options.max_loss,
        max_q=options.max_q,
        times=min(settings.evaluation.bootstrap, RESAMPLES),
        seed=settings.seed,
    )
