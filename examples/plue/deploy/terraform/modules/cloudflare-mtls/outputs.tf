output "certificate_id" {
  description = "Of the certificate that is shown."
  value       = cloudflare_authenticated_origin_pulls_certificate.origin.id
}

output "status" {
  description = "`active` once it is shown everywhere; that takes minutes."
  value       = cloudflare_authenticated_origin_pulls_certificate.origin.status
}

output "expires_on" {
  description = "Cloudflare renews nothing."
  value       = cloudflare_authenticated_origin_pulls_certificate.origin.expires_on
}
