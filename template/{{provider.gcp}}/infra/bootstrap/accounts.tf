# The accounts of the CI: one that pushes images, and for each environment one that plans and one that applies.
locals {
  short = trim(substr(var.project, 0, 16), "-") # an account's name is short
  plan  = { for name in var.environments : "${name}-plan" => name }
  apply = { for name in var.environments : name => name }
  trust = var.ci == null ? {} : merge(local.plan, local.apply, { release = "release" })

  # Looking at what there is, without reading any secret's value.
  look = ["roles/iam.securityReviewer", "roles/monitoring.viewer", "roles/run.viewer", "roles/secretmanager.viewer", "roles/serviceusage.serviceUsageViewer"]
  # Changing what a service consists of: no account, no secret and no right of anybody's but to call the service.
  # What may be done in a cluster is said in the cluster itself.
  change = var.service ? ["roles/monitoring.editor", "roles/run.admin"] : ["roles/container.clusterViewer"]

  # How the name of an object of the state begins.
  objects = "projects/_/buckets/${google_storage_bucket.state.name}/objects"

  granted = merge(
    { for pair in setproduct(keys(local.trust), local.look) : "${pair[0]} ${pair[1]}" => pair if pair[0] != "release" },
    { for pair in setproduct(keys(local.trust), local.change) : "${pair[0]} ${pair[1]}" => pair if contains(keys(local.apply), pair[0]) },
  )
}

resource "google_iam_workload_identity_pool" "ci" {
  count                     = var.ci == null ? 0 : 1
  workload_identity_pool_id = "${local.short}-ci"
  depends_on                = [google_project_service.this]
}

# The tokens are made for this provider alone: its own name is the audience.
resource "google_iam_workload_identity_pool_provider" "ci" {
  #checkov:skip=CKV_GCP_125:The condition names each subject in full, but it is put together here, which a scan cannot follow
  count                              = var.ci == null ? 0 : 1
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "ci"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  attribute_condition = join(" || ", formatlist(
    "assertion.sub == '%s'", distinct([for name in keys(local.trust) : replace(local.subject, "ENVIRONMENT", name)])
  ))

  oidc {
    issuer_uri = var.ci.issuer
  }
}

resource "google_service_account" "ci" {
  for_each     = local.trust
  account_id   = "${local.short}-${each.key}"
  display_name = "${var.project}: the CI in its environment ${each.key}"
}

# A job gets the account of the environment that it runs in, and no other.
resource "google_service_account_iam_member" "trust" {
  for_each           = local.trust
  service_account_id = google_service_account.ci[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/subject/${replace(local.subject, "ENVIRONMENT", each.key)}"
}

resource "google_project_iam_member" "ci" {
  for_each = local.granted
  project  = data.google_project.this.project_id
  role     = each.value[1]
  member   = google_service_account.ci[each.value[0]].member
}

# What the service runs as, in each environment: it may read the project's secrets whose ids begin with its name.
resource "google_service_account" "run" {
  for_each     = var.environments
  account_id   = "${local.short}-${each.key}-run"
  display_name = "${var.project}: what runs in ${each.key}"
}

resource "google_project_iam_member" "run" {
  for_each = var.environments
  project  = data.google_project.this.project_id
  role     = "roles/secretmanager.secretAccessor"
  member   = google_service_account.run[each.key].member

  condition {
    title      = "its own secrets"
    expression = "resource.name.startsWith('projects/${data.google_project.this.number}/secrets/${local.short}-${each.key}-')"
  }
}

# Who applies may let the service run as that account, and as no other.
resource "google_service_account_iam_member" "run" {
  for_each           = { for key, name in local.trust : key => name if contains(keys(local.apply), key) }
  service_account_id = google_service_account.run[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.ci[each.key].member
}

# Both read the state of their own environment.
resource "google_storage_bucket_iam_member" "state" {
  for_each = { for key, name in local.trust : key => name if key != "release" }
  bucket   = google_storage_bucket.state.name
  role     = "roles/storage.objectViewer"
  member   = google_service_account.ci[each.key].member

  condition {
    title      = each.key
    expression = "resource.name.startsWith('${local.objects}/${each.value}/') || resource.type == 'storage.googleapis.com/Bucket'"
  }
}

# Who applies writes it.
resource "google_storage_bucket_iam_member" "write" {
  for_each = { for key, name in local.trust : key => name if contains(keys(local.apply), key) }
  bucket   = google_storage_bucket.state.name
  role     = "roles/storage.objectUser"
  member   = google_service_account.ci[each.key].member

  condition {
    title      = "${each.key}-writes"
    expression = "resource.name.startsWith('${local.objects}/${each.value}/')"
  }
}

resource "google_artifact_registry_repository_iam_member" "ci" {
  for_each   = local.trust
  repository = google_artifact_registry_repository.this.name
  location   = var.region
  role       = each.key == "release" ? "roles/artifactregistry.writer" : "roles/artifactregistry.reader"
  member     = google_service_account.ci[each.key].member
}
