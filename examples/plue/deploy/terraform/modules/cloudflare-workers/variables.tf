variable "account_id" {
  description = "The account of the Worker."
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
  description = "The site: all of its paths go through the Worker."
  type        = string
}

variable "script_name" {
  description = "The Worker's name."
  type        = string
  default     = "plue-edge"
}

variable "script_path" {
  description = "The Worker as one ES module. Without it, somebody else uploads the Worker, and only its route is made here."
  type        = string
  default     = null

  validation {
    condition     = var.script_path == null || can(regex("\\.m?js$", var.script_path))
    error_message = "A module of JavaScript. This resource takes one file, so a module of WebAssembly beside it cannot come along: upload those with `wrangler deploy`."
  }
}

variable "burned_class" {
  description = "The Durable Object in which used nonces and ended sessions are kept."
  type        = string
  default     = "Burned"
}

variable "migration_tag" {
  description = "The tag of the migration that makes the class. `null` once it has been applied: Cloudflare takes a migration once."
  type        = string
  default     = "v1"
}

variable "compatibility_date" {
  description = "Which behaviour of the Workers runtime."
  type        = string
  default     = "2026-04-01"

  validation {
    condition     = can(regex("^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", var.compatibility_date))
    error_message = "A date, as 2026-04-01."
  }
}

variable "chains" {
  description = "The chains that a wallet may sign in on."
  type        = set(number)
  default     = [1]

  validation {
    condition     = length(var.chains) > 0
    error_message = "With no chain, nobody can sign in."
  }
}

variable "assertion_audience" {
  description = "The origin's name: its PLUE_USER_ASSERTION_AUDIENCE."
  type        = string
  default     = "plue-origin"
}

variable "secrets" {
  description = "PLUE_SESSION_KEYS, PLUE_NONCE_SECRETS and PLUE_ASSERTION_KEY. They stand in the state. Needed with `script_path`."
  type        = map(string)
  sensitive   = true
  default     = {}

  validation {
    condition = (
      alltrue([for secret in values(var.secrets) : length(secret) > 0])
      && toset(keys(var.secrets)) == toset(var.script_path == null ? [] : ["PLUE_ASSERTION_KEY", "PLUE_NONCE_SECRETS", "PLUE_SESSION_KEYS"])
    )
    error_message = "With `script_path` exactly these three, and none of them empty; without it none."
  }
}

variable "sign_in_at_edge" {
  description = "`false` is the way back: requests go past the Worker to the origin, which signs people in itself."
  type        = bool
  default     = true
}
