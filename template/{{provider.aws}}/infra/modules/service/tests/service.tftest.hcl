# What is made, with a provider that is played: no account is needed.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/a" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:a" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:a" }
  }
  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/a" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/a:1" }
  }
  mock_data "aws_ecs_service" {
    defaults = { task_definition = "arn:aws:ecs:eu-west-1:123456789012:task-definition/a:1" }
  }
}

variables {
  project         = "song"
  environment     = "staging"
  image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/song@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  domain_name     = "song.acme.test"
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/a"
  allowed_cidrs   = ["10.0.0.0/8"]
}

run "one_track_without_a_canary" {
  assert {
    condition     = keys(aws_ecs_service.this) == ["stable"] && output.canary_url == null && output.image == var.image
    error_message = "Without a canary there is one service, and no address of a canary."
  }
  assert {
    condition     = output.url == "https://song.acme.test"
    error_message = "The address is the domain's, encrypted."
  }
  assert {
    condition     = toset([for group in aws_lb_listener.this.default_action[0].forward[0].target_group : group.weight]) == toset([100, 0])
    error_message = "Every request goes to what is stable."
  }
}

run "the_container_can_do_little" {
  assert {
    condition = alltrue([
      for task in aws_ecs_task_definition.this : alltrue([
        for container in jsondecode(task.container_definitions) :
        container.user == "10001:10001" && container.readonlyRootFilesystem && !container.privileged && container.linuxParameters.capabilities.drop == ["ALL"]
      ])
    ])
    error_message = "A container has a number for a user, cannot write and has no capabilities."
  }
  assert {
    condition     = alltrue([for service in aws_ecs_service.this : !service.network_configuration[0].assign_public_ip])
    error_message = "No container has a public address."
  }
}

run "nobody_passes_the_load_balancer_by" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.service.referenced_security_group_id == aws_security_group.balancer.id && aws_vpc_security_group_ingress_rule.service.cidr_ipv4 == null
    error_message = "Only the load balancer reaches the containers."
  }
  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.callers : rule.cidr_ipv4]) == toset(var.allowed_cidrs)
    error_message = "Only allowed_cidrs reach the load balancer."
  }
  assert {
    condition     = length(aws_vpc_security_group_egress_rule.extra) == 0
    error_message = "The containers reach nothing outside unless extra_egress says so."
  }
}

run "bad_deployments_are_taken_back" {
  assert {
    condition = alltrue([
      for service in aws_ecs_service.this :
      service.deployment_circuit_breaker[0].rollback && service.alarms[0].rollback && length(service.alarms[0].alarm_names) == 2
    ])
    error_message = "The circuit breaker and the alarms take a deployment back."
  }
}

run "it_grows_with_its_work_and_somebody_is_told_of_faults_and_money" {
  variables { alert_email = "team@acme.test" }

  assert {
    condition     = aws_appautoscaling_target.stable.min_capacity == var.size.min && aws_appautoscaling_target.stable.max_capacity == var.size.max
    error_message = "There are as many containers as size says, at least and at most."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(alarm.alarm_actions, aws_sns_topic.alerts.arn)])
    error_message = "Each alarm tells somebody."
  }
  assert {
    condition     = alltrue([for one in aws_budgets_budget.this.notification : contains(one.subscriber_sns_topic_arns, aws_sns_topic.alerts.arn)]) && aws_sns_topic_subscription.email[0].endpoint == var.alert_email
    error_message = "Of the budget somebody is told as well."
  }
  assert {
    condition     = one(aws_budgets_budget.this.cost_filter).values == tolist(["user:environment$staging"])
    error_message = "The budget counts what has the tag of this environment."
  }
}

run "a_canary_gets_its_share" {
  variables {
    canary_image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/song@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    canary_percent = 10
  }

  assert {
    condition     = toset([for group in aws_lb_listener.this.default_action[0].forward[0].target_group : group.weight]) == toset([90, 10])
    error_message = "Ninety in a hundred stay with what is stable."
  }
  assert {
    condition     = jsondecode(aws_ecs_task_definition.this["canary"].container_definitions)[0].image == var.canary_image
    error_message = "The canary runs the canary's image."
  }
  assert {
    condition     = output.canary_url == "https://song.acme.test:8443" && output.image == var.image
    error_message = "The canary can be asked alone, and what is stable is said as before."
  }
}
