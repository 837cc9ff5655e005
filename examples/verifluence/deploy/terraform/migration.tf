# For as long as the admin API has ALLOW_ADMIN_SECRET. Access would turn away at the edge who has the secret alone.
locals {
  admin_secret = "admin-secret.${var.domain}"
  by_secret    = var.secret_for_a_while ? [{ hostname = local.admin_secret, service = "http://admin-api:3002" }] : []
}
