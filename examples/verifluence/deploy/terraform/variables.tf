variable "account_id" {
  description = "The account of the tunnel and of Access."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.account_id))
    error_message = "An account's id has 32 hexadecimal digits."
  }
}

variable "zone_id" {
  description = "The zone of `domain`."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.zone_id))
    error_message = "A zone's id has 32 hexadecimal digits."
  }
}

variable "domain" {
  description = "What api., admin-api., admin. and kick. are put before."
  type        = string
  default     = "verifluence.io"

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]+$", var.domain))
    error_message = "A domain in lower case, without a scheme and a path."
  }
}

variable "team_name" {
  description = "The Access team: what stands before .cloudflareaccess.com."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.team_name))
    error_message = "The name alone: `verifluence`, and not `verifluence.cloudflareaccess.com`."
  }
}

variable "staff_domain" {
  description = "Whose e-mail addresses are staff's. The admin API has its own, and asks for that one."
  type        = string
  default     = "verifluence.io"

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]+$", var.staff_domain))
    error_message = "A domain in lower case, without an @."
  }
}

variable "identity_providers" {
  description = "The ids of the identity providers that may be used, such as Google's. With one, its login comes at once."
  type        = set(string)

  validation {
    condition     = length(var.identity_providers) > 0
    error_message = "Name at least one: with none, Access offers all of the account's, the one-time PIN among them."
  }
}

variable "machines" {
  description = "Names of service tokens, one for each caller that is no person."
  type        = set(string)
  default     = []
}

variable "session_duration" {
  description = "How long a login lasts."
  type        = string
  default     = "8h"

  validation {
    condition     = can(regex("^([1-9]|1[0-9]|2[0-4])h$", var.session_duration))
    error_message = "From 1h to 24h."
  }
}

variable "through_tunnel" {
  description = "Which names point at the tunnel. During the migration some, or none: MIGRATION.md."
  type        = set(string)
  default     = ["api", "admin-api", "kick"]

  validation {
    condition     = length(setsubtract(var.through_tunnel, ["api", "admin-api", "kick"])) == 0
    error_message = "api, admin-api and kick, and no others."
  }
}

variable "secret_for_a_while" {
  description = "During the migration: admin-secret. leads to the admin API without Access, for callers that have the old secret."
  type        = bool
  default     = false
}
