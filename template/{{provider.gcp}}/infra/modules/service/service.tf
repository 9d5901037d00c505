# One Cloud Run service. Its newest revision is the canary, if there is one; what is stable keeps its own revision.
locals {
  name = "${trim(substr(var.project, 0, 16), "-")}-${var.environment}"

  # While there is a canary, the stable revision is the one that was marked so, or was alone until now.
  marked = [for share in flatten(data.google_cloud_run_v2_service.before[*].traffic) : share.revision if share.tag == "stable"]
  alone  = [for ready in data.google_cloud_run_v2_service.before[*].latest_ready_revision : element(split("/", ready), -1)]
  stable = concat(local.marked, local.alone)
}

data "google_project" "this" {
  project_id = var.project_id

  lifecycle {
    postcondition {
      condition     = self.number == var.project_number
      error_message = "Project ${var.project_id} is not number ${var.project_number}: these are credentials, or values, of another project."
    }
  }
}

data "google_cloud_run_v2_service" "before" {
  count    = var.canary_image == null ? 0 : 1
  project  = data.google_project.this.project_id
  location = var.region
  name     = local.name
}

resource "google_cloud_run_v2_service" "this" {
  name                = local.name
  project             = data.google_project.this.project_id
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL" # but only `callers` are answered
  deletion_protection = var.protected

  template {
    service_account                  = data.google_service_account.this.email
    timeout                          = "30s"
    max_instance_request_concurrency = 80

    scaling {
      min_instance_count = var.size.min
      max_instance_count = var.size.max
    }

    containers {
      image = coalesce(var.canary_image, var.image)

      ports {
        container_port = 8000
      }

      resources {
        limits            = { cpu = var.size.cpu, memory = var.size.memory }
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 30

        http_get {
          path = "/ready"
          port = 8000
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 3

        http_get {
          path = "/live"
          port = 8000
        }
      }

      dynamic "env" {
        for_each = var.settings

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = data.google_secret_manager_secret.this

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = env.value.secret_id
              version = "latest"
            }
          }
        }
      }
    }
  }

  # What is newest: everything, or the canary's share.
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = var.canary_image == null ? 100 : var.canary_percent
    tag     = var.canary_image == null ? null : "canary"
  }

  dynamic "traffic" {
    for_each = var.canary_image == null ? [] : [local.stable[0]]

    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value
      percent  = 100 - var.canary_percent
      tag      = "stable"
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "callers" {
  for_each = var.callers
  project  = google_cloud_run_v2_service.this.project
  location = google_cloud_run_v2_service.this.location
  name     = google_cloud_run_v2_service.this.name
  role     = "roles/run.invoker"
  member   = each.key
}
