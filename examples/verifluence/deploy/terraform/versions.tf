terraform {
  required_version = ">= 1.9"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.14"
    }
  }

  # The state holds the tunnel's token and the service tokens' secrets: keep it where it is encrypted and few
  # can read it, in a backend of your own.
}

# By CLOUDFLARE_API_TOKEN: Cloudflare Tunnel, Access (applications and policies, service tokens) and DNS, to edit.
provider "cloudflare" {}
