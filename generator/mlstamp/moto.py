"""A cloud of our own: moto's server, and what makes terraform talk to it instead of to AWS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .project import free_port
from .stand_in import answering

PACKAGE = "moto[server]==5.2.5"
ACCOUNT = "123456789012"  # moto's own
# What the AWS provider asks for and moto does not answer, or falls over.
SERVER = """\
import json
import sys

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Scaling
from moto.budgets.responses import BudgetsResponse as Budgets
from moto.s3.models import FakeDeleteMarker
from moto.server import main

TAGS = {}
register, create = Scaling.register_scalable_target, Budgets.create_budget


def register_with_tags(self):
    said = register(self)
    TAGS.setdefault(json.loads(said)["ScalableTargetARN"], self._get_param("Tags") or {})
    return said


def create_with_tags(self):
    account, name = self._get_param("AccountId"), self._get_param("Budget")["BudgetName"]
    TAGS[f"arn:aws:budgets::{account}:budget/{name}"] = self._get_param("ResourceTags") or []
    return create(self)


def subscribers(self):
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    kind = self._get_param("Notification")["NotificationType"]
    found = [n.subscribers for n in budget.notifications if n.details["NotificationType"] == kind]
    return json.dumps({"Subscribers": found[0] if found else []})


def tags(name, none):
    return lambda self: json.dumps({name: TAGS.get(self._get_param("ResourceARN"), none)})


Scaling.register_scalable_target = register_with_tags
Scaling.list_tags_for_resource = tags("Tags", {})
Budgets.create_budget = create_with_tags
Budgets.describe_subscribers_for_notification = subscribers
Budgets.list_tags_for_resource = tags("ResourceTags", [])
FakeDeleteMarker.dispose = lambda self: None
main(sys.argv[1:])
"""
SERVICES = (
    *("acm", "applicationautoscaling", "budgets", "cloudwatch", "ec2", "ecr", "ecs", "elbv2"),
    *("iam", "kms", "logs", "s3", "secretsmanager", "sns", "sts"),
)
# What moto does not give back after it was made: a second plan would want it again.
FORGOTTEN = {
    "aws_ecs_service.this": (
        "desired_count",
        "availability_zone_rebalancing",
        "health_check_grace_period_seconds",
    ),
    "aws_vpc_security_group_egress_rule.balancer": ("description",),
    "aws_vpc_security_group_egress_rule.endpoints": ("description",),
    "aws_vpc_security_group_egress_rule.s3": ("description",),
    "aws_vpc_security_group_ingress_rule.endpoints": ("description",),
    "aws_vpc_security_group_ingress_rule.service": ("description",),
}


@contextlib.contextmanager
def moto(folder: Path) -> Iterator[str]:
    """Yield the address of a cloud that is empty, and gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    script, port = folder / "moto_server.py", free_port()
    script.write_text(SERVER, encoding="utf-8")
    words = ("python", str(script), "-H", "127.0.0.1", "-p", str(port))
    with answering(("uvx", "--from", PACKAGE, *words), port, folder / "moto.log"):
        yield f"http://127.0.0.1:{port}"


def override(infra: Path, url: str) -> None:
    """Write the files into a copy of infra/ that make terraform talk to moto."""
    provider = _provider(url)
    (infra / "bootstrap" / "moto_override.tf").write_text(provider + _DESTROYABLE, encoding="utf-8")
    (infra / "modules" / "service" / "moto_override.tf").write_text(_service(), encoding="utf-8")
    for environment in ("staging", "prod"):
        folder = infra / "envs" / environment
        text = provider + _backend(folder, url) + _CERTIFIED
        (folder / "moto_override.tf").write_text(text, encoding="utf-8")
        (folder / "moto.tf").write_text(_CERTIFICATE, encoding="utf-8")
        (folder / "moto.auto.tfvars").write_text(_VALUES, encoding="utf-8")


_CREDENTIALS = """\
    access_key                  = "test"
    secret_key                  = "test"
    skip_credentials_validation = true
    skip_metadata_api_check     = true
"""
_CERTIFICATE = """\
resource "aws_acm_certificate" "moto" {
  domain_name       = "churn.acme.test"
  validation_method = "DNS"
}
"""
_CERTIFIED = """\
module "service" {
  certificate_arn = aws_acm_certificate.moto.arn
}
"""
_VALUES = f"""\
account_id      = "{ACCOUNT}"
domain_name     = "churn.acme.test"
certificate_arn = "arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/replaced"
allowed_cidrs   = ["10.0.0.0/8"]
alert_email     = "team@acme.test"
protected       = false
"""
# Moto heeds no conditions, so that the policy of the bucket would refuse everybody.
_DESTROYABLE = """\
resource "aws_kms_key" "this" {
  lifecycle {
    prevent_destroy = false
  }
}
resource "aws_s3_bucket" "state" {
  force_destroy = true
  lifecycle {
    prevent_destroy = false
  }
}
data "aws_iam_policy_document" "state" {
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::999999999999:root"]
    }
  }
}
"""


def _provider(url: str) -> str:
    endpoints = "".join(f'    {service} = "{url}"\n' for service in SERVICES)
    settings = f"{_CREDENTIALS}    s3_use_path_style = true\n"
    return f'provider "aws" {{\n{settings}  endpoints {{\n{endpoints}  }}\n}}\n'


def _backend(folder: Path, url: str) -> str:
    """Return the environment's own backend, talking to moto."""
    text = (folder / "project.tf").read_text(encoding="utf-8")
    own = text.partition('backend "s3" {\n')[2].partition("  }\n")[0]
    places = f'    endpoints = {{ s3 = "{url}", sts = "{url}", iam = "{url}" }}\n'
    more = "    skip_requesting_account_id = true\n    use_path_style = true\n"
    return f'terraform {{\n  backend "s3" {{\n{own}{_CREDENTIALS}{more}{places}  }}\n}}\n'


def _service() -> str:
    """Nothing runs in moto, so nothing becomes steady."""
    parts = []
    for name, attributes in FORGOTTEN.items():
        kind, _, label = name.partition(".")
        steady = "  wait_for_steady_state = false\n" if kind == "aws_ecs_service" else ""
        ignored = f"  lifecycle {{\n    ignore_changes = [{', '.join(attributes)}]\n  }}\n"
        parts.append(f'resource "{kind}" "{label}" {{\n{steady}{ignored}}}\n')
    return "".join(parts)
