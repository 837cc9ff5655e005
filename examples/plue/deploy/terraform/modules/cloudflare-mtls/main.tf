resource "cloudflare_authenticated_origin_pulls_certificate" "origin" {
  zone_id     = var.zone_id
  certificate = var.client_certificate
  private_key = var.client_private_key

  # A new one is there before the old one goes. The origin must trust both by then: `plue-mtls-certs rotate`.
  lifecycle {
    create_before_destroy = true
  }
}

# For the zone. `cloudflare_authenticated_origin_pulls` is for single hostnames since version 5 of the provider, and the
# switch of the same name in the dashboard shows a certificate that all of Cloudflare's customers have.
resource "cloudflare_authenticated_origin_pulls_settings" "origin" {
  zone_id = var.zone_id
  enabled = var.enabled

  depends_on = [cloudflare_authenticated_origin_pulls_certificate.origin]
}

# With `off` and `flexible` no certificate is shown, and with `full` Cloudflare takes anybody for the origin.
resource "cloudflare_zone_setting" "ssl" {
  zone_id    = var.zone_id
  setting_id = "ssl"
  value      = "strict"
}
