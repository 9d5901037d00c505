variable "subscription_id" {
  type        = string
  description = "The subscription that all of this goes into."

  validation {
    condition     = can(regex("^[0-9a-f-]{36}$", var.subscription_id)) && var.subscription_id != "00000000-0000-0000-0000-000000000000"
    error_message = "subscription_id is not a subscription: put the id of yours into infra/bootstrap/terraform.tfvars."
  }
}

variable "location" {
  type        = string
  description = "The region of the state and of the images."
}

variable "environments" {
  type        = set(string)
  description = "Each gets a resource group, an identity that plans and one that applies."
  default     = ["staging", "prod"]
}
