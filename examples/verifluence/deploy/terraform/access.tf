# The panel and the API that it calls are one application, so that there is one login and one AUD tag.
resource "cloudflare_zero_trust_access_application" "admin" {
  account_id = var.account_id
  name       = "Verifluence administration"
  type       = "self_hosted"

  destinations = [
    { type = "public", uri = local.admin },
    { type = "public", uri = local.admin_api },
  ]

  # Both by id and in this order. An application without the list is applied with all policies detached.
  policies = concat(
    [{ id = cloudflare_zero_trust_access_policy.staff.id, precedence = 1 }],
    [for policy in cloudflare_zero_trust_access_policy.machines : { id = policy.id, precedence = 2 }],
  )

  allowed_idps              = var.identity_providers
  auto_redirect_to_identity = length(var.identity_providers) == 1
  session_duration          = var.session_duration

  # The admin API answers preflights itself, by ADMIN_PANEL_ORIGIN. The other way, `cors_headers`, has the edge
  # answer them; Cloudflare takes one of the two.
  options_preflight_bypass = true

  # Another site's POST carries no cookie then. The admin API does not rely on it, and checks the origin.
  same_site_cookie_attribute = "lax"
  http_only_cookie_attribute = true
  # A machine is told 401, and not sent to a login page.
  service_auth_401_redirect = true
}

resource "cloudflare_zero_trust_access_policy" "staff" {
  account_id = var.account_id
  name       = "Verifluence staff"
  decision   = "allow"
  include    = [{ email_domain = { domain = var.staff_domain } }]
}

resource "cloudflare_zero_trust_access_policy" "machines" {
  count = length(var.machines) > 0 ? 1 : 0

  account_id = var.account_id
  name       = "Verifluence machines"
  # Not `allow`: that asks for a person behind the token.
  decision = "non_identity"
  include = [
    for token in cloudflare_zero_trust_access_service_token.machine : { service_token = { token_id = token.id } }
  ]
}

resource "cloudflare_zero_trust_access_service_token" "machine" {
  for_each = var.machines

  account_id = var.account_id
  name       = each.value
  duration   = "8760h"

  lifecycle {
    create_before_destroy = true
  }
}
