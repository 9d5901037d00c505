# The same in each environment: what differs is in project.tf and terraform.tfvars.
terraform {
  required_version = ">= 1.11"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

provider "google" {
  project        = var.project_id
  region         = local.region
  default_labels = { project = local.project, environment = local.environment }
}

module "service" {
  source          = "../../modules/service"
  project         = local.project
  environment     = local.environment
  region          = local.region
  project_id      = var.project_id
  project_number  = var.project_number
  image           = var.image
  canary_image    = var.canary_image
  canary_percent  = var.canary_percent
  callers         = var.callers
  settings        = var.settings
  secrets         = var.secrets
  size            = var.size
  limits          = var.limits
  billing_account = var.billing_account
  alert_email     = var.alert_email
  protected       = var.protected
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
