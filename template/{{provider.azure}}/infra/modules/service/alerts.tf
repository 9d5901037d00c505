# Where it runs, where its log goes, and what somebody is told of.
resource "azurerm_log_analytics_workspace" "this" {
  name                = local.name
  resource_group_name = data.azurerm_resource_group.this.name
  location            = data.azurerm_resource_group.this.location
  sku                 = "PerGB2018"
  retention_in_days   = 90
}

resource "azurerm_container_app_environment" "this" {
  name                       = local.name
  resource_group_name        = data.azurerm_resource_group.this.name
  location                   = data.azurerm_resource_group.this.location
  logs_destination           = "log-analytics"
  log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id
}

resource "azurerm_monitor_action_group" "this" {
  name                = local.name
  short_name          = substr(local.name, 0, 12)
  resource_group_name = data.azurerm_resource_group.this.name

  dynamic "email_receiver" {
    for_each = var.alert_email == null ? [] : [var.alert_email]

    content {
      name          = "email"
      email_address = email_receiver.value
    }
  }
}

resource "azurerm_monitor_metric_alert" "errors" {
  name                = "${local.name}-errors"
  description         = "${local.name}: it answers with errors"
  resource_group_name = data.azurerm_resource_group.this.name
  scopes              = [azurerm_container_app.this.id]
  severity            = 1

  criteria {
    metric_namespace = "Microsoft.App/containerApps"
    metric_name      = "Requests"
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = var.limits.errors_per_minute * 5 # in a window of five minutes

    dimension {
      name     = "statusCodeCategory"
      operator = "Include"
      values   = ["5xx"]
    }
  }

  action {
    action_group_id = azurerm_monitor_action_group.this.id
  }
}

resource "azurerm_monitor_metric_alert" "latency" {
  name                = "${local.name}-latency"
  description         = "${local.name}: it is slow"
  resource_group_name = data.azurerm_resource_group.this.name
  scopes              = [azurerm_container_app.this.id]
  severity            = 2

  criteria {
    metric_namespace = "Microsoft.App/containerApps"
    metric_name      = "ResponseTime"
    aggregation      = "Average"
    operator         = "GreaterThan"
    threshold        = var.limits.milliseconds
  }

  action {
    action_group_id = azurerm_monitor_action_group.this.id
  }
}

resource "azurerm_consumption_budget_resource_group" "this" {
  count             = var.budget_from == null ? 0 : 1
  name              = local.name
  resource_group_id = data.azurerm_resource_group.this.id
  amount            = var.limits.monthly_amount
  time_grain        = "Monthly"

  time_period {
    start_date = "${var.budget_from}T00:00:00Z"
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 100
    threshold_type = "Forecasted"
    contact_groups = [azurerm_monitor_action_group.this.id]
  }
}
