# The same in each environment: what differs is in project.tf and terraform.tfvars.
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# The account is named, so that credentials of another one stop before anything changes.
provider "aws" {
  region              = local.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { project = local.project, environment = local.environment }
  }
}

module "service" {
  source          = "../../modules/service"
  project         = local.project
  environment     = local.environment
  image           = var.image
  canary_image    = var.canary_image
  canary_percent  = var.canary_percent
  domain_name     = var.domain_name
  certificate_arn = var.certificate_arn
  allowed_cidrs   = var.allowed_cidrs
  extra_egress    = var.extra_egress
  settings        = var.settings
  secrets         = var.secrets
  size            = var.size
  limits          = var.limits
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

output "load_balancer" {
  description = "What domain_name has to point at (CNAME or alias)."
  value       = module.service.load_balancer
}
