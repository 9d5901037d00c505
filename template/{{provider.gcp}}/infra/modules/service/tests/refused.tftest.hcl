# What is refused before anything changes, with a provider that is played.
mock_provider "google" {
  mock_data "google_project" {
    defaults = { project_id = "song-1", number = "1" }
  }
}

variables {
  project        = "song"
  environment    = "staging"
  project_id     = "song-1"
  project_number = "1"
  region         = "europe-west1"
  callers        = ["allUsers"]
  image          = "registry.test/song@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}

run "all_requests_go_to_one_revision" {
  assert {
    condition     = output.canary_url == null && output.image == var.image && length(google_cloud_run_v2_service.this.traffic) == 1
    error_message = "Without a canary all goes to what is newest."
  }
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

run "another_project" {
  command = plan
  variables { project_number = "2" }
  expect_failures = [data.google_project.this]
}
