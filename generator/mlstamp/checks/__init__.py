"""Every check, by its id, in the order in which they are run."""

from __future__ import annotations

from ..errors import Refused
from . import (
    alertmanager,
    alerts,
    analysis,
    bundle,
    capabilities,
    ci,
    ci_logins,
    ci_proposals,
    ci_releases,
    ci_run,
    ci_server,
    compose,
    conformance,
    connections,
    container,
    dashboards,
    delivery,
    fuzz,
    gates,
    infra,
    infra_delivery,
    infra_lock,
    infra_moto,
    infra_refusals,
    infra_schema,
    kubernetes,
    kubernetes_canary,
    kubernetes_delivery,
    kubernetes_login,
    kubernetes_refusals,
    log,
    loop,
    monitoring_stack,
    pristine,
    pythons,
    quality,
    reliability,
    runtime,
    score,
    signed,
    structure,
    swap,
    tracking,
    update,
    update_history,
    verbs,
    watched,
)
from .base import Check

_ALL: tuple[Check, ...] = (
    structure.AnswersFile(),
    structure.RequiredFiles(),
    structure.Rendered(),
    structure.Sizes(),
    structure.OneProblem(),
    capabilities.OnlyWhatIsOn(),
    pristine.SecondRender(),
    pristine.NoConflicts(),
    pristine.Text(),
    quality.Bounded(),
    conformance.Committed(),
    conformance.Release(),
    conformance.Drift(),
    gates.Code(),
    gates.Bars(),
    gates.Pipelines(),
    quality.Sync(),
    quality.Unlocked(),
    quality.Declared(),
    pristine.Hooks(),
    quality.OwnChecks(),
    score.Items(),
    score.Tests(),
    score.Faults(),
    pythons.On311(),
    pythons.On312(),
    pythons.On313(),
    pythons.On314(),
    runtime.Lifecycle(),
    runtime.Onnx(),
    runtime.SameAnswers(),
    runtime.BadRequests(),
    runtime.Report(),
    runtime.Explain(),
    verbs.Batch(),
    bundle.Contract(),
    verbs.Rollback(),
    reliability.Swaps(),
    reliability.KilledWorker(),
    reliability.BrokenLog(),
    loop.Closed(),
    log.PostgreSQL(),
    fuzz.Bytes(),
    fuzz.Schema(),
    container.Lint(),
    container.Image(),
    container.TrainImage(),
    delivery.Rehearsal(),
    signed.Signed(),
    compose.Up(),
    tracking.Tracking(),
    watched.Watched(),
    monitoring_stack.Hardened(),
    monitoring_stack.ComposeSchema(),
    monitoring_stack.ComposeReads(),
    alerts.Rules(),
    alerts.Cases(),
    alerts.Routes(),
    alertmanager.Inhibited(),
    dashboards.Metrics(),
    dashboards.Expressions(),
    dashboards.FromCode(),
    dashboards.Scraped(),
    connections.Connected(),
    infra.SameEnvironments(),
    infra.Formatted(),
    infra.Valid(),
    infra.Policies(),
    infra_schema.Schema(),
    infra_refusals.Refuses(),
    infra_lock.Locks(),
    infra_moto.Applies(),
    infra_delivery.Delivers(),
    kubernetes.Builds(),
    kubernetes.Schema(),
    kubernetes.Policy(),
    kubernetes.References(),
    kubernetes.Network(),
    kubernetes.SameRules(),
    kubernetes_refusals.Refuses(),
    analysis.Analysed(),
    kubernetes_delivery.Delivers(),
    kubernetes_canary.Canaries(),
    kubernetes_login.Own(),
    kubernetes_login.Aks(),
    kubernetes_login.Eks(),
    kubernetes_login.Gke(),
    ci.Pins(),
    ci.Rights(),
    ci.LeastRights(),
    ci.Commands(),
    ci.Scan(),
    ci.Parsers(),
    ci.Dependabot(),
    ci.Renovate(),
    ci.Secrets(),
    ci.Licences(),
    ci.Audit(),
    ci.Scripts(),
    ci.Runbooks(),
    ci_run.Executed(),
    ci_server.Server(),
    ci_server.Note(),
    ci_logins.Aws(),
    ci_logins.GoogleCloud(),
    ci_logins.InAzure(),
    ci_logins.OwnRegistry(),
    ci_proposals.Proposals(),
    ci_releases.Releases(),
    ci_run.PipelineRuns(),
    ci_run.Groovy(),
    update.KeepsEdits(),
    update.EqualsFresh(),
    update_history.LosesNothing(),
    update_history.BecomesFresh(),
    update_history.Toggles(),
    update_history.StaysGreen(),
    swap.Weather(),
    swap.Planes(),
)
CHECKS: dict[str, Check] = {check.id: check for check in _ALL}


def chosen(words: list[str]) -> list[Check]:
    """Return the checks that ids or families (`structure`) name, with all that they require."""
    wanted = _with_required({check.id for check in named(words)})
    return [check for name, check in CHECKS.items() if name in wanted]


def named(words: list[str]) -> list[Check]:
    """Return the checks that ids or families name, without what they require; no word is all.

    A word with a ! before it takes away what is named so far, and all is named before the first.
    """
    wanted = set[str]() if words and not words[0].startswith("!") else set(CHECKS)
    for word in words:
        found = _fitting(word.removeprefix("!"))
        wanted = wanted - found if word.startswith("!") else wanted | found
    return [check for name, check in CHECKS.items() if name in wanted]


def _fitting(word: str) -> set[str]:
    found = {name for name in CHECKS if word in (name, name.partition(".")[0])}
    if not found:
        raise Refused(f"{word} is not a check: {_known(word.partition('.')[0])}.")
    return found


def _known(family: str) -> str:
    """Say what can be named: the checks of a family where there is one of this name."""
    families = dict.fromkeys(name.partition(".")[0] for name in CHECKS)
    if family in families:
        own = (name for name in CHECKS if name.startswith(f"{family}."))
        return f"name {family}, or one of {', '.join(own)}"
    return f"name a family ({', '.join(families)}), or one check of it as in structure.files"


def _with_required(wanted: set[str]) -> set[str]:
    required = {name for id_ in wanted for name in CHECKS[id_].requires}
    return wanted if required <= wanted else _with_required(wanted | required)
