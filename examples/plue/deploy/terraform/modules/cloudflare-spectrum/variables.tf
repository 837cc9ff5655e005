variable "zone_id" {
  description = "The zone of `domain`."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.zone_id))
    error_message = "A zone's id has 32 hexadecimal digits."
  }
}

variable "domain" {
  description = "What ssh. and git. are put before."
  type        = string
}

variable "plan" {
  description = "The zone's plan. Without Enterprise there is one application, for SSH at port 22, and no PROXY header."
  type        = string

  validation {
    condition     = contains(["pro", "business", "enterprise"], var.plan)
    error_message = "pro, business or enterprise: Free has no Spectrum."
  }
}

variable "origin_ip" {
  description = "Where plue-git-ssh is reached: an address, of IPv4 or IPv6."
  type        = string

  validation {
    condition     = can(cidrhost("${var.origin_ip}/${strcontains(var.origin_ip, ":") ? 128 : 32}", 0))
    error_message = "An address and no name: Spectrum asks for names in another way (origin_dns)."
  }
}

variable "origin_port" {
  description = "The port there. Enterprise may choose it."
  type        = number
  default     = 22

  validation {
    condition     = var.origin_port > 0 && var.origin_port < 65536 && (var.plan == "enterprise" || var.origin_port == 22)
    error_message = "A port; on Pro and Business it is 22."
  }
}

variable "proxy_protocol" {
  description = "v1 or v2: which header tells the client's address. For Enterprise."
  type        = string
  default     = "v2"

  validation {
    # `simple` is for UDP; with `off`, plue-git-ssh would know nobody.
    condition     = contains(["v1", "v2"], var.proxy_protocol)
    error_message = "v1 or v2."
  }
}

variable "argo_smart_routing" {
  description = "For Enterprise, and billed by traffic."
  type        = bool
  default     = true
}

variable "through_spectrum" {
  description = "`false` is the way back: the name points at the origin itself."
  type        = bool
  default     = true
}
