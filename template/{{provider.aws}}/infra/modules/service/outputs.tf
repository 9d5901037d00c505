output "image" {
  description = "What is stable now."
  value       = var.image
}

output "url" {
  description = "Where it answers."
  value       = "https://${var.domain_name}"
}

output "canary_url" {
  description = "Where the canary answers alone; null without one."
  value       = var.canary_image == null ? null : "https://${var.domain_name}:${local.canary_port}"
}

output "load_balancer" {
  description = "What domain_name has to point at (CNAME or alias)."
  value       = aws_lb.this.dns_name
}
