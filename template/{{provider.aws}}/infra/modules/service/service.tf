# What runs: the stable containers and, during a release, a canary's.
resource "aws_ecs_cluster" "this" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.tracks
  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory
  execution_role_arn       = aws_iam_role.this["start"].arn
  task_role_arn            = aws_iam_role.this["service"].arn

  # The only place that can be written to; it goes with the container.
  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = "app"
    image                  = each.value
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    privileged             = false
    stopTimeout            = 30
    linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    portMappings           = [{ containerPort = local.container_port, hostPort = local.container_port, protocol = "tcp" }]
    environment            = [for name, value in var.settings : { name = name, value = value }]
    secrets                = [for name, secret in data.aws_secretsmanager_secret.this : { name = name, valueFrom = secret.arn }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this["service"].name
        awslogs-region        = local.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  for_each                          = local.tracks
  name                              = "${local.name}-${each.key}"
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.this[each.key].arn
  launch_type                       = "FARGATE"
  desired_count                     = each.key == "stable" ? var.size.min : max(1, ceil(var.size.min * var.canary_percent / 100))
  availability_zone_rebalancing     = "ENABLED"
  health_check_grace_period_seconds = 60
  wait_for_steady_state             = true
  propagate_tags                    = "SERVICE"
  depends_on                        = [aws_lb_listener.this, aws_lb_listener.canary, aws_iam_role_policy.this]

  # Containers that do not become ready, or answer badly, are taken back by ECS itself.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = true
    rollback    = true
    alarm_names = [for kind in local.deployment_alarms : aws_cloudwatch_metric_alarm.this["${each.key}-${kind}"].alarm_name]
  }

  network_configuration {
    subnets          = aws_subnet.private[*].id
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this[each.key].arn
    container_name   = "app"
    container_port   = local.container_port
  }

  timeouts {
    create = "15m"
    update = "15m"
  }

  lifecycle {
    ignore_changes = [desired_count] # autoscaling's
  }
}

# A deployment that ECS took back looks like one that is over: this tells them apart.
data "aws_ecs_service" "now" {
  for_each     = local.tracks
  cluster_arn  = aws_ecs_cluster.this.arn
  service_name = aws_ecs_service.this[each.key].name
  depends_on   = [aws_ecs_service.this]

  lifecycle {
    postcondition {
      condition     = self.task_definition == aws_ecs_task_definition.this[each.key].arn
      error_message = "ECS took the ${each.key} deployment of ${each.value} back: its containers did not become ready or its alarms went off. The earlier one answers. See the log group /${local.name}/service."
    }
  }
}
