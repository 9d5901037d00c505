output "repository" {
  description = "Where `just release` pushes to: add the name of the image."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.this.repository_id}"
}

output "state_bucket" {
  description = "The bucket that the backends in envs/ name."
  value       = google_storage_bucket.state.name
}

output "identity_provider" {
  description = "What the CI exchanges its token at; null without a CI."
  value       = one(google_iam_workload_identity_pool_provider.ci[*].name)
}

output "accounts" {
  description = "The account of each environment of the CI."
  value       = { for key, account in google_service_account.ci : key => account.email }
}
