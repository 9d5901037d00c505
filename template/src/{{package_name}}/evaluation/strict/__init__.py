"""Gates beyond those of every project, each with its bar."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from sklearn.pipeline import Pipeline

from ...config import Section, Settings, Share
from ...features.frames import read_split
from ...problem import schema
from ...problem.model import Params
from ...registry import Gate
from ...registry.bundle import REPLAY, Bundle, read_contract
from .. import Evidence
from .ageing import ages_well
from .controls import holds_against_simpler, learns_nothing_from_noise
from .costs import Cost, compare_costs, costs_no_more
from .errors import calibration_slope, error_no_worse
from .fairness import disparities, fair
from .worth import features_pay

Build = Callable[[Settings, Params], Pipeline]  # an unfitted pipeline of features and model


class StrictSettings(Section):
    """The bars of these gates."""

    simpler: Literal["must_lose", "must_not_win"] = "must_not_win"  # a linear model
    max_error_growth: Share = 0.02  # of the champion's Brier score or MAE
    max_cost_ratio: Annotated[float, Field(ge=1)] = 1.2  # of what the champion costs
    # Sensitive Input columns: their groups must fare alike.
    fairness_columns: tuple[str, ...] = ()
    max_fairness_gap: Share = 0.1
    min_selection_ratio: Share = 0.8
    only_committed: bool = False  # code that differs from its commit trains no champion


def judge(settings: Settings, bars: StrictSettings, evidence: Evidence, build: Build) -> list[Gate]:
    """Return the decisions of these gates; some need training data or the champion."""
    train, champion = read_split(settings.data.prepared, "train"), evidence.champion
    unfitted = build(settings, Params(**evidence.bundle.contract.params))
    decisions = [
        holds_against_simpler(evidence, train, must_lose=bars.simpler == "must_lose"),
        learns_nothing_from_noise(evidence, train, unfitted),
        features_pay(evidence),
        ages_well(evidence),
    ]
    if bars.only_committed:
        decisions.append(committed(evidence.bundle.contract.git_sha))
    if schema.TASK == "classification":
        decisions.append(calibration_slope(evidence))
    if bars.fairness_columns:
        found = disparities(evidence, bars.fairness_columns)
        decisions.append(fair(found, bars.max_fairness_gap, bars.min_selection_ratio))
    if champion:
        old = settings.registry.bundles / champion.name[:12]
        decisions.append(error_no_worse(evidence, champion, bars.max_error_growth))
        decisions.append(costs_no_more(_costs(evidence.bundle, old), bars.max_cost_ratio))
    return decisions


def committed(git_sha: str) -> Gate:
    """Refuse a model whose code nobody could have reviewed."""
    return Gate(
        name="committed",
        passed=bool(re.fullmatch("[0-9a-f]{40,64}", git_sha)),
        reason=f"It was trained by the code of {git_sha}; needed is a commit and no other change.",
    )


def _costs(bundle: Bundle, old: Path) -> list[Cost]:
    return [] if _alike(bundle, old) else compare_costs(bundle.path, old)


def _alike(bundle: Bundle, old: Path) -> bool:
    """Tell whether files of the same sizes gave the same answers: the same model costs the same."""
    before, now = read_contract(old)[0].files, bundle.contract.files
    if before.keys() != now.keys():
        return False
    sizes = [[(path / name).stat().st_size for name in now] for path in (bundle.path, old)]
    return before[REPLAY] == now[REPLAY] and sizes[0] == sizes[1]
