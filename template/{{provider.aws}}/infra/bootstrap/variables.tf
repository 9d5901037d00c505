variable "account_id" {
  type        = string
  description = "The AWS account that all of this goes into."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id)) && var.account_id != "000000000000"
    error_message = "account_id is not an AWS account: put the 12 digits of yours into infra/bootstrap/terraform.tfvars."
  }
}

variable "region" {
  type        = string
  description = "The region of the state and of the images."
}

variable "environments" {
  type        = set(string)
  description = "Each gets a role that plans and a role that applies."
  default     = ["staging", "prod"]
}
