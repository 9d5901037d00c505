# One container app. Its newest revision is the canary, if there is one; what is stable keeps its own revision.
locals {
  name = "${trim(substr(var.project, 0, 20), "-")}-${var.environment}"

  # While there is a canary, the stable revision is the one that was marked so, or was alone until now.
  before = flatten(data.azurerm_container_app.before[*].ingress)
  marked = [for share in flatten(local.before[*].traffic_weight) : share.revision_suffix if share.label == "stable"]
  alone  = [for name in data.azurerm_container_app.before[*].latest_revision_name : element(split("--", name), -1)]
  stable = concat(local.marked, local.alone)
}

data "azurerm_resource_group" "this" {
  name       = "${var.project}-${var.environment}" # made by bootstrap
  depends_on = [data.azurerm_subscriptions.visible]
}

data "azurerm_user_assigned_identity" "run" {
  name                = "${var.project}-${var.environment}-run" # made by bootstrap
  resource_group_name = data.azurerm_resource_group.this.name
}

data "azurerm_container_app" "before" {
  count               = var.canary_image == null ? 0 : 1
  name                = local.name
  resource_group_name = data.azurerm_resource_group.this.name
}

resource "azurerm_container_app" "this" {
  name                         = local.name
  resource_group_name          = data.azurerm_resource_group.this.name
  container_app_environment_id = azurerm_container_app_environment.this.id
  revision_mode                = "Multiple"
  max_inactive_revisions       = 10

  identity {
    type         = "UserAssigned"
    identity_ids = [data.azurerm_user_assigned_identity.run.id]
  }

  registry {
    server   = split("/", var.image)[0]
    identity = data.azurerm_user_assigned_identity.run.id
  }

  dynamic "secret" {
    for_each = var.secrets

    content {
      name                = secret.value
      key_vault_secret_id = "${data.azurerm_key_vault.this[0].vault_uri}secrets/${secret.value}"
      identity            = data.azurerm_user_assigned_identity.run.id
    }
  }

  template {
    min_replicas                     = var.size.min
    max_replicas                     = var.size.max
    termination_grace_period_seconds = 30

    container {
      name   = "app"
      image  = coalesce(var.canary_image, var.image)
      cpu    = var.size.cpu
      memory = var.size.memory

      readiness_probe {
        transport        = "HTTP"
        port             = 8000
        path             = "/ready"
        interval_seconds = 5
      }

      liveness_probe {
        transport        = "HTTP"
        port             = 8000
        path             = "/live"
        interval_seconds = 10
      }

      dynamic "env" {
        for_each = var.settings

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets

        content {
          name        = env.key
          secret_name = env.value
        }
      }
    }

    http_scale_rule {
      name                = "requests"
      concurrent_requests = "50"
    }
  }

  # A missing secret stops the plan, not the container.
  lifecycle {
    precondition {
      condition     = length(setsubtract(values(var.secrets), local.known)) == 0
      error_message = "These secrets are not in the vault: ${join(", ", setsubtract(values(var.secrets), local.known))}. Make them with `az keyvault secret set`, or take them out of `secrets`."
    }
  }

  ingress {
    external_enabled           = true
    allow_insecure_connections = false
    target_port                = 8000

    # What is newest: everything, or the canary's share.
    traffic_weight {
      latest_revision = true
      percentage      = var.canary_image == null ? 100 : var.canary_percent
      label           = var.canary_image == null ? null : "canary"
    }

    dynamic "traffic_weight" {
      for_each = var.canary_image == null ? [] : [local.stable[0]]

      content {
        revision_suffix = traffic_weight.value
        percentage      = 100 - var.canary_percent
        label           = "stable"
      }
    }

    dynamic "ip_security_restriction" {
      for_each = var.allowed_cidrs

      content {
        name             = "callers ${ip_security_restriction.key}"
        action           = "Allow"
        ip_address_range = ip_security_restriction.value
      }
    }
  }
}
