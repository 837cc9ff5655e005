# No KV namespace for nonces: KV is eventually consistent, so that two places take one nonce. A Durable Object is
# asked in one step.
resource "cloudflare_workers_script" "edge" {
  count = var.script_path == null ? 0 : 1

  account_id         = var.account_id
  script_name        = var.script_name
  content_file       = var.script_path
  content_sha256     = filesha256(var.script_path)
  main_module        = basename(var.script_path)
  compatibility_date = var.compatibility_date

  migrations = var.migration_tag == null ? null : {
    new_tag            = var.migration_tag
    new_sqlite_classes = [var.burned_class]
  }

  bindings = concat(
    [
      { name = "BURNED", type = "durable_object_namespace", class_name = var.burned_class },
      { name = "PLUE_ORIGIN", type = "plain_text", text = "https://${var.domain}" },
      { name = "PLUE_CHAINS", type = "plain_text", text = join(",", var.chains) },
      { name = "PLUE_ASSERTION_AUDIENCE", type = "plain_text", text = var.assertion_audience },
    ],
    [for name in ["PLUE_ASSERTION_KEY", "PLUE_NONCE_SECRETS", "PLUE_SESSION_KEYS"] : {
      name = name, type = "secret_text", text = var.secrets[name]
    }],
  )

  observability = { enabled = true }
}

# The whole site: what stands on no route reaches the origin without being asked anything, and is nobody there.
resource "cloudflare_workers_route" "site" {
  count = var.sign_in_at_edge ? 1 : 0

  zone_id = var.zone_id
  pattern = "${var.domain}/*"
  script  = var.script_name

  depends_on = [cloudflare_workers_script.edge]
}
