output "image" {
  description = "What is stable now."
  value       = var.image
}

output "url" {
  description = "Where it answers."
  value       = google_cloud_run_v2_service.this.uri
}

output "canary_url" {
  description = "Where the canary answers alone; null without one."
  value       = var.canary_image == null ? null : replace(google_cloud_run_v2_service.this.uri, "https://", "https://canary---")
}
