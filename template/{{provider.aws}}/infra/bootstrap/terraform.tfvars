account_id = "000000000000" # your account's 12 digits
region     = "eu-west-1"    # the region in envs/*/project.tf is the same
