output "settings" {
  description = "Lines for .env."
  value = join("\n", concat(
    [
      "CF_ACCESS_TEAM_DOMAIN=${var.team_name}.cloudflareaccess.com",
      "CF_ACCESS_AUD=${cloudflare_zero_trust_access_application.admin.aud}",
      "ADMIN_PANEL_ORIGIN=https://${local.admin}",
      "WEB_ORIGINS=https://app.${var.domain}",
    ],
    length(var.machines) == 0 ? [] : [
      "CF_ACCESS_SERVICE_TOKENS=${join(",", [for token in cloudflare_zero_trust_access_service_token.machine : token.client_id])}",
    ],
  ))
}

output "tunnel_token" {
  description = "For secrets/tunnel_token."
  value       = data.cloudflare_zero_trust_tunnel_cloudflared_token.verifluence.token
  sensitive   = true
}

output "service_tokens" {
  description = "For each machine: what it sends as CF-Access-Client-Id and CF-Access-Client-Secret."
  value = {
    for name, token in cloudflare_zero_trust_access_service_token.machine :
    name => { client_id = token.client_id, client_secret = token.client_secret }
  }
  sensitive = true
}
