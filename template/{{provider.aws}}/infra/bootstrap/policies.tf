# What each role may do with the state and the images, and what all of them may see.
data "aws_iam_policy_document" "state_access" {
  for_each = merge(local.plan, local.apply)

  statement {
    sid       = "FindTheState"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]
  }

  statement {
    sid       = "ReadTheState"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${each.value}/*"]
  }

  # Who applies writes it and its lock, who plans only reads.
  dynamic "statement" {
    for_each = each.key == each.value ? [1] : []

    content {
      sid       = "WriteTheStateAndItsLock"
      actions   = ["s3:PutObject", "s3:DeleteObject"]
      resources = ["${aws_s3_bucket.state.arn}/${each.value}/*"]
    }
  }

  statement {
    sid       = "UseTheKeyOfTheState"
    actions   = each.key == each.value ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
    resources = [aws_kms_key.this.arn]
  }
}

data "aws_iam_policy_document" "release" {
  #checkov:skip=CKV_AWS_356:A token for the registry is asked of no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.this.arn]
  }
}

# Descriptions only: no object, no secret's value, no message.
data "aws_iam_policy_document" "read" {
  #checkov:skip=CKV_AWS_356:Most descriptions are given for * only
  statement {
    sid = "Describe"
    actions = [
      "application-autoscaling:Describe*",
      "application-autoscaling:ListTagsForResource",
      "budgets:ListTagsForResource",
      "budgets:ViewBudget",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:ListTagsForResource",
      "ec2:Describe*",
      "ecs:Describe*",
      "ecs:ListTagsForResource",
      "elasticloadbalancing:Describe*",
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListAliases",
      "kms:ListResourceTags",
      "logs:DescribeLogGroups",
      "logs:ListTagsForResource",
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetResourcePolicy",
      "secretsmanager:ListSecrets",
      "sns:GetSubscriptionAttributes",
      "sns:GetTopicAttributes",
      "sns:ListSubscriptionsByTopic",
      "sns:ListTagsForResource",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "ReadItsRoles"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/${var.project}-*"]
  }

  # What a cluster is, to log in to it: what may be done there is said in the cluster itself.
  dynamic "statement" {
    for_each = var.service ? [] : [1]

    content {
      sid       = "FindTheCluster"
      actions   = ["eks:DescribeCluster"]
      resources = ["arn:${local.partition}:eks:${local.here}:cluster/*"]
    }
  }

  # Each release is verified before it goes anywhere.
  statement {
    sid       = "AskForTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadTheImages"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.this.arn]
  }
}
