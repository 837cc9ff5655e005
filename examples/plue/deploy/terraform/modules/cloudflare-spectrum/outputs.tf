output "hostnames" {
  description = "What people connect to, with the port at the edge."
  value       = var.through_spectrum ? local.applications : { "ssh.${var.domain}" = "tcp/22, without Spectrum" }
}

output "proxy_header" {
  description = "Whether connections from Cloudflare begin with a PROXY header. Where they do not, plue-git-ssh cannot tell clients apart."
  value       = var.through_spectrum && local.enterprise
}
