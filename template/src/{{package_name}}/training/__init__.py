"""The training stage: one Pipeline, fitted on the training part, sealed as a Bundle."""

import hashlib
import os
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from ..config import Settings, invalid
from ..features import Row, schema_hash
from ..features.frames import Part, Split, read_prepared, read_split, single, to_rows
from ..problem import schema
from ..problem.features import FeatureParams, build_features
from ..problem.model import Params, build_model
from ..registry import Contract
from ..registry.bundle import Bundle, Model, write
from ..registry.sklearn_runtime import seal
from .cv import Validation, cross_validate

LIBRARIES = ("numpy", "pandas", "scikit-learn", "skops")  # a model's bytes depend on them
SEALED = {"name", "seed", "data", "features", "evaluation"}
SECRET = {"data": {"source"}}  # it may hold a password, as may the sections that are not sealed
Judge = Callable[[Params], Validation]
Search = Callable[[Settings, Judge], Params]
Export = Callable[[Pipeline, Model, float, pd.DataFrame], Model]


def train(settings: Settings, search: Search | None = None, export: Export | None = None) -> Bundle:
    """Fit and seal a Bundle.

    `search` may choose the hyperparameters by cross-validation, `export` a faster runtime.
    """
    data = read_split(settings.data.prepared, "train")
    _seed(settings.seed)

    def judge(params: Params) -> Validation:
        return cross_validate(build_pipeline(settings, params), data, settings.training.folds)

    params = search(settings, judge) if search else read_params(settings)
    validation = judge(params)
    pipeline = build_pipeline(settings, params).fit(data.inputs, data.labels)
    model = seal(pipeline)
    if export:
        model = export(pipeline, model, validation.threshold(), _all_inputs(settings))
    return write(
        settings.registry.bundles,
        _contract(settings, params, validation),
        model,
        replay=_spread(data, settings.training.replay_rows),
        reference=_spread(data, settings.training.reference_rows),
    )


def _all_inputs(settings: Settings) -> pd.DataFrame:
    """Return the inputs, and not the labels, of both parts."""
    parts: tuple[Part, ...] = ("train", "test")
    return pd.concat([read_split(settings.data.prepared, part).inputs for part in parts])


def build_pipeline(settings: Settings, params: Params) -> Pipeline:
    """Return features and model as one unfitted Pipeline over typed Input frames."""
    features, model = build_features(_feature_params(settings)), build_model(params, settings.seed)
    rounded = FunctionTransformer(single, feature_names_out="one-to-one")
    return Pipeline([("features", features), ("single", rounded), ("model", model)])


def read_params(settings: Settings) -> Params:
    """Return the hyperparameters of config/; raises StageError on an unknown or wild one."""
    try:
        return Params(**settings.training.params)
    except ValidationError as error:
        raise invalid(error, Params, "training", "params") from error


def _feature_params(settings: Settings) -> FeatureParams:
    try:
        return FeatureParams(**settings.features)
    except ValidationError as error:
        raise invalid(error, FeatureParams, "features") from error


def _seed(seed: int) -> None:
    # Estimators get their own seed; these two catch a library that draws globally.
    random.seed(seed)
    np.random.seed(seed)


def _spread(data: Split, rows: int) -> list[Row]:
    """Return rows evenly over time, as raw JSON-ready rows."""
    picks = np.linspace(0, len(data.inputs) - 1, min(rows, len(data.inputs))).astype(int)
    return [*to_rows(data.inputs.iloc[picks])]


def _contract(settings: Settings, params: Params, validation: Validation) -> Contract:
    chosen: dict[str, Any] = params.model_dump(mode="json")
    prepared = read_prepared(settings.data.prepared)
    return Contract(
        name=settings.name,
        task=schema.TASK,
        schema_hash=schema_hash(),
        data_fingerprint=prepared.fingerprint,
        cut=prepared.cut,
        git_sha=git_sha(),
        lock_hash=lock_hash(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        threshold=validation.threshold(),
        params=chosen,
        settings=settings.model_dump(mode="json", include=SEALED, exclude=SECRET),
        cv_metrics=validation.metrics(),
        libraries={name: version(name) for name in LIBRARIES},
    )


def git_sha() -> str:
    """Return the commit, with -dirty when files differ from it; without git, what GIT_SHA says."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return os.environ.get("GIT_SHA") or "unversioned"
    return f"{head}-dirty" if _git("status", "--porcelain") else head


def lock_hash() -> str:
    """Return the SHA-256 of uv.lock, or "unlocked"."""
    lock = Path("uv.lock")
    return hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else "unlocked"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
