output "sign_in" {
  description = "Where wallets sign in: what the origin's PLUE_SIGN_IN has to be."
  value       = var.sign_in_at_edge ? "edge" : "origin"
}
