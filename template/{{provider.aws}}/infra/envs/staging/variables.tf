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

variable "account_id" {
  type        = string
  description = "The AWS account of this environment."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id)) && var.account_id != "000000000000"
    error_message = "account_id is not an AWS account: put the 12 digits of yours into terraform.tfvars."
  }
}

variable "domain_name" {
  type        = string
  description = "The name that callers use."
}

variable "certificate_arn" {
  type        = string
  description = "Its certificate in AWS Certificate Manager."
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Who may call the service."
}

variable "extra_egress" {
  type        = map(object({ cidr = string, port = number }))
  description = "What else the containers may reach, by name."
  default     = {}
}

variable "settings" {
  type        = map(string)
  description = "Environment variables of the container."
  default     = {}
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables whose values are in Secrets Manager: the name of the secret."
  default     = {}
}

variable "size" {
  type        = object({ cpu = number, memory = number, min = number, max = number })
  description = "CPU units and MiB of one container, and how many there are at least and at most."
}

variable "limits" {
  type        = object({ error_percent = number, p99_seconds = number, monthly_usd = number })
  description = "Beyond these somebody is told, and a deployment is rolled back (money apart)."
}

variable "alert_email" {
  type        = string
  description = "Who is told; null for nobody."
  default     = null
}

variable "protected" {
  type        = bool
  description = "Is the load balancer kept from being deleted?"
}
