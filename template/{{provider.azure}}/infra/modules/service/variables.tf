variable "project" {
  type        = string
  description = "Begins the name of all that is made."
}

variable "environment" {
  type        = string
  description = "staging, prod or another."
}

variable "subscription_id" {
  type        = string
  description = "The subscription of this environment: credentials of another stop before anything changes."
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

variable "allowed_cidrs" {
  type        = set(string)
  description = "Who may call the service; the machines that deploy are among them."

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_cidrs says nobody may call the service: put address ranges, or [\"0.0.0.0/0\"] for everybody."
  }
}

variable "settings" {
  type        = map(string)
  description = "Environment variables of the container."
  default     = {}
}

variable "vault" {
  type        = object({ name = string, resource_group = string })
  description = "The Key Vault that the secrets are in; null without one."
  default     = null
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables whose values are in the vault: the name of the secret."
  default     = {}
}

variable "size" {
  type        = object({ cpu = number, memory = string, min = number, max = number })
  description = "CPU and memory of one container, and how many there are at least and at most."
  default     = { cpu = 0.25, memory = "0.5Gi", min = 1, max = 6 }
}

variable "limits" {
  type        = object({ errors_per_minute = number, milliseconds = number, monthly_amount = number })
  description = "Beyond these somebody is told; money in the currency of the subscription."
  default     = { errors_per_minute = 5, milliseconds = 500, monthly_amount = 150 }
}

variable "budget_from" {
  type        = string
  description = "The first day of a month, from which on money is watched; null for not at all."
  default     = null
}

variable "alert_email" {
  type        = string
  description = "Who is told; null for nobody."
  default     = null
}
