# Cloudflare's networks as they are today, against those that the manifests let in: kubectl applies these, and
# nobody would notice a network that is missing but its visitors.
data "cloudflare_ip_ranges" "today" {}

locals {
  today = sort(concat(data.cloudflare_ip_ranges.today.ipv4_cidrs, data.cloudflare_ip_ranges.today.ipv6_cidrs))
  services = {
    for name in ["origin", "git-ssh"] :
    name => yamldecode(file("${path.module}/../../../kubernetes/${name}-service.yaml")).spec
  }
}

output "source_ranges" {
  description = "What loadBalancerSourceRanges has to be."
  value       = local.today

  precondition {
    condition     = alltrue([for service in local.services : sort(service.loadBalancerSourceRanges) == local.today])
    error_message = "Cloudflare's networks have changed: write ${jsonencode(local.today)} into kubernetes/*-service.yaml, apply them, and build the servers with a proxy-protocol that knows them."
  }
}
