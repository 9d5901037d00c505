# What is refused before anything changes, with a provider that is played.
mock_provider "azurerm" {}

variables {
  project       = "song"
  environment   = "staging"
  allowed_cidrs = ["10.0.0.0/8"]
  image         = "registry.test/song@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}

run "a_tag_instead_of_a_digest" {
  command = plan
  variables { image = "registry.test/song:latest" }
  expect_failures = [var.image]
}

run "a_canary_for_most_callers" {
  command = plan
  variables {
    canary_image   = "registry.test/song@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    canary_percent = 51
  }
  expect_failures = [var.canary_percent]
}

run "nobody_who_may_call" {
  command = plan
  variables { allowed_cidrs = [] }
  expect_failures = [var.allowed_cidrs]
}
