variable "project" {
  type        = string
  description = "Begins the name of all that is made."
}

variable "environment" {
  type        = string
  description = "staging, prod or another."

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,6}$", var.environment))
    error_message = "environment is a word of at most 7 small letters and digits, for example staging."
  }
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

variable "domain_name" {
  type        = string
  description = "The name that the certificate is for; point it at the output load_balancer."

  validation {
    condition     = can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+$", var.domain_name)) && !endswith(var.domain_name, "example.com")
    error_message = "domain_name is not yours: put the name that callers use, for example churn.your-company.com."
  }
}

variable "certificate_arn" {
  type        = string
  description = "The certificate of domain_name in AWS Certificate Manager: nothing is answered unencrypted."

  validation {
    condition     = can(regex("^arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn is not a certificate: put the ARN that AWS Certificate Manager shows for domain_name."
  }
}

variable "allowed_cidrs" {
  type        = list(string)
  description = "Who may call the service; the machines that deploy are among them."

  validation {
    condition     = length(var.allowed_cidrs) > 0 && alltrue([for cidr in var.allowed_cidrs : can(cidrhost(cidr, 0))])
    error_message = "allowed_cidrs says nobody may call the service: put address ranges, or [\"0.0.0.0/0\"] for everybody."
  }
}

variable "vpc_cidr" {
  type        = string
  description = "The addresses of its network."
  default     = "10.20.0.0/16"
}

variable "zones" {
  type        = list(string)
  description = "The letters of the availability zones, two or more."
  default     = ["a", "b"]
}

variable "extra_egress" {
  type        = map(object({ cidr = string, port = number }))
  description = "What else the containers may reach, by name: a database, for example."
  default     = {}
}

variable "settings" {
  type        = map(string)
  description = "Environment variables of the container."
  default     = {}
}

variable "secrets" {
  type        = map(string)
  description = "Environment variables whose values are in Secrets Manager: the name of the secret, which begins with project/."
  default     = {}
}

variable "size" {
  type        = object({ cpu = number, memory = number, min = number, max = number })
  description = "CPU units and MiB of one container, and how many there are at least and at most."
  default     = { cpu = 256, memory = 512, min = 2, max = 6 }
}

variable "limits" {
  type        = object({ error_percent = number, p99_seconds = number, monthly_usd = number })
  description = "Beyond these somebody is told, and a deployment is rolled back (money apart)."
  default     = { error_percent = 1, p99_seconds = 0.5, monthly_usd = 150 }
}

variable "alert_email" {
  type        = string
  description = "Who is told; null for nobody."
  default     = null
}

variable "protected" {
  type        = bool
  description = "Is the load balancer kept from being deleted?"
  default     = true
}
