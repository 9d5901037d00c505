terraform {
  required_version = ">= 1.11"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.55"
    }
  }
}

# The subscription is named, so that credentials of another one stop before anything changes.
provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true # no keys: the storage account has none

  features {}
}
