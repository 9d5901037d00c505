# A release passes the first three; the values of the others are in terraform.tfvars. The module checks them all.
variable "image" {
  type        = string
  description = "What most callers get: repository@sha256:digest."
}

variable "canary_image" {
  type        = string
  description = "What a few callers get; null when there is no canary."
  default     = null
}

variable "canary_percent" {
  type        = number
  description = "How many in a hundred requests the canary gets."
  default     = 0
}

variable "project_id" {
  type        = string
  description = "The Google Cloud project of this environment."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id)) && var.project_id != "your-project"
    error_message = "project_id is not a project: put the id of yours into terraform.tfvars."
  }
}

variable "project_number" {
  type        = string
  description = "Its number: another project stops before anything changes."
}

variable "callers" {
  type        = set(string)
  description = "Who may call the service."
}

variable "settings" {
  type        = map(string)
  description = "Environment variables of the container."
  default     = {}
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables whose values are in Secret Manager: the id of the secret, which begins with project-environment-."
  default     = {}
}

variable "size" {
  type        = object({ cpu = string, memory = string, min = number, max = number })
  description = "CPU and memory of one container, and how many there are at least and at most."
}

variable "limits" {
  type        = object({ error_percent = number, p99_seconds = number, monthly_units = number })
  description = "Beyond these somebody is told."
}

variable "billing_account" {
  type        = string
  description = "Of which the budget is watched; null for none."
  default     = null
}

variable "alert_email" {
  type        = string
  description = "Who is told; null for nobody."
  default     = null
}

variable "protected" {
  type        = bool
  description = "Is the service kept from being deleted?"
}
