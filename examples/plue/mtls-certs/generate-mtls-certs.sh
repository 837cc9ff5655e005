#!/usr/bin/env bash
# An authority of your own and a client certificate of it, for Cloudflare's Authenticated Origin Pulls.
#
#   generate-mtls-certs.sh [OUTPUT_DIR]          default ./certs
#
#   NAME=Plue      the organization                 letters, digits, space, `.` and `-`, at most 32
#   KEY=rsa2048    the client's key                 rsa2048 or p256
#   CA_KEY=rsa4096 the authority's key              rsa4096, rsa2048 or p256
#   DAYS=365       how long the client certificate is valid
#   CA_DAYS=3650   how long the authority is valid
#
# Needs OpenSSL 3.0 or later, and nothing of the system's openssl.cnf. Overwrites nothing.
set -euo pipefail
umask 077

out=${1:-./certs}
name=${NAME:-Plue} key=${KEY:-rsa2048} ca_key=${CA_KEY:-rsa4096} days=${DAYS:-365} ca_days=${CA_DAYS:-3650}
files=(ca.key ca.crt client.key client.crt)

fail() {
    echo "error: $1" >&2
    exit 1
}

(($# <= 1)) || fail "usage: generate-mtls-certs.sh [OUTPUT_DIR]"
[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9\ .-]{0,31}$ ]] || fail "NAME has letters, digits, space, '.' and '-', at most 32"
[[ $days =~ ^[1-9][0-9]{0,3}$ && $ca_days =~ ^[1-9][0-9]{0,4}$ ]] || fail "DAYS and CA_DAYS are numbers of days"
((days <= ca_days)) || fail "the authority would end before the certificate: lower DAYS or raise CA_DAYS"
[[ $key != rsa4096 ]] || fail "KEY is rsa2048 or p256"
for file in "${files[@]}"; do
    [[ ! -e $out/$file && ! -L $out/$file ]] || fail "$out/$file is there already, and nothing is overwritten"
done

work=$(mktemp -d)
written=()
finish() {
    local status=$?
    if ((status != 0)) && ((${#written[@]} > 0)); then rm -f -- "${written[@]}"; fi
    rm -rf -- "$work"
}
trap finish EXIT

# PKCS#8, without a block EC PARAMETERS and without a passphrase: what Cloudflare takes.
new_key() {
    local options
    case $1 in
        rsa4096 | rsa2048) options=(-algorithm RSA -pkeyopt "rsa_keygen_bits:${1#rsa}") ;;
        p256) options=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve) ;;
        *) fail "a key is rsa4096, rsa2048 or p256, not $1" ;;
    esac
    openssl genpkey "${options[@]}" -out "$2" 2>"$work/log" || fail "$(cat "$work/log")"
}

# 16 bytes, the first of them neither zero nor negative.
serial() {
    local random
    random=$(openssl rand -hex 16) || return
    echo "0x4${random:1}"
}

export OPENSSL_CONF=/dev/null
tag=$(openssl rand -hex 3)

# The authority's name is used once: in a rotation two authorities are trusted at a time, and whoever
# verifies finds a list of revoked certificates by its authority's name.
export OPENSSL_CONF=$work/openssl.cnf
cat >"$OPENSSL_CONF" <<CONFIG
[req]
prompt = no
string_mask = utf8only
distinguished_name = ca_name

[ca_name]
O = $name
CN = $name Origin Pull CA $(date -u +%Y%m%d) $tag

[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always

[client]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
CONFIG

ca_serial=$(serial)
client_serial=$(serial)

new_key "$ca_key" "$work/ca.key"
openssl req -new -x509 -sha256 -config "$OPENSSL_CONF" -extensions ca -set_serial "$ca_serial" \
    -days "$ca_days" -key "$work/ca.key" -out "$work/ca.crt"

new_key "$key" "$work/client.key"
openssl req -new -sha256 -config "$OPENSSL_CONF" -subj "/O=$name/CN=Cloudflare Origin Pull" \
    -key "$work/client.key" -out "$work/client.csr"
# Without -extfile, OpenSSL before 3.2 makes a certificate of version 1, which says nothing of what it
# is for: neither Cloudflare nor rustls takes it.
openssl x509 -req -sha256 -extfile "$OPENSSL_CONF" -extensions client -set_serial "$client_serial" \
    -days "$days" -in "$work/client.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" \
    -out "$work/client.crt" 2>"$work/log" || fail "$(cat "$work/log")"

openssl verify -x509_strict -purpose sslclient -CAfile "$work/ca.crt" "$work/client.crt" >"$work/log" 2>&1 ||
    fail "$(cat "$work/log")"
text=$(openssl x509 -in "$work/client.crt" -noout -text)
[[ $text == *'Version: 3 '* && $text == *'CA:FALSE'* ]] || fail "openssl made no leaf of X.509 version 3"

mkdir -p -- "$out"
for file in "${files[@]}"; do
    if [[ $file == *.crt ]]; then umask 022; else umask 077; fi
    # A file that has come there meanwhile stays as it is.
    (set -o noclobber && : >"$out/$file")
    written+=("$out/$file")
    cat -- "$work/$file" >"$out/$file"
done

cat <<NEXT
$out/ca.crt      what the origin trusts
$out/ca.key      signs client certificates: neither for the origin nor for Cloudflare
$out/client.crt  for Cloudflare
$out/client.key  for Cloudflare, and nobody else
NEXT
