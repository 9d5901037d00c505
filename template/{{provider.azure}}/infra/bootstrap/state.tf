# The state: encrypted, versioned, without keys, and locked by a lease on its file.
resource "azurerm_resource_group" "this" {
  name     = "${var.project}-bootstrap"
  location = var.location
}

resource "azurerm_storage_account" "state" {
  #checkov:skip=CKV_AZURE_33:There are no queues in it
  #checkov:skip=CKV_AZURE_59:The machines of a CI have no fixed addresses; only identities with a role get in
  #checkov:skip=CKV2_AZURE_1:Microsoft's keys encrypt it twice; a key of one's own needs a vault that is there before the state is
  #checkov:skip=CKV2_AZURE_33:The machines of a CI are in no network of ours
  name                              = var.state_account
  resource_group_name               = azurerm_resource_group.this.name
  location                          = var.location
  account_tier                      = "Standard"
  account_replication_type          = "GRS"
  min_tls_version                   = "TLS1_2"
  https_traffic_only_enabled        = true
  infrastructure_encryption_enabled = true
  shared_access_key_enabled         = false
  local_user_enabled                = false
  allow_nested_items_to_be_public   = false
  default_to_oauth_authentication   = true

  blob_properties {
    versioning_enabled = true

    delete_retention_policy {
      days = 90
    }

    container_delete_retention_policy {
      days = 90
    }
  }

  sas_policy {
    expiration_period = "00.01:00:00"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# One container an environment, so that a role can be given on it alone.
resource "azurerm_storage_container" "state" {
  #checkov:skip=CKV2_AZURE_21:The log of the subscription tells who changed it; who read it is in no other place than the state
  for_each              = var.environments
  name                  = each.key
  storage_account_id    = azurerm_storage_account.state.id
  container_access_type = "private"
}

# Where the images are: no passwords, only identities with a role.
resource "azurerm_container_registry" "this" {
  #checkov:skip=CKV_AZURE_139:The machines of a CI have no fixed addresses; only identities with a role get in
  #checkov:skip=CKV_AZURE_163:Scanning is Defender's, which is switched on for the subscription
  #checkov:skip=CKV_AZURE_164:Releases are signed with cosign, and verified before they go anywhere
  #checkov:skip=CKV_AZURE_165:The service is in one region, and so are its images
  #checkov:skip=CKV_AZURE_166:Quarantine keeps an image until a scanner lets it go, and none is set up here; the CI audits its packages
  #checkov:skip=CKV_AZURE_233:The service is in one region, and so are its images
  #checkov:skip=CKV_AZURE_237:Data endpoints are of use behind a firewall, which there is none
  name                      = var.registry
  resource_group_name       = azurerm_resource_group.this.name
  location                  = var.location
  sku                       = "Premium"
  admin_enabled             = false
  anonymous_pull_enabled    = false
  retention_policy_in_days  = 30
  quarantine_policy_enabled = false
}

output "repository" {
  description = "Where `just release` pushes to: add the name of the image."
  value       = azurerm_container_registry.this.login_server
}
