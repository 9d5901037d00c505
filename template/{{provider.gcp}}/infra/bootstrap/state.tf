# The state: encrypted, versioned, and locked by the backend itself.
data "google_project" "this" {
  project_id = var.project_id

  lifecycle {
    postcondition {
      condition     = self.number == var.project_number
      error_message = "Project ${var.project_id} is not number ${var.project_number}: these are credentials, or values, of another project."
    }
  }
}

resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com", "cloudkms.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com",
    "monitoring.googleapis.com", "run.googleapis.com", "secretmanager.googleapis.com", "sts.googleapis.com",
  ])
  project            = data.google_project.this.project_id
  service            = each.key
  disable_on_destroy = false
}

resource "google_kms_key_ring" "this" {
  name       = "${var.project}-bootstrap"
  location   = var.region
  depends_on = [google_project_service.this]
}

resource "google_kms_crypto_key" "this" {
  name            = "state-and-images"
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s" # 90 days

  lifecycle {
    prevent_destroy = true # without it the state and the images are lost
  }
}

resource "google_kms_crypto_key_iam_member" "this" {
  for_each = {
    storage  = "service-${data.google_project.this.number}@gs-project-accounts.iam.gserviceaccount.com"
    registry = "service-${data.google_project.this.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
  }
  crypto_key_id = google_kms_crypto_key.this.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
}

resource "google_storage_bucket" "state" {
  #checkov:skip=CKV_GCP_62:The audit log of the project tells who read the state
  name                        = var.state_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  depends_on                  = [google_kms_crypto_key_iam_member.this]

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = google_kms_crypto_key.this.id
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 180
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# Where the images are. Tags may move, for signatures are kept under one; what runs is named by its digest.
resource "google_artifact_registry_repository" "this" {
  repository_id = var.project
  location      = var.region
  format        = "DOCKER"
  kms_key_name  = google_kms_crypto_key.this.id
  depends_on    = [google_kms_crypto_key_iam_member.this]

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }
}
