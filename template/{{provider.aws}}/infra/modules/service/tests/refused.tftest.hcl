# What is refused before anything changes.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_secretsmanager_secrets" {
    defaults = { names = ["song/another"] }
  }
}

variables {
  project         = "song"
  environment     = "staging"
  image           = "registry.test/song@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  domain_name     = "song.acme.test"
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/a"
  allowed_cidrs   = ["10.0.0.0/8"]
}

run "a_tag_instead_of_a_digest" {
  command = plan
  variables { image = "registry.test/song:latest" }
  expect_failures = [var.image]
}

run "half_a_digest" {
  command = plan
  variables { image = "registry.test/song@sha256:aaaa" }
  expect_failures = [var.image]
}

run "a_canary_by_its_tag" {
  command = plan
  variables { canary_image = "registry.test/song:next" }
  expect_failures = [var.canary_image]
}

run "a_canary_for_most_callers" {
  command = plan
  variables {
    canary_image   = "registry.test/song@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    canary_percent = 51
  }
  expect_failures = [var.canary_percent]
}

run "a_share_for_no_canary" {
  command = plan
  variables { canary_percent = 5 }
  expect_failures = [var.canary_percent]
}

run "nobody_who_may_call" {
  command = plan
  variables { allowed_cidrs = [] }
  expect_failures = [var.allowed_cidrs]
}

run "no_certificate" {
  command = plan
  variables { certificate_arn = "" }
  expect_failures = [var.certificate_arn]
}

run "the_example_s_domain" {
  command = plan
  variables { domain_name = "staging.example.com" }
  expect_failures = [var.domain_name]
}

run "a_secret_that_is_not_there" {
  command = plan
  variables { secrets = { SONG_LOG_URL = "song/log-url" } }
  expect_failures = [data.aws_secretsmanager_secret.this]
}
