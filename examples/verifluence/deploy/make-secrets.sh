#!/bin/bash
# Makes what docker-compose.yml reads from secrets/, and nothing that is there already.
# The tunnel's token is not among it: `terraform output -raw tunnel_token >secrets/tunnel_token`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The folder is closed. The files in it are not: containers read them as another user than who made them.
mkdir -p -m 0700 secrets
umask 022

make() {
    if [[ ! -e secrets/$1 ]]; then printf '%s\n' "$2" >"secrets/$1"; fi
}

make session_keys "$(date +%Y-%m):$(openssl rand -base64 32)"
make nonce_secrets "$(openssl rand -base64 32)"
for role in owner api admin kick; do
    # In hexadecimal digits, so that it can stand in a URL.
    make "${role}_password" "$(openssl rand -hex 32)"
    user=$role
    if [[ $role == admin ]]; then user=admin_api; fi
    make "${role}_database_url" "postgres://$user:$(<"secrets/${role}_password")@database/verifluence"
done
