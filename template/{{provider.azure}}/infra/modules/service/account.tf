# What the credentials may see tells whose they are: it is asked before all else.
data "azurerm_subscriptions" "visible" {
  lifecycle {
    postcondition {
      condition     = contains(self.subscriptions[*].subscription_id, var.subscription_id)
      error_message = "These credentials do not reach the subscription ${var.subscription_id}: they are of another account or tenant. Log in to its own, or correct subscription_id in terraform.tfvars."
    }
  }
}
