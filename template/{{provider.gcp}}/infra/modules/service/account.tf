# What it runs as: bootstrap makes it, and lets it read the secrets whose ids begin with project-environment-.
data "google_service_account" "this" {
  project    = data.google_project.this.project_id
  account_id = "${local.name}-run"
}

# A missing secret stops the plan, not the container.
data "google_secret_manager_secret" "this" {
  for_each  = var.secrets
  project   = data.google_project.this.project_id
  secret_id = each.value
}
