variable "cloudflare_account_id" {
  description = "The account of the Worker."
  type        = string
}

variable "cloudflare_zone_id" {
  description = "The zone of `domain`."
  type        = string
}

variable "domain" {
  description = "The site. The origin's PLUE_HOSTS has it, too."
  type        = string
  default     = "plue.dev"

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]+$", var.domain))
    error_message = "A domain in lower case, without a scheme and a path."
  }
}

variable "origin_ip" {
  description = "The address of the Service `origin`."
  type        = string

  validation {
    condition     = can(cidrhost("${var.origin_ip}/32", 0))
    error_message = "An address of IPv4."
  }
}

variable "git_ip" {
  description = "The address of the Service `git-ssh`. Not that of `origin`, or `ssh.` would tell where the site is."
  type        = string

  validation {
    condition     = can(cidrhost("${var.git_ip}/32", 0)) && var.git_ip != var.origin_ip
    error_message = "An address of IPv4, and another than origin_ip."
  }
}

variable "plan" {
  description = "The zone's plan: without enterprise there is no PROXY header."
  type        = string
}

variable "through_spectrum" {
  description = "See ROLLBACK.md."
  type        = bool
  default     = true
}

variable "client_certificate_shown" {
  description = "See ROLLBACK.md."
  type        = bool
  default     = true
}

variable "sign_in" {
  description = "edge or origin, as the origin's PLUE_SIGN_IN. See ROLLBACK.md."
  type        = string
  default     = "edge"

  validation {
    condition     = contains(["edge", "origin"], var.sign_in)
    error_message = "edge or origin."
  }
}

variable "worker_script_path" {
  description = "The Worker as one module. Without it, `wrangler deploy` uploads it, and only its route is made here."
  type        = string
  default     = null
}

variable "worker_secrets" {
  description = "PLUE_SESSION_KEYS, PLUE_NONCE_SECRETS, PLUE_ASSERTION_KEY: with worker_script_path."
  type        = map(string)
  sensitive   = true
  default     = {}
}

variable "mtls_client_cert" {
  description = "client.crt: what Cloudflare shows to the origin."
  type        = string
}

variable "mtls_client_key" {
  description = "client.key."
  type        = string
  sensitive   = true
}

variable "mtls_ca_cert" {
  description = "ca.crt: what the origin trusts. While you rotate, both.crt."
  type        = string

  validation {
    condition     = strcontains(var.mtls_ca_cert, "-----BEGIN CERTIFICATE-----") && !strcontains(var.mtls_ca_cert, "PRIVATE KEY")
    error_message = "Certificates in PEM, and no key: ca.key goes nowhere."
  }
}

variable "namespace" {
  description = "Where the manifests of ../../../kubernetes are applied."
  type        = string
  default     = "production"
}

variable "kubeconfig" {
  description = "How the cluster is reached."
  type        = string
  default     = "~/.kube/config"
}

variable "kubeconfig_context" {
  description = "Which of its clusters."
  type        = string
  default     = null
}
