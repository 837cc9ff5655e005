mock_provider "cloudflare" {
  mock_data "cloudflare_ip_ranges" {
    # As the manifests have them: from here on a change of one of the two is seen.
    defaults = {
      ipv4_cidrs = [
        "173.245.48.0/20",
        "103.21.244.0/22",
        "103.22.200.0/22",
        "103.31.4.0/22",
        "141.101.64.0/18",
        "108.162.192.0/18",
        "190.93.240.0/20",
        "188.114.96.0/20",
        "197.234.240.0/22",
        "198.41.128.0/17",
        "162.158.0.0/15",
        "104.16.0.0/13",
        "104.24.0.0/14",
        "172.64.0.0/13",
        "131.0.72.0/22",
      ]
      ipv6_cidrs = [
        "2400:cb00::/32",
        "2606:4700::/32",
        "2803:f800::/32",
        "2405:b500::/32",
        "2405:8100::/32",
        "2a06:98c0::/29",
        "2c0f:f248::/32",
      ]
    }
  }
}

mock_provider "kubernetes" {}

variables {
  cloudflare_account_id = "0123456789abcdef0123456789abcdef"
  cloudflare_zone_id    = "fedcba9876543210fedcba9876543210"
  plan                  = "enterprise"
  origin_ip             = "203.0.113.21"
  git_ip                = "203.0.113.22"
  mtls_client_cert      = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
  mtls_client_key       = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"
  mtls_ca_cert          = "-----BEGIN CERTIFICATE-----\nMB==\n-----END CERTIFICATE-----\n"
}

run "all_of_it_is_made_in_one_go" {
  assert {
    condition     = output.sign_in == "edge" && output.proxy_header && keys(output.git_hostnames) == tolist(["git.plue.dev", "ssh.plue.dev"])
    error_message = "a module was told something else"
  }
  assert {
    condition     = cloudflare_dns_record.site.proxied && cloudflare_dns_record.site.content == "203.0.113.21"
    error_message = "the site's name tells where the origin is"
  }
}

run "the_origin_is_given_the_authority_where_the_manifests_mount_it" {
  assert {
    condition     = kubernetes_secret_v1.mtls_ca.metadata[0].name == "mtls-ca" && kubernetes_secret_v1.mtls_ca.metadata[0].namespace == "production"
    error_message = "the manifests mount another secret"
  }
  assert {
    condition     = nonsensitive(kubernetes_secret_v1.mtls_ca.data["ca.crt"]) == var.mtls_ca_cert
    error_message = "the origin trusts something else"
  }
}

run "each_way_back_is_one_variable" {
  variables {
    sign_in                  = "origin"
    through_spectrum         = false
    client_certificate_shown = false
  }
  assert {
    condition     = output.sign_in == "origin" && !output.proxy_header && keys(output.git_hostnames) == tolist(["ssh.plue.dev"])
    error_message = "a way back leads nowhere"
  }
}

run "a_network_that_is_new_at_cloudflare_stops_the_plan" {
  command = plan
  override_data {
    target = data.cloudflare_ip_ranges.today
    values = {
      ipv4_cidrs = ["192.0.2.0/24"]
      ipv6_cidrs = ["2001:db8::/32"]
    }
  }
  expect_failures = [output.source_ranges]
}

run "refuses_a_key_among_the_authorities" {
  command = plan
  variables {
    mtls_ca_cert = "-----BEGIN CERTIFICATE-----\nMB==\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"
  }
  expect_failures = [var.mtls_ca_cert]
}

run "refuses_one_address_for_both" {
  command = plan
  variables {
    git_ip = "203.0.113.21"
  }
  expect_failures = [var.git_ip]
}

run "refuses_a_place_to_sign_in_that_there_is_not" {
  command = plan
  variables {
    sign_in = "nowhere"
  }
  expect_failures = [var.sign_in]
}
