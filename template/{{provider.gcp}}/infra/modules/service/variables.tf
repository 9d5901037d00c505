variable "project" {
  type        = string
  description = "Begins the name of all that is made."
}

variable "environment" {
  type        = string
  description = "staging, prod or another."
}

variable "project_id" {
  type        = string
  description = "The Google Cloud project."
}

variable "project_number" {
  type        = string
  description = "Its number: another project stops before anything changes."
}

variable "region" {
  type        = string
  description = "Where it runs."
}

variable "image" {
  type        = string
  description = "What most callers get: repository@sha256:digest."

  validation {
    condition     = can(regex("^[^@[:space:]]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image is not a digest: pass repository@sha256:<64 hex digits>, as `image` in dist/release.json has it. A tag can move."
  }
}

variable "canary_image" {
  type        = string
  description = "What a few callers get; null when there is no canary."
  default     = null

  validation {
    condition     = var.canary_image == null || can(regex("^[^@[:space:]]+@sha256:[0-9a-f]{64}$", var.canary_image))
    error_message = "canary_image is not a digest: pass repository@sha256:<64 hex digits>, as `image` in dist/release.json has it, or null."
  }
}

variable "canary_percent" {
  type        = number
  description = "How many in a hundred requests the canary gets."
  default     = 0

  validation {
    condition     = var.canary_percent >= 0 && var.canary_percent <= 50 && floor(var.canary_percent) == var.canary_percent
    error_message = "canary_percent is a whole number from 0 to 50: what gets more than half is no canary."
  }
  validation {
    condition     = var.canary_percent == 0 || var.canary_image != null
    error_message = "canary_percent is above 0, but there is no canary: pass canary_image too."
  }
}

variable "callers" {
  type        = set(string)
  description = "Who may call the service: serviceAccount:..., group:..., or allUsers."

  validation {
    condition     = length(var.callers) > 0
    error_message = "callers says nobody may call the service: put accounts or groups, or allUsers for everybody."
  }
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
  default     = { cpu = "1", memory = "512Mi", min = 1, max = 6 }
}

variable "limits" {
  type        = object({ error_percent = number, p99_seconds = number, monthly_units = number })
  description = "Beyond these somebody is told; money in units of the billing account's currency."
  default     = { error_percent = 1, p99_seconds = 0.5, monthly_units = 150 }
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
  default     = true
}
