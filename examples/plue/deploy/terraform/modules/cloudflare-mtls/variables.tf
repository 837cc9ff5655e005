variable "zone_id" {
  description = "The zone whose connections to the origin show the certificate."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.zone_id))
    error_message = "A zone's id has 32 hexadecimal digits."
  }
}

variable "client_certificate" {
  description = "client.crt of plue-mtls-certs. Let its `check` look at it before."
  type        = string

  validation {
    condition     = length(regexall("-----BEGIN CERTIFICATE-----", var.client_certificate)) == 1 && !strcontains(var.client_certificate, "PRIVATE KEY")
    error_message = "One certificate in PEM, and without its key: the two are uploaded apart."
  }
}

variable "client_private_key" {
  description = "client.key of plue-mtls-certs. It stands in the state."
  type        = string
  sensitive   = true

  validation {
    condition = (
      length(regexall("-----BEGIN (RSA |EC )?PRIVATE KEY-----", var.client_private_key)) == 1
      && !strcontains(var.client_private_key, "CERTIFICATE")
      && !strcontains(var.client_private_key, "ENCRYPTED")
      && !strcontains(var.client_private_key, "EC PARAMETERS")
    )
    error_message = "One private key in PEM: no certificate, no passphrase, no block EC PARAMETERS."
  }
}

variable "enabled" {
  description = "Whether Cloudflare shows the certificate. The origin's side of the way back is PLUE_OBSERVE."
  type        = bool
  default     = true
}
