# Whom the roles trust, with a provider that is played.
mock_provider "aws" {
  override_during = plan # nothing is applied: what may not be destroyed could not be taken away again

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::a" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/a" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/a" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/ci.test" }
  }
}

variables {
  account_id = "123456789012"
  region     = "eu-west-1"
  ci         = { issuer = "ci.test", audience = "sts.amazonaws.com", subject = "repo:acme/song:environment:ENVIRONMENT" }
}

run "a_role_for_each_environment" {
  command = plan

  assert {
    condition     = keys(aws_iam_role.ci) == ["prod", "prod-plan", "release", "staging", "staging-plan"]
    error_message = "Plan and apply are apart in each environment, and pushing is a role of its own."
  }
  assert {
    condition = alltrue([
      for name, trust in data.aws_iam_policy_document.trust : alltrue([
        for condition in trust.statement[0].condition :
        condition.test == "StringEquals" && length(condition.values) == 1 &&
        contains(["sts.amazonaws.com", "repo:acme/song:environment:${name}"], one(condition.values))
      ])
    ])
    error_message = "A role trusts one audience and the one environment of its name."
  }
  assert {
    condition = alltrue([
      for name in ["staging-plan", "prod-plan"] : alltrue([
        for statement in data.aws_iam_policy_document.state_access[name].statement :
        alltrue([for resource in statement.resources : endswith(resource, ".tflock")]) if contains(statement.actions, "s3:PutObject")
      ])
    ])
    error_message = "Who plans writes nothing but the lock."
  }
}

run "no_roles_without_a_ci" {
  command = plan
  variables { ci = null }

  assert {
    condition     = length(aws_iam_role.ci) == 0 && length(aws_iam_openid_connect_provider.ci) == 0
    error_message = "Nobody is trusted who is not named."
  }
}

run "any_environment_of_any_repository" {
  command = plan
  variables {
    ci = { issuer = "ci.test", audience = "sts.amazonaws.com", subject = "repo:acme/*" }
  }
  expect_failures = [var.ci]
}

run "the_example_s_account" {
  command = plan
  variables { account_id = "000000000000" }
  expect_failures = [var.account_id]
}
