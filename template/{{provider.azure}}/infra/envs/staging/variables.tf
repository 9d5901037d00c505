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

variable "subscription_id" {
  type        = string
  description = "The subscription of this environment."

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id)) && var.subscription_id != "00000000-0000-0000-0000-000000000000"
    error_message = "subscription_id is not a subscription: put the id of yours into terraform.tfvars."
  }
}

variable "allowed_cidrs" {
  type        = set(string)
  description = "Who may call the service; the machines that deploy are among them."
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
}

variable "limits" {
  type        = object({ errors_per_minute = number, milliseconds = number, monthly_amount = number })
  description = "Beyond these somebody is told; money in the currency of the subscription."
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
