mock_provider "cloudflare" {}

variables {
  zone_id   = "fedcba9876543210fedcba9876543210"
  domain    = "plue.dev"
  plan      = "enterprise"
  origin_ip = "203.0.113.22"
}

run "enterprise_has_both_names_with_the_clients_address" {
  assert {
    condition     = { for name, application in cloudflare_spectrum_application.ssh : name => application.protocol } == { "ssh.plue.dev" = "tcp/22", "git.plue.dev" = "tcp/443" }
    error_message = "the two applications are not there"
  }
  assert {
    condition     = alltrue([for application in cloudflare_spectrum_application.ssh : application.proxy_protocol == "v2" && application.ip_firewall && application.argo_smart_routing])
    error_message = "an application tells no address"
  }
  assert {
    condition     = alltrue([for application in cloudflare_spectrum_application.ssh : application.origin_direct == tolist(["tcp://203.0.113.22:22"])])
    error_message = "the origin is another"
  }
  assert {
    condition     = alltrue([for name, application in cloudflare_spectrum_application.ssh : application.dns.name == name && application.dns.type == "CNAME"])
    error_message = "an application has another name"
  }
  assert {
    condition     = length(cloudflare_dns_record.direct) == 0 && output.proxy_header
    error_message = "the name points past Spectrum"
  }
}

run "business_has_ssh_at_port_22_alone_and_is_said_to_have_no_header" {
  variables {
    plan = "business"
  }
  assert {
    condition     = values(cloudflare_spectrum_application.ssh)[*].protocol == ["ssh"] && !output.proxy_header
    error_message = "a plan without Enterprise is taken for one"
  }
}

run "version_1_can_be_asked_for" {
  variables {
    proxy_protocol = "v1"
  }
  assert {
    condition     = alltrue([for application in cloudflare_spectrum_application.ssh : application.proxy_protocol == "v1"])
    error_message = "the version is not what was asked for"
  }
}

run "an_origin_of_ipv6_stands_in_brackets" {
  variables {
    origin_ip = "2001:db8::22"
  }
  assert {
    condition     = alltrue([for application in cloudflare_spectrum_application.ssh : application.origin_direct == tolist(["tcp://[2001:db8::22]:22"])])
    error_message = "the address cannot be told from the port"
  }
}

run "the_way_back_points_the_name_at_the_origin_and_past_the_proxy" {
  variables {
    through_spectrum = false
  }
  assert {
    condition     = length(cloudflare_spectrum_application.ssh) == 0
    error_message = "Spectrum still has the name"
  }
  assert {
    condition     = cloudflare_dns_record.direct[0].content == "203.0.113.22" && cloudflare_dns_record.direct[0].type == "A" && !cloudflare_dns_record.direct[0].proxied
    error_message = "the name does not point at the origin itself"
  }
}

run "refuses_a_plan_that_has_no_spectrum" {
  command = plan
  variables {
    plan = "free"
  }
  expect_failures = [var.plan]
}

run "refuses_a_name_for_the_origins_address" {
  command = plan
  variables {
    origin_ip = "origin.plue.dev"
  }
  expect_failures = [var.origin_ip]
}

run "refuses_another_port_without_enterprise" {
  command = plan
  variables {
    plan        = "pro"
    origin_port = 2222
  }
  expect_failures = [var.origin_port]
}

run "refuses_the_header_for_udp" {
  command = plan
  variables {
    proxy_protocol = "simple"
  }
  expect_failures = [var.proxy_protocol]
}

run "refuses_to_leave_the_header_out" {
  command = plan
  variables {
    proxy_protocol = "off"
  }
  expect_failures = [var.proxy_protocol]
}
