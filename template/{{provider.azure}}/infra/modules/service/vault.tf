# The vault of the secrets: their names are looked at, never their values, which would end up in the state.
locals {
  known = flatten(data.azurerm_key_vault_secrets.this[*].names)
}

data "azurerm_key_vault" "this" {
  count               = var.vault == null ? 0 : 1
  name                = var.vault.name
  resource_group_name = var.vault.resource_group
  depends_on          = [data.azurerm_subscriptions.visible]
}

data "azurerm_key_vault_secrets" "this" {
  count        = var.vault == null ? 0 : 1
  key_vault_id = data.azurerm_key_vault.this[0].id
}
