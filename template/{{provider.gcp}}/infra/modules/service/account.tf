# What it runs as: bootstrap makes it, and lets it read the secrets whose ids begin with project-environment-.
data "google_service_account" "this" {
  project    = data.google_project.this.project_id
  account_id = "${local.name}-run"
}

# Of secrets, their names are looked at, never their values.
data "google_secret_manager_secrets" "known" {
  count   = length(var.secrets) == 0 ? 0 : 1
  project = data.google_project.this.project_id
}

data "google_secret_manager_secret" "this" {
  for_each  = var.secrets
  project   = data.google_project.this.project_id
  secret_id = each.value

  # A missing secret stops the plan, not the container.
  lifecycle {
    precondition {
      condition     = contains(flatten(data.google_secret_manager_secrets.known[*].secrets[*].secret_id), each.value)
      error_message = "${each.key} needs the secret ${each.value}, which is not in project ${var.project_id}: make it with `gcloud secrets create ${each.value}`, or take it out of `secrets`."
    }
  }
}
