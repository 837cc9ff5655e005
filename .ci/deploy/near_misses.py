"""What must be refused: a file, what is changed in it, and words of the problem that must be told.

Each is tried alone, on a copy of the files that pass.
"""

COMPOSE = "verifluence/deploy/docker-compose.yml"
HA = "verifluence/deploy/docker-compose.ha.yml"
CONFIG = "verifluence/deploy/config.yml"
ORIGIN = "plue/deploy/kubernetes/origin.yaml"
ORIGIN_SERVICE = "plue/deploy/kubernetes/origin-service.yaml"
GIT = "plue/deploy/kubernetes/git-ssh.yaml"
GIT_SERVICE = "plue/deploy/kubernetes/git-ssh-service.yaml"
EDGE = "plue/deploy/kubernetes/native-edge/edge.yaml"
PATCH = "plue/deploy/kubernetes/native-edge/origin-patch.yaml"

ALL = [
    # Compose
    (COMPOSE, "    secrets: [api_database_url, session_keys", '    ports: ["3000:3000"]\n    secrets: [api_database_url, session_keys', "it publishes 3000:3000"),
    (COMPOSE, "    secrets: [api_database_url, session_keys", '    ports: ["127.0.0.1:3000:3000"]\n    secrets: [api_database_url, session_keys', "it publishes 127.0.0.1:3000"),
    (COMPOSE, '"127.0.0.1:5432:5432"', '"5432:5432"', "it publishes 5432:5432"),
    (COMPOSE, '"127.0.0.1:5432:5432"', '"0.0.0.0:5432:5432"', "it publishes 0.0.0.0"),
    (COMPOSE, '["127.0.0.1:5432:5432"]', "[{ target: 5432, published: 5432 }]", "it publishes"),
    (COMPOSE, "cloudflared:2026.7.3", "cloudflared:latest", "not pinned"),
    (COMPOSE, "cloudflared:2026.7.3", "cloudflared", "not pinned"),
    (COMPOSE, "postgres:17.6-bookworm", "postgres:17", "not pinned"),
    (COMPOSE, "verifluence-api:${VERSION:?}", "verifluence-api:${VERSION:-latest}", "not pinned"),
    (COMPOSE, "run --token-file /run/secrets/tunnel_token", "run --token eyJhIjoi", "the token stands in its command"),
    (COMPOSE, "    secrets: [tunnel_token]\n", "    secrets: [tunnel_token]\n    environment: { TUNNEL_TOKEN: abc }\n", "TUNNEL_TOKEN is a secret"),
    (COMPOSE, "    secrets: [tunnel_token]\n", "", "which it is not given"),
    (COMPOSE, "DATABASE_URL_FILE: /run/secrets/api_database_url", "DATABASE_URL: postgres://api:x@database/verifluence", "DATABASE_URL is a secret"),
    (COMPOSE, "DATABASE_URL_FILE: /run/secrets/kick_database_url", "DATABASE_URL_FILE: /run/secrets/owner_database_url", "which it is not given"),
    (COMPOSE, "WEB_ORIGINS: ${", "WEB_ORIGIN: ${", "it reads no variable WEB_ORIGIN"),
    (COMPOSE, "KICK_BROADCASTERS: ${KICK_BROADCASTERS:?}", "KICK_BROADCASTERS: ${BROADCASTERS:?}", "do not both have"),
    (COMPOSE, "TUNNEL_FROM: 172.28.4.10", "TUNNEL_FROM: 172.28.4.2", "the tunnel's daemons are"),
    (COMPOSE, "      TUNNEL_FROM: 172.28.4.18\n", "", "the tunnel's daemons are"),
    (COMPOSE, "LISTEN: 172.28.4.11:3002", "LISTEN: 0.0.0.0:3002", "does not listen on its own address"),
    (COMPOSE, "tunnel-kick: { ipv4_address: 172.28.4.19 }", "tunnel-kick: {}", "no address of one member alone"),
    (COMPOSE, "tunnel-kick: { ipv4_address: 172.28.4.19 }", "tunnel-kick: { ipv4_address: 172.28.4.18 }", "no address of one member alone"),
    (COMPOSE, "172.28.4.19 }\n      database-kick: {}", "172.28.4.19 }\n      database-api: {}", "reach each other"),
    (COMPOSE, "    networks:\n      tunnel-kick: { ipv4_address: 172.28.4.19 }\n      database-kick: {}\n", "", "no networks"),
    (COMPOSE, "      tunnel-out: {}\n", "      tunnel-out: {}\n      database-api: {}\n", "the tunnel reaches the database"),
    (COMPOSE, "tunnel-admin: { internal: true,", "tunnel-admin: {", "leads to the Internet"),
    (COMPOSE, "database-api: { internal: true }", "database-api: {}", "leads to the Internet"),
    (COMPOSE, "    users: { condition: service_completed_successfully }", "    users: { condition: service_started }", "does not wait for the migration"),
    (COMPOSE, '[CMD, ready, "3003"]', '[CMD, ready, "3002"]', "its health is at port 3003"),
    (COMPOSE, '    restart: "no"', "    restart: always", "it is to run once"),
    (COMPOSE, "    read_only: true", "    readonly: true", "readonly"),
    (HA, "172.28.4.2,172.28.4.4", "172.28.4.2", "the tunnel's daemons are"),
    (HA, "172.28.4.12 }", "172.28.4.10 }", "no address of one member alone"),
    ("verifluence/deploy/docker-compose.both.yml", "ADMIN_SECRET_FILE: /run/secrets/admin_secret", "ADMIN_SECRET: hunter2", "ADMIN_SECRET is a secret"),
    ("verifluence/deploy/.env.example", "VERSION=0.1.0", "VERSION=0.1.0\nADMIN_SECRET=hunter2", "ADMIN_SECRET is a secret"),
    # The tunnel
    (CONFIG, "ingress:\n", "originRequest:\n  access: { required: true, teamName: verifluence, audTag: [aud] }\n\ningress:\n", "access"),
    (CONFIG, "ingress:\n", "access: { required: true, teamName: verifluence, audTag: [aud] }\n\ningress:\n", "'access' was unexpected"),
    (CONFIG, "    originRequest:\n      # In the rule. cloudflared reads an `access` above the rules, and does nothing about it.\n      access:", "    access:", "'access' was unexpected"),
    (CONFIG, "        required: true\n", "", "'required' is a required property"),
    (CONFIG, "required: true", "required: false", "True was expected"),
    (CONFIG, "audTag: [REPLACE-BY-THE-APPLICATIONS-AUD]", "audTag: []", "audTag"),
    (CONFIG, "teamName: verifluence", "teamName: verifluence.cloudflareaccess.com", "teamName"),
    (CONFIG, "audTag:", "audTags:", "'audTags' was unexpected"),
    (CONFIG, "\n  - service: http_status:404\n", "\n", "the last rule is not the one"),
    (CONFIG, "  - service: http_status:404", "  - service: http://api:3000", "the last rule is not the one"),
    (CONFIG, "  - hostname: kick.verifluence.io\n    service", "  - service", "takes every host"),
    (CONFIG, "http://api:3000", "http://api:3000/api", "http://api:3000/api"),
    (CONFIG, "http://api:3000", "http://api:3005", "no server listens at"),
    (CONFIG, "    originRequest:\n", "    originRequest:\n      noTLSVerify: true\n", "False was expected"),
    (CONFIG, "    service: http://kick-server:3000\n", "    service: http://kick-server:3000\n    originRequest: { access: { required: true, teamName: verifluence, audTag: [aud] } }\n", "kick-server is behind `access`"),
    ("verifluence/deploy/terraform/tunnel.tf", "http://kick-server:3000", "http://kick-server:3001", "Terraform's rules"),
    # Kubernetes
    (ORIGIN_SERVICE, "externalTrafficPolicy: Local", "externalTrafficPolicy: Cluster", "takes the place of Cloudflare's"),
    (GIT_SERVICE, "  externalTrafficPolicy: Local\n", "", "takes the place of Cloudflare's"),
    (ORIGIN_SERVICE, "    - 131.0.72.0/22\n", "", "loadBalancerSourceRanges"),
    (GIT_SERVICE, "    - 131.0.72.0/22\n", "    - 131.0.72.0/22\n    - 0.0.0.0/0\n", "loadBalancerSourceRanges"),
    (GIT_SERVICE, "type: LoadBalancer", "type: NodePort", "past the load balancer"),
    (ORIGIN_SERVICE, "targetPort: https", "targetPort: 8081", "for the inside"),
    (GIT_SERVICE, "targetPort: ssh", "targetPort: 2022", "for the inside"),
    (ORIGIN_SERVICE, "targetPort:", "targetport:", "targetport"),
    (ORIGIN_SERVICE, "selector: { app: origin }", "selector: { app: orgin }", "it selects no pods"),
    (ORIGIN, "plue-origin:0.1.0", "plue-origin:latest", "not pinned"),
    (ORIGIN, "mountPath: /etc/plue/certs,", "mountPath: /etc/plue/cert,", "where nothing is mounted"),
    (ORIGIN, "mountPath: /etc/plue/certs, readOnly: true", "mountPath: /etc/plue/certs/ca.crt, subPath: ca.crt", "is never seen"),
    (ORIGIN, "secret: { secretName: mtls-ca,", "secret: { secretName: mtls,", "the secret mtls-ca is not mounted"),
    (ORIGIN, "name: PLUE_OBSERVE", "name: PLUE_OBSERVER", "it reads no variable PLUE_OBSERVER"),
    (ORIGIN, "name: PLUE_CA,", "name: PLUE_CA_FILE,", "it reads no variable PLUE_CA_FILE"),
    (ORIGIN, "name: REDIS_URL_FILE, value: /etc/plue/sign-in/redis-url", 'name: REDIS_URL, value: "redis://:x@redis"', "REDIS_URL is a secret"),
    (ORIGIN, "- { name: PLUE_OBSERVE,", '- { name: PLUE_DEV_MODE, value: "true" }\n            - { name: PLUE_OBSERVE,', "PLUE_DEV_MODE"),
    (ORIGIN, "- { name: PLUE_OBSERVE,", '- { name: PLUE_USER_EDGES, value: "sha256/AA" }\n            - { name: PLUE_OBSERVE,', "not by both"),
    (ORIGIN, "runAsNonRoot: true", "runAsNonRoot: false", "may run as root"),
    (ORIGIN, "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 20", "before it has drained"),
    (ORIGIN, "kind: Deployment", "kind: Deploiment", "Deploiment"),
    (GIT, "name: SSHD,", "name: SSHD_ADDRESS,", "it reads no variable SSHD_ADDRESS"),
    (EDGE, "name: PLUE_UPSTREAM_CERT", "name: PLUE_UPSTREAM_CRT", "it reads no variable PLUE_UPSTREAM_CRT"),
    (PATCH, "name: PLUE_USER_EDGES", "name: PLUE_USER_EDGE", "it reads no variable PLUE_USER_EDGE"),
    # Images
    ("verifluence/deploy/Dockerfile", "rust:1.95.0-slim-bookworm", "rust:latest", "not pinned"),
    ("verifluence/deploy/Dockerfile", "USER 65532:65532\n", "", "runs as root"),
    ("verifluence/deploy/Dockerfile", "AS admin-api", "AS admin", "there is no target admin-api"),
    ("verifluence/deploy/Dockerfile", "-p verifluence-database", "-p verifluence-databases", "there is no package"),
    ("plue/deploy/Dockerfile", "/programs/plue-origin", "/programs/plue-origins", "is no program of what is built"),
    # Documents
    ("plue/deploy/ROLLBACK.md", "-var through_spectrum=", "-var through_spektrum=", "Terraform has no variable"),
    ("plue/deploy/ROLLBACK.md", "deployment/git-ssh OBSERVE=true", "deployment/git-ssh PLUE_OBSERVE=true", "reads no variable PLUE_OBSERVE"),
    ("plue/deploy/kubernetes/origin.yaml", '            - { name: PLUE_OBSERVE, value: "false" }\n', "", "does not stand in its manifest"),
    ("verifluence/deploy/MIGRATION.md", "secret_for_a_while=true", "secret_for_a_time=true", "Terraform has no variable"),
    ("verifluence/deploy/MIGRATION.md", "docker-compose.both.yml", "docker-compose.secret.yml", "there is no file"),
    ("verifluence/deploy/README.md", "output -raw tunnel_token", "output -raw token", "Terraform has no output"),
]
