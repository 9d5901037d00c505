output "repository" {
  description = "Where `just release` pushes to."
  value       = aws_ecr_repository.this.repository_url
}

output "state_bucket" {
  description = "The bucket that the backends in envs/ name."
  value       = aws_s3_bucket.state.bucket
}

output "roles" {
  description = "The role of each environment of the CI."
  value       = { for key, role in aws_iam_role.ci : key => role.arn }
}
