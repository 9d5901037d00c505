# What the role that applies may change: the names of its own environment, in its own region.
locals {
  here = "${var.region}:${local.account}"
}

data "aws_iam_policy_document" "network" {
  #checkov:skip=CKV_AWS_111:EC2 makes up the names, so they are not known beforehand; the region is
  #checkov:skip=CKV_AWS_356:EC2 makes up the names, so they are not known beforehand; the region is
  for_each = local.apply

  statement {
    actions = [
      "ec2:AssociateRouteTable", "ec2:AttachInternetGateway",
      "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateRoute", "ec2:CreateRouteTable",
      "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
      "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
      "ec2:DetachInternetGateway", "ec2:DisassociateRouteTable", "ec2:GetManagedPrefixListEntries",
      "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint",
      "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    actions = ["elasticloadbalancing:*"]
    resources = [
      for kind in ["loadbalancer/app", "targetgroup", "listener/app", "listener-rule/app"] :
      "arn:${local.partition}:elasticloadbalancing:${local.here}:${kind}/${trim(substr(var.project, 0, 20), "-")}-${each.key}*"
    ]
  }
}

data "aws_iam_policy_document" "service" {
  #checkov:skip=CKV_AWS_111:These calls take no resource; what can be named is named below
  #checkov:skip=CKV_AWS_356:These calls take no resource; what can be named is named below
  for_each = local.apply

  statement {
    actions = [
      "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:TagResource", "ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [var.region]
    }
  }

  statement {
    actions = [
      "budgets:ModifyBudget", "budgets:TagResource", "cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource", "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService",
      "ecs:PutClusterCapacityProviders", "ecs:TagResource", "ecs:UpdateCluster", "ecs:UpdateService",
      "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource",
      "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe",
    ]
    resources = [
      "arn:${local.partition}:budgets::${local.account}:budget/${var.project}-${each.key}*",
      "arn:${local.partition}:cloudwatch:${local.here}:alarm:${var.project}-${each.key}*",
      "arn:${local.partition}:ecs:${local.here}:*/${var.project}-${each.key}*",
      "arn:${local.partition}:logs:${local.here}:log-group:/${var.project}-${each.key}/*",
      "arn:${local.partition}:sns:${local.here}:${var.project}-${each.key}*",
    ]
  }
}
