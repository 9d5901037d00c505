variable "project_id" {
  type        = string
  description = "The Google Cloud project that all of this goes into."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id)) && var.project_id != "your-project"
    error_message = "project_id is not a project: put the id of yours into infra/bootstrap/terraform.tfvars."
  }
}

variable "project_number" {
  type        = string
  description = "Its number: another project stops before anything changes."
}

variable "region" {
  type        = string
  description = "The region of the state and of the images."
}

variable "environments" {
  type        = set(string)
  description = "Each gets an account that plans and an account that applies."
  default     = ["staging", "prod"]
}
