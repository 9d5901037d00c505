# The load balancer shares the requests out between what is stable and the canary.
locals {
  container_port = 8000
  port           = 443
  canary_port    = 8443 # the canary alone, for the checks before it gets anybody's requests
}

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:The service logs each request; the balancer's log would only add addresses of callers
  #checkov:skip=CKV2_AWS_28:allowed_cidrs says who may call; put a firewall of your own before a service that is open to all
  #checkov:skip=CKV2_AWS_20:There is no unencrypted listener that could redirect
  name                       = local.short
  internal                   = false
  load_balancer_type         = "application"
  subnets                    = aws_subnet.public[*].id
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.protected
}

resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378:Encryption ends at the load balancer; behind it only its own security group gets in
  for_each             = toset(["stable", "canary"])
  name                 = "${local.short}-${substr(each.key, 0, 1)}"
  vpc_id               = aws_vpc.this.id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = local.container_port
  deregistration_delay = 20

  health_check {
    path                = "/ready"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = local.port
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.this["stable"].arn
        weight = 100 - var.canary_percent
      }

      target_group {
        arn    = aws_lb_target_group.this["canary"].arn
        weight = var.canary_percent
      }
    }
  }
}

resource "aws_lb_listener" "canary" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = local.canary_port
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this["canary"].arn
  }
}
