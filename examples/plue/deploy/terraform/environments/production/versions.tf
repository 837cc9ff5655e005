terraform {
  required_version = ">= 1.9"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.14"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
  }

  # The state holds the client certificate's key and the Worker's secrets: keep it where it is encrypted and few can
  # read it, in a backend of your own.
}

# By CLOUDFLARE_API_TOKEN: SSL and Certificates, Zone Settings, DNS, Workers Routes, Workers Scripts and, for
# Spectrum, Zone Settings, to edit.
provider "cloudflare" {}

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.kubeconfig_context
}
