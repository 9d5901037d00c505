# What is refused before anything changes, with a provider that is played.
mock_provider "azurerm" {
  mock_data "azurerm_subscriptions" {
    defaults = { subscriptions = [{ subscription_id = "11111111-1111-1111-1111-111111111111" }] }
  }
}

variables {
  project         = "song"
  environment     = "staging"
  subscription_id = "11111111-1111-1111-1111-111111111111"
  allowed_cidrs   = ["10.0.0.0/8"]
  image           = "registry.test/song@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
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

run "another_account" {
  command = plan
  variables { subscription_id = "22222222-2222-2222-2222-222222222222" }
  expect_failures = [data.azurerm_subscriptions.visible]
}
