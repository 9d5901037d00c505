# Yours: nothing is planned before these are right.
subscription_id = "00000000-0000-0000-0000-000000000000" # yours
allowed_cidrs   = []                                     # who may call it, the machines that deploy included
budget_from     = null                                   # "2027-01-01": from when on money is watched
alert_email     = null                                   # "team@your-company.com"

size   = { cpu = 0.25, memory = "0.5Gi", min = 1, max = 2 }
limits = { errors_per_minute = 5, milliseconds = 500, monthly_amount = 100 }

# Environment variables, and secrets by their names in a Key Vault:
settings = {}
vault    = null # { name = "...", resource_group = "..." }
secrets  = {}
