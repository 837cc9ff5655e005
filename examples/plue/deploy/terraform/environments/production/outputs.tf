output "git_hostnames" {
  description = "What people clone from, with the port at the edge."
  value       = module.cloudflare_spectrum.hostnames
}

output "proxy_header" {
  description = "Whether plue-git-ssh gets a PROXY header; where not, see the README."
  value       = module.cloudflare_spectrum.proxy_header
}

output "sign_in" {
  description = "What the origin's PLUE_SIGN_IN has to be."
  value       = module.cloudflare_workers.sign_in
}

output "client_certificate" {
  description = "`active` once Cloudflare shows it everywhere, and when it ends."
  value       = { status = module.cloudflare_mtls.status, expires_on = module.cloudflare_mtls.expires_on }
}
