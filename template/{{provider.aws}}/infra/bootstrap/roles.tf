# The roles of the CI: one that pushes images, and for each environment one that plans and one that applies.
locals {
  plan  = { for name in var.environments : "${name}-plan" => name }
  apply = { for name in var.environments : name => name }
  trust = var.ci == null ? {} : merge(local.plan, local.apply, { release = "release" })
}

resource "aws_iam_openid_connect_provider" "ci" {
  count          = var.ci == null ? 0 : 1
  url            = "https://${var.ci.issuer}"
  client_id_list = [var.ci.audience]
}

# A job gets the role of the environment that it runs in, and no other.
data "aws_iam_policy_document" "trust" {
  for_each = local.trust

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.ci[0].arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.ci.issuer}:aud"
      values   = [var.ci.audience]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.ci.issuer}:sub"
      values   = [replace(local.subject, "ENVIRONMENT", each.key)]
    }
  }
}

resource "aws_iam_role" "ci" {
  for_each             = local.trust
  name                 = "${var.project}-ci-${each.key}"
  description          = "${var.project}: the CI in its environment ${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "state" {
  for_each = { for key, name in local.trust : key => name if key != "release" }
  name     = "state"
  role     = aws_iam_role.ci[each.key].id
  policy   = data.aws_iam_policy_document.state_access[each.key].json
}

resource "aws_iam_role_policy" "read" {
  for_each = { for key, name in local.trust : key => name if key != "release" }
  name     = "read"
  role     = aws_iam_role.ci[each.key].id
  policy   = data.aws_iam_policy_document.read.json
}

# What an apply changes is too much for one inline policy: three of their own.
resource "aws_iam_policy" "apply" {
  for_each = { for pair in setproduct(var.ci == null || !var.service ? [] : var.environments, ["network", "service", "roles"]) : join("-", pair) => pair }
  name     = "${var.project}-ci-${each.key}"
  policy = {
    network = data.aws_iam_policy_document.network[each.value[0]].json
    service = data.aws_iam_policy_document.service[each.value[0]].json
    roles   = data.aws_iam_policy_document.roles[each.value[0]].json
  }[each.value[1]]
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each   = aws_iam_policy.apply
  role       = aws_iam_role.ci[replace(each.key, "/-[a-z]+$/", "")].name # of the key, all but the last word
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "release" {
  count  = var.ci == null ? 0 : 1
  name   = "push"
  role   = aws_iam_role.ci["release"].id
  policy = data.aws_iam_policy_document.release.json
}
