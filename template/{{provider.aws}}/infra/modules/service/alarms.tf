# What somebody is told of. The first two also stop a deployment.
locals {
  deployment_alarms = ["errors", "latency"]
  alarm_kinds = {
    errors  = { metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", limit = var.limits.error_percent, says = "answers with errors, in percent" }
    latency = { metric = "TargetResponseTime", statistic = "p99", limit = var.limits.p99_seconds, says = "is slow, 99th percentile in seconds" }
    health  = { metric = "UnHealthyHostCount", statistic = "Maximum", limit = 0, says = "has containers that are not ready" }
  }
  alarms = {
    for pair in setproduct(keys(local.tracks), keys(local.alarm_kinds)) :
    join("-", pair) => merge(local.alarm_kinds[pair[1]], { track = pair[0], kind = pair[1] })
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${local.name}, ${each.value.track}: it ${each.value.says}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.limit
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  # Errors count in proportion to requests, the others as they are.
  dynamic "metric_query" {
    for_each = each.value.kind == "errors" ? ["100 * bad / IF(all > 0, all, 1)"] : ["bad"]

    content {
      id          = "value"
      expression  = metric_query.value
      label       = each.value.says
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = merge(
      { bad = { name = each.value.metric, statistic = each.value.statistic } },
      each.value.kind == "errors" ? { all = { name = "RequestCount", statistic = "Sum" } } : {}
    )

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value.name
        stat        = metric_query.value.statistic
        period      = 60

        dimensions = {
          LoadBalancer = aws_lb.this.arn_suffix
          TargetGroup  = aws_lb_target_group.this[each.value.track].arn_suffix
        }
      }
    }
  }
}

resource "aws_sns_topic" "alerts" {
  name              = "${local.name}-alerts"
  kms_master_key_id = aws_kms_key.this.id
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alert_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = var.alert_email
}

data "aws_iam_policy_document" "alerts" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.alerts.json
}

resource "aws_budgets_budget" "this" {
  name         = local.name
  budget_type  = "COST"
  limit_amount = format("%.1f", var.limits.monthly_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [join("$", ["user:environment", var.environment])] # a tag that is activated for the allocation of costs
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [aws_sns_topic.alerts.arn]
  }
}
