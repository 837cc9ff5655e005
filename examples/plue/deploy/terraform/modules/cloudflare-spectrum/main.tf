locals {
  enterprise = var.plan == "enterprise"
  ipv6       = strcontains(var.origin_ip, ":")
  host       = local.ipv6 ? "[${var.origin_ip}]" : var.origin_ip

  # Pro and Business have one application, by the name of its protocol. A second port is Enterprise's.
  applications = local.enterprise ? {
    "ssh.${var.domain}" = "tcp/22"
    "git.${var.domain}" = "tcp/443"
  } : { "ssh.${var.domain}" = "ssh" }
}

resource "cloudflare_spectrum_application" "ssh" {
  for_each = var.through_spectrum ? local.applications : {}

  zone_id       = var.zone_id
  protocol      = each.value
  traffic_type  = "direct"
  dns           = { type = "CNAME", name = each.key }
  origin_direct = ["tcp://${local.host}:${var.origin_port}"]

  # These three are Enterprise's, whichever way the protocol is written.
  proxy_protocol     = local.enterprise ? var.proxy_protocol : null
  argo_smart_routing = local.enterprise ? var.argo_smart_routing : null
  ip_firewall        = local.enterprise ? true : null
}

# The way back. git. at 443 has none: the origin's 443 is that of HTTPS.
resource "cloudflare_dns_record" "direct" {
  count = var.through_spectrum ? 0 : 1

  zone_id = var.zone_id
  name    = "ssh.${var.domain}"
  type    = local.ipv6 ? "AAAA" : "A"
  content = var.origin_ip
  proxied = false
  ttl     = 60

  # Spectrum's own record has to be gone before.
  depends_on = [cloudflare_spectrum_application.ssh]
}
