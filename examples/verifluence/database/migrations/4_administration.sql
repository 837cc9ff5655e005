CREATE TABLE operators (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    -- Who wrote it last: `user:<id>`, `service_token:<id>`, or `admin_secret`, of the time before Access.
    by text NOT NULL
);

CREATE TABLE invitations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    by text NOT NULL
);

-- One-time tokens. The admin API makes them, the public API takes them away; what is kept is a SHA-256.
CREATE TABLE impersonations (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    by text NOT NULL,
    expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON operators, invitations TO verifluence_admin;
GRANT SELECT (id, name) ON operators TO verifluence_api;
GRANT INSERT ON impersonations TO verifluence_admin;
GRANT SELECT (expires_at), DELETE ON impersonations TO verifluence_admin;
GRANT SELECT, DELETE ON impersonations TO verifluence_api;
