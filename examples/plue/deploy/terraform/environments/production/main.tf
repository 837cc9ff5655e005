module "cloudflare_mtls" {
  source = "../../modules/cloudflare-mtls"

  zone_id            = var.cloudflare_zone_id
  client_certificate = var.mtls_client_cert
  client_private_key = var.mtls_client_key
  enabled            = var.client_certificate_shown

  # The origin trusts the authority before Cloudflare shows a certificate of it.
  depends_on = [kubernetes_secret_v1.mtls_ca]
}

module "cloudflare_workers" {
  source = "../../modules/cloudflare-workers"

  account_id      = var.cloudflare_account_id
  zone_id         = var.cloudflare_zone_id
  domain          = var.domain
  script_path     = var.worker_script_path
  secrets         = var.worker_secrets
  sign_in_at_edge = var.sign_in == "edge"
}

module "cloudflare_spectrum" {
  source = "../../modules/cloudflare-spectrum"

  zone_id          = var.cloudflare_zone_id
  domain           = var.domain
  plan             = var.plan
  origin_ip        = var.git_ip
  through_spectrum = var.through_spectrum
}

# Proxied: the origin's own address stands in no record.
resource "cloudflare_dns_record" "site" {
  zone_id = var.cloudflare_zone_id
  name    = var.domain
  type    = "A"
  content = var.origin_ip
  proxied = true
  ttl     = 1
}

resource "kubernetes_namespace_v1" "plue" {
  metadata {
    name = var.namespace
  }
}

# What the manifests mount at /etc/plue/certs.
resource "kubernetes_secret_v1" "mtls_ca" {
  metadata {
    name      = "mtls-ca"
    namespace = kubernetes_namespace_v1.plue.metadata[0].name
  }

  data = {
    "ca.crt" = var.mtls_ca_cert
  }
}
