# Three roles: ECS starts containers, the network writes its log, and the containers themselves may do nothing.
locals {
  roles = {
    start   = "ecs-tasks.amazonaws.com"
    service = "ecs-tasks.amazonaws.com"
    network = "vpc-flow-logs.amazonaws.com"
  }
  # registry/repository@digest -> repository: the only images that may be pulled.
  pulled = toset([for image in values(local.tracks) : regex("^[^/]+/([^@]+)@", image)[0]])
}

data "aws_iam_policy_document" "trust" {
  for_each = local.roles

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.roles
  name                 = "${local.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  permissions_boundary = "arn:${local.partition}:iam::${local.account}:policy/${var.project}-boundary" # made by bootstrap
}

data "aws_iam_policy_document" "start" {
  #checkov:skip=CKV_AWS_356:A token for the registry is asked of no resource
  statement {
    sid       = "AskForTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid     = "PullTheImage"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [
      for name in local.pulled : "arn:${local.partition}:ecr:${local.region}:${local.account}:repository/${name}"
    ]
  }

  statement {
    sid       = "WriteTheLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this["service"].arn}:*"]
  }

  dynamic "statement" {
    for_each = length(var.secrets) > 0 ? [1] : []

    content {
      sid       = "ReadItsSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for secret in data.aws_secretsmanager_secret.this : secret.arn]
    }
  }

  dynamic "statement" {
    for_each = toset(compact([for secret in data.aws_secretsmanager_secret.this : secret.kms_key_id]))

    content {
      actions   = ["kms:Decrypt"]
      resources = [statement.value]
    }
  }
}

data "aws_iam_policy_document" "network" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this["network"].arn}:*"]
  }
}

resource "aws_iam_role_policy" "this" {
  for_each = {
    start   = data.aws_iam_policy_document.start.json
    network = data.aws_iam_policy_document.network.json
  }
  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = each.value
}

# A missing secret stops the plan, not the container.
data "aws_secretsmanager_secrets" "known" {
  count = length(var.secrets) > 0 ? 1 : 0

  filter {
    name   = "name"
    values = ["${var.project}/"]
  }
}

data "aws_secretsmanager_secret" "this" {
  for_each = var.secrets
  name     = each.value

  lifecycle {
    precondition {
      condition     = contains(data.aws_secretsmanager_secrets.known[0].names, each.value)
      error_message = "${each.key} needs the secret ${each.value}, which is not in this account: make it with `aws secretsmanager create-secret --name ${each.value}`, or take it out of `secrets`."
    }
  }
}
