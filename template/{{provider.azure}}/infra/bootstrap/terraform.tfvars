subscription_id = "00000000-0000-0000-0000-000000000000" # yours
location        = "westeurope"                           # the region in envs/*/project.tf is the same
