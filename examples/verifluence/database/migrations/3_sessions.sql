-- Used nonces and ended sessions: what siwe-session's PostgresNonces asks for.
CREATE TABLE IF NOT EXISTS verifluence_used (
    key text PRIMARY KEY,
    kept_until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS verifluence_used_kept_until ON verifluence_used (kept_until);

GRANT SELECT, INSERT, UPDATE, DELETE ON verifluence_used TO verifluence_api;
