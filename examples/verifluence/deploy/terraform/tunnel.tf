locals {
  api       = "api.${var.domain}"
  admin_api = "admin-api.${var.domain}"
  admin     = "admin.${var.domain}"
  kick      = "kick.${var.domain}"
}

resource "cloudflare_zero_trust_tunnel_cloudflared" "verifluence" {
  account_id = var.account_id
  name       = "verifluence"
  config_src = "cloudflare"
}

# The same rules as ../config.yml, which is for a tunnel that is managed on its machine.
resource "cloudflare_zero_trust_tunnel_cloudflared_config" "verifluence" {
  account_id = var.account_id
  tunnel_id  = cloudflare_zero_trust_tunnel_cloudflared.verifluence.id

  config = {
    ingress = concat([
      {
        hostname = local.api
        service  = "http://api:3000"
      },
      {
        hostname = local.admin_api
        service  = "http://admin-api:3002"
        # In the rule: cloudflared does not look at `access` above the rules.
        origin_request = {
          access = {
            required  = true
            team_name = var.team_name
            aud_tag   = [cloudflare_zero_trust_access_application.admin.aud]
          }
        }
      },
      {
        hostname = local.kick
        service  = "http://kick-server:3000"
      },
      ], local.by_secret, [
      { service = "http_status:404" },
    ])
  }
}

resource "cloudflare_dns_record" "tunnel" {
  for_each = setunion(
    [for name in var.through_tunnel : "${name}.${var.domain}"],
    [for rule in local.by_secret : rule.hostname],
  )

  zone_id = var.zone_id
  name    = each.value
  type    = "CNAME"
  content = "${cloudflare_zero_trust_tunnel_cloudflared.verifluence.id}.cfargotunnel.com"
  proxied = true
  ttl     = 1

  # Or there would be a minute in which the admin API has a name and no login before it.
  depends_on = [cloudflare_zero_trust_access_application.admin]
}

data "cloudflare_zero_trust_tunnel_cloudflared_token" "verifluence" {
  account_id = var.account_id
  tunnel_id  = cloudflare_zero_trust_tunnel_cloudflared.verifluence.id
}
