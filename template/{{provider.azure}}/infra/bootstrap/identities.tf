# The identities of the CI: one that pushes images, and for each environment one that plans and one that applies.
locals {
  plan  = { for name in var.environments : "${name}-plan" => name }
  apply = { for name in var.environments : name => name }
  trust = var.ci == null ? {} : merge(local.plan, local.apply, { release = "release" })
  both  = { for key, name in local.trust : key => name if key != "release" }
}

# All of an environment is in one group: outside of it its identities may change nothing.
resource "azurerm_resource_group" "environment" {
  for_each = var.environments
  name     = "${var.project}-${each.key}"
  location = var.location
}

resource "azurerm_user_assigned_identity" "ci" {
  for_each            = local.trust
  name                = "${var.project}-ci-${each.key}"
  resource_group_name = azurerm_resource_group.this.name
  location            = var.location
}

# A job gets the identity of the environment that it runs in, and no other.
resource "azurerm_federated_identity_credential" "ci" {
  for_each            = local.trust
  name                = each.key
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.ci[each.key].id
  issuer              = var.ci.issuer
  audience            = ["api://AzureADTokenExchange"]
  subject             = replace(local.subject, "ENVIRONMENT", each.key)
}

resource "azurerm_role_assignment" "group" {
  for_each             = local.both
  scope                = azurerm_resource_group.environment[each.value].id
  role_definition_name = var.service && each.key == each.value ? "Contributor" : "Reader"
  principal_id         = azurerm_user_assigned_identity.ci[each.key].principal_id
}

# Who applies writes the state of its environment, who plans reads it.
resource "azurerm_role_assignment" "state" {
  for_each             = local.both
  scope                = azurerm_storage_container.state[each.value].id
  role_definition_name = each.key == each.value ? "Storage Blob Data Contributor" : "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.ci[each.key].principal_id
}

resource "azurerm_role_assignment" "registry" {
  for_each             = local.trust
  scope                = azurerm_container_registry.this.id
  role_definition_name = each.key == "release" ? "AcrPush" : "AcrPull"
  principal_id         = azurerm_user_assigned_identity.ci[each.key].principal_id
}

# What the service runs as, in each environment: it may pull the images, and read what you let it read.
resource "azurerm_user_assigned_identity" "run" {
  for_each            = var.environments
  name                = "${var.project}-${each.key}-run"
  resource_group_name = azurerm_resource_group.environment[each.key].name
  location            = var.location
}

resource "azurerm_role_assignment" "run" {
  for_each             = var.environments
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.run[each.key].principal_id
}

output "identities" {
  description = "The client id of each environment's identity of the CI."
  value       = { for key, identity in azurerm_user_assigned_identity.ci : key => identity.client_id }
}
