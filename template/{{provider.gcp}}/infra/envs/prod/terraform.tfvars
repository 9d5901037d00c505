# Yours: nothing is planned before these are right.
project_id      = "your-project" # its id
project_number  = "000000000000" # and its number
callers         = []             # who may call it, the machines that deploy included: ["allUsers"] for everybody
billing_account = null           # "000000-000000-000000", of which the budget is watched
alert_email     = null           # "team@your-company.com"

size      = { cpu = "1", memory = "512Mi", min = 2, max = 6 }
limits    = { error_percent = 1, p99_seconds = 0.5, monthly_units = 200 }
protected = true

# Environment variables, and secrets by their ids in Secret Manager:
settings = {}
secrets  = {}
