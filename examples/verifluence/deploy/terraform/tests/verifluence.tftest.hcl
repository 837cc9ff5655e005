mock_provider "cloudflare" {
  mock_resource "cloudflare_zero_trust_tunnel_cloudflared" {
    defaults = { id = "0f3b1c2d-4e5f-4a6b-8c7d-9e0f1a2b3c4d" }
  }
  mock_resource "cloudflare_zero_trust_access_application" {
    defaults = { aud = "aud-of-the-application" }
  }
  mock_resource "cloudflare_zero_trust_access_policy" {
    defaults = { id = "policy-id" }
  }
  mock_resource "cloudflare_zero_trust_access_service_token" {
    defaults = { id = "token-id", client_id = "client.access" }
  }
}

variables {
  account_id         = "0123456789abcdef0123456789abcdef"
  zone_id            = "fedcba9876543210fedcba9876543210"
  team_name          = "verifluence"
  identity_providers = ["google"]
}

run "each_name_leads_to_its_server" {
  assert {
    condition = { for rule in slice(cloudflare_zero_trust_tunnel_cloudflared_config.verifluence.config.ingress, 0, 3) : rule.hostname => rule.service } == {
      "api.verifluence.io"       = "http://api:3000"
      "admin-api.verifluence.io" = "http://admin-api:3002"
      "kick.verifluence.io"      = "http://kick-server:3000"
    }
    error_message = "a name leads elsewhere"
  }
}

run "the_last_rule_answers_other_hosts_with_404" {
  assert {
    condition     = reverse(cloudflare_zero_trust_tunnel_cloudflared_config.verifluence.config.ingress)[0].service == "http_status:404"
    error_message = "the last rule is not the one for all other hosts"
  }
}

run "the_tunnel_itself_asks_for_access_before_the_admin_api" {
  assert {
    condition = [
      for rule in cloudflare_zero_trust_tunnel_cloudflared_config.verifluence.config.ingress : rule.hostname
      if try(rule.origin_request.access.required && rule.origin_request.access.aud_tag == tolist(["aud-of-the-application"]), false)
    ] == ["admin-api.verifluence.io"]
    error_message = "the admin API's rule, and it alone, asks for a token of this application"
  }
}

run "the_application_covers_the_panel_and_its_api_for_staff_alone" {
  assert {
    condition     = cloudflare_zero_trust_access_application.admin.destinations[*].uri == tolist(["admin.verifluence.io", "admin-api.verifluence.io"])
    error_message = "the application does not cover both hosts"
  }
  assert {
    condition     = one(cloudflare_zero_trust_access_policy.staff.include).email_domain.domain == "verifluence.io"
    error_message = "others than staff are let in"
  }
  assert {
    condition     = length(cloudflare_zero_trust_access_application.admin.policies) == 1 && length(cloudflare_zero_trust_access_policy.machines) == 0
    error_message = "without machines there is one policy"
  }
  assert {
    condition     = [for policy in cloudflare_zero_trust_access_application.admin.policies : [policy.id, policy.precedence]] == [["policy-id", 1]]
    error_message = "the policy is not the application's"
  }
  assert {
    condition     = alltrue([for destination in cloudflare_zero_trust_access_application.admin.destinations : destination.type == "public"])
    error_message = "the application is for other places than hosts"
  }
}

run "a_preflight_reaches_the_admin_api_and_no_other_sites_post_has_the_cookie" {
  assert {
    condition     = cloudflare_zero_trust_access_application.admin.options_preflight_bypass && cloudflare_zero_trust_access_application.admin.same_site_cookie_attribute == "lax"
    error_message = "preflights or cookies are not as the admin API needs them"
  }
}

run "machines_pass_by_service_token_and_are_named_to_the_admin_api" {
  variables {
    machines = ["ci"]
  }

  assert {
    condition     = cloudflare_zero_trust_access_policy.machines[0].decision == "non_identity" && one(cloudflare_zero_trust_access_policy.machines[0].include).service_token.token_id == "token-id"
    error_message = "the token does not pass"
  }
  assert {
    condition     = [for policy in cloudflare_zero_trust_access_application.admin.policies : [policy.id, policy.precedence]] == [["policy-id", 1], ["policy-id", 2]]
    error_message = "the policy for machines is not the application's"
  }
  assert {
    condition     = strcontains(output.settings, "CF_ACCESS_SERVICE_TOKENS=client.access")
    error_message = "the admin API is not told which tokens may pass"
  }
}

run "each_name_points_at_the_tunnel" {
  assert {
    condition = alltrue([
      for record in cloudflare_dns_record.tunnel :
      record.proxied && record.content == "0f3b1c2d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.cfargotunnel.com"
    ]) && length(cloudflare_dns_record.tunnel) == 3
    error_message = "a name points elsewhere"
  }
}

run "the_names_move_to_the_tunnel_one_by_one" {
  variables {
    through_tunnel = ["admin-api"]
  }
  assert {
    condition     = join(",", keys(cloudflare_dns_record.tunnel)) == "admin-api.verifluence.io"
    error_message = "other names have moved as well"
  }
}

run "for_a_while_the_old_secret_has_a_name_without_access_and_the_admin_api_keeps_its_own" {
  variables {
    secret_for_a_while = true
  }
  assert {
    condition = [
      for rule in cloudflare_zero_trust_tunnel_cloudflared_config.verifluence.config.ingress : rule.hostname
      if rule.service == "http://admin-api:3002"
    ] == ["admin-api.verifluence.io", "admin-secret.verifluence.io"]
    error_message = "the admin API has other names than these"
  }
  assert {
    condition     = contains(keys(cloudflare_dns_record.tunnel), "admin-secret.verifluence.io") && length(cloudflare_zero_trust_access_application.admin.destinations) == 2
    error_message = "the name is missing, or Access is before it"
  }
}

run "refuses_a_name_that_the_tunnel_does_not_have" {
  command = plan
  variables {
    through_tunnel = ["www"]
  }
  expect_failures = [var.through_tunnel]
}

run "refuses_a_team_that_is_written_as_a_domain" {
  command = plan
  variables {
    team_name = "verifluence.cloudflareaccess.com"
  }
  expect_failures = [var.team_name]
}

run "refuses_to_leave_the_identity_provider_open" {
  command = plan
  variables {
    identity_providers = []
  }
  expect_failures = [var.identity_providers]
}

run "refuses_an_address_for_the_domain_of_staff" {
  command = plan
  variables {
    staff_domain = "@verifluence.io"
  }
  expect_failures = [var.staff_domain]
}
