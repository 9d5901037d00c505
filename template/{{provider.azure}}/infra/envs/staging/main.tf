# The same in each environment: what differs is in project.tf and terraform.tfvars.
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
  subscription_id                 = var.subscription_id
  resource_provider_registrations = "none" # an administrator's, not a deployment's

  features {}
}

module "service" {
  source          = "../../modules/service"
  project         = local.project
  environment     = local.environment
  subscription_id = var.subscription_id
  image           = var.image
  canary_image    = var.canary_image
  canary_percent  = var.canary_percent
  allowed_cidrs   = var.allowed_cidrs
  settings        = var.settings
  vault           = var.vault
  secrets         = var.secrets
  size            = var.size
  limits          = var.limits
  budget_from     = var.budget_from
  alert_email     = var.alert_email
}

output "image" {
  description = "What is stable now."
  value       = module.service.image
}

output "url" {
  description = "Where it answers."
  value       = module.service.url
}

output "canary_url" {
  description = "Where the canary answers alone; null without one."
  value       = module.service.canary_url
}
