#!/bin/bash
set -euo pipefail
OUTPUT_DIR="${1:-./certs}"
mkdir -p "$OUTPUT_DIR"
openssl genrsa -out "$OUTPUT_DIR/ca.key" 4096
openssl req -new -x509 -days 3650 -key "$OUTPUT_DIR/ca.key" \
-subj "/CN=Plue Origin CA/O=Plue/C=US" \
-out "$OUTPUT_DIR/ca.crt"
openssl genrsa -out "$OUTPUT_DIR/client.key" 4096
openssl req -new -key "$OUTPUT_DIR/client.key" \
-subj "/CN=Cloudflare Client/O=Plue/C=US" \
-out "$OUTPUT_DIR/client.csr"
openssl x509 -req -days 365 -in "$OUTPUT_DIR/client.csr" \
-CA "$OUTPUT_DIR/ca.crt" -CAkey "$OUTPUT_DIR/ca.key" \
-CAcreateserial -out "$OUTPUT_DIR/client.crt"
cat "$OUTPUT_DIR/client.crt" "$OUTPUT_DIR/client.key" > "$OUTPUT_DIR/client.pem"
echo "Certificates generated in $OUTPUT_DIR"
echo "Upload client.pem to Cloudflare for Authenticated Origin Pulls"
echo "Configure origin server with ca.crt to verify client certificates"
