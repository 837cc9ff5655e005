mock_provider "cloudflare" {}

variables {
  account_id  = "0123456789abcdef0123456789abcdef"
  zone_id     = "fedcba9876543210fedcba9876543210"
  domain      = "plue.dev"
  script_path = "tests/worker.mjs"
  secrets = {
    PLUE_ASSERTION_KEY = "assertion"
    PLUE_NONCE_SECRETS = "nonces"
    PLUE_SESSION_KEYS  = "sessions"
  }
}

run "nonces_are_burned_in_a_durable_object" {
  assert {
    condition     = one([for binding in cloudflare_workers_script.edge[0].bindings : binding.class_name if binding.name == "BURNED" && binding.type == "durable_object_namespace"]) == "Burned"
    error_message = "the Worker has no place for used nonces"
  }
  assert {
    condition     = cloudflare_workers_script.edge[0].migrations.new_sqlite_classes == tolist(["Burned"]) && cloudflare_workers_script.edge[0].migrations.new_tag == "v1"
    error_message = "the class is bound, and never made"
  }
}

run "secrets_are_secrets_and_nothing_else_is" {
  assert {
    condition     = toset([for binding in cloudflare_workers_script.edge[0].bindings : binding.name if binding.type == "secret_text"]) == toset(["PLUE_ASSERTION_KEY", "PLUE_NONCE_SECRETS", "PLUE_SESSION_KEYS"])
    error_message = "a secret is readable, or something else is none"
  }
}

run "the_worker_is_told_what_it_reads" {
  assert {
    condition = nonsensitive({ for binding in cloudflare_workers_script.edge[0].bindings : binding.name => binding.text if binding.name != "BURNED" }) == {
      PLUE_ORIGIN             = "https://plue.dev"
      PLUE_CHAINS             = "1"
      PLUE_ASSERTION_AUDIENCE = "plue-origin"
      PLUE_ASSERTION_KEY      = "assertion"
      PLUE_NONCE_SECRETS      = "nonces"
      PLUE_SESSION_KEYS       = "sessions"
    }
    error_message = "a setting is missing, or another"
  }
}

run "another_class_is_bound_and_made" {
  variables {
    burned_class = "Spent"
  }
  assert {
    condition     = cloudflare_workers_script.edge[0].migrations.new_sqlite_classes == tolist(["Spent"])
    error_message = "the class is not the one that was named"
  }
}

run "the_whole_site_goes_through_the_worker" {
  assert {
    condition     = cloudflare_workers_route.site[0].pattern == "plue.dev/*" && cloudflare_workers_route.site[0].script == "plue-edge" && output.sign_in == "edge"
    error_message = "a path goes past the Worker"
  }
}

run "the_way_back_takes_the_route_and_keeps_the_worker" {
  variables {
    sign_in_at_edge = false
  }
  assert {
    condition     = length(cloudflare_workers_route.site) == 0 && length(cloudflare_workers_script.edge) == 1 && output.sign_in == "origin"
    error_message = "requests still go through the Worker, or it is gone with its nonces"
  }
}

run "a_worker_that_wrangler_uploads_has_its_route_here" {
  variables {
    script_path = null
    secrets     = {}
  }
  assert {
    condition     = length(cloudflare_workers_script.edge) == 0 && cloudflare_workers_route.site[0].script == "plue-edge"
    error_message = "the route is missing, or the Worker is made twice"
  }
}

run "refuses_a_worker_without_its_secrets" {
  command = plan
  variables {
    secrets = { PLUE_SESSION_KEYS = "sessions" }
  }
  expect_failures = [var.secrets]
}

run "refuses_an_empty_secret" {
  command = plan
  variables {
    secrets = { PLUE_ASSERTION_KEY = "assertion", PLUE_NONCE_SECRETS = "", PLUE_SESSION_KEYS = "sessions" }
  }
  expect_failures = [var.secrets]
}

run "refuses_a_module_of_webassembly" {
  command = plan
  variables {
    script_path = "edge_worker_bg.wasm"
  }
  expect_failures = [var.script_path]
}

run "a_migration_that_was_applied_is_not_sent_again" {
  command = plan
  variables {
    migration_tag = null
  }
  assert {
    condition     = cloudflare_workers_script.edge[0].bindings[0].class_name == "Burned"
    error_message = "the class is no longer bound"
  }
}
