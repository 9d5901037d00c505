# Yours: nothing is planned before these five are right.
account_id      = "000000000000"        # your account's 12 digits
domain_name     = "staging.example.com" # the name that callers use
certificate_arn = ""                    # its certificate in AWS Certificate Manager
allowed_cidrs   = []                    # who may call it, the machines that deploy included
alert_email     = null                  # "team@your-company.com"

size      = { cpu = 256, memory = 512, min = 1, max = 2 }
limits    = { error_percent = 1, p99_seconds = 0.5, monthly_usd = 100 }
protected = true

# Environment variables, and secrets by their names in Secrets Manager:
settings = {}
secrets  = {}
