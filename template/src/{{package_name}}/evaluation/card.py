"""The model card: what a stranger has to know before using the model."""

from ..features.columns import input_columns, label_column
from ..problem import schema
from ..registry.verdict import Verdict
from .evidence import Evidence


def model_card(evidence: Evidence, verdict: Verdict) -> str:
    """Return the card as Markdown."""
    contract = evidence.bundle.contract
    lines = [
        f"# Model card: {contract.name} {verdict.digest[:12]}",
        "",
        f"- Task: {contract.task} of `{label_column().name}`",
        f"- Question: {_first_line(schema.Input)}",
        f"- Answer: {_first_line(schema.Label)}",
        f"- Trained: {contract.created_at}, code {contract.git_sha}",
        f"- Data: {contract.data_fingerprint}, tested on {len(evidence.test.labels)} rows "
        f"from {evidence.test.times.min()} to {evidence.test.times.max()}",
        f"- Hyperparameters: {contract.params}",
        f"- Gates: {'all cleared' if verdict.passed else '; '.join(verdict.refusals)}",
        "",
        "## Quality on the test part, with 95 % intervals",
        "",
        "| metric | value | low | high | baseline |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {found.value:.4f} | {found.low:.4f} | {found.high:.4f} "
            f"| {verdict.baseline[name]:.4f} |"
            for name, found in verdict.metrics.items()
        ),
        "",
        "## Inputs",
        "",
        *(
            f"- `{column.name}`: {column.kind.__name__}{', may be missing' * column.nullable}"
            for column in input_columns()
        ),
        "",
        "## Limits",
        "",
        "It knows nothing outside the ranges and the time span of its data; a group that is not "
        "among the slices of the report was not looked at.",
        "",
    ]
    return "\n".join(lines)


def _first_line(documented: type) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0]
