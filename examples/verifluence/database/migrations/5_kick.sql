-- The ids of messages: what kick-hmac's PostgresReplays asks for.
CREATE TABLE IF NOT EXISTS kick_deliveries (
    message_id text PRIMARY KEY,
    lease bytea NOT NULL,
    leased_until timestamptz NOT NULL,
    committed_at timestamptz
);
CREATE INDEX IF NOT EXISTS kick_deliveries_leased_until ON kick_deliveries (leased_until);

CREATE TABLE kick_events (
    message_id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at text NOT NULL,
    kind text NOT NULL,
    claimed_type text,
    claimed_version text,
    body bytea NOT NULL
);
CREATE UNIQUE INDEX kick_events_sequence ON kick_events (sequence);
CREATE INDEX kick_events_kept_at ON kick_events (kept_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON kick_deliveries, kick_events TO verifluence_kick;
