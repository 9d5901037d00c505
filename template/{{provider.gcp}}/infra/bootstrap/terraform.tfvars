project_id     = "your-project" # its id
project_number = "000000000000" # and its number
region         = "europe-west1" # the region in envs/*/project.tf is the same
