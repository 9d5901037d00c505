output "image" {
  description = "What is stable now."
  value       = var.image
}

output "url" {
  description = "Where it answers."
  value       = "https://${local.name}.${azurerm_container_app_environment.this.default_domain}"
}

output "canary_url" {
  description = "Where the canary answers alone; null without one."
  value       = var.canary_image == null ? null : "https://${local.name}---canary.${azurerm_container_app_environment.this.default_domain}"
}
