mock_provider "cloudflare" {}

variables {
  zone_id            = "fedcba9876543210fedcba9876543210"
  client_certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
  client_private_key = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"
}

run "the_zone_shows_its_own_certificate_to_an_origin_that_it_checks" {
  assert {
    condition     = cloudflare_authenticated_origin_pulls_settings.origin.enabled
    error_message = "no certificate is shown"
  }
  assert {
    condition     = cloudflare_authenticated_origin_pulls_certificate.origin.certificate == var.client_certificate
    error_message = "another certificate is shown"
  }
  assert {
    condition     = cloudflare_zone_setting.ssl.value == "strict"
    error_message = "anybody can be the origin"
  }
}

run "the_way_back_shows_none_and_keeps_it" {
  variables {
    enabled = false
  }
  assert {
    condition     = !cloudflare_authenticated_origin_pulls_settings.origin.enabled && cloudflare_zone_setting.ssl.value == "strict"
    error_message = "the switch changes something else"
  }
}

run "refuses_the_certificate_and_the_key_in_one" {
  command = plan
  variables {
    client_certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"
  }
  expect_failures = [var.client_certificate]
}

run "refuses_the_authority_behind_the_certificate" {
  command = plan
  variables {
    client_certificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMB==\n-----END CERTIFICATE-----\n"
  }
  expect_failures = [var.client_certificate]
}

run "refuses_a_path_for_the_certificate" {
  command = plan
  variables {
    client_certificate = "certs/client.crt"
  }
  expect_failures = [var.client_certificate]
}

run "refuses_the_certificate_behind_the_key" {
  command = plan
  variables {
    client_private_key = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
  }
  expect_failures = [var.client_private_key]
}

run "refuses_a_key_with_a_passphrase" {
  command = plan
  variables {
    client_private_key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n"
  }
  expect_failures = [var.client_private_key]
}
