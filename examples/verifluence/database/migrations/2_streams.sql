CREATE TABLE streams (
    id text PRIMARY KEY,
    title text NOT NULL,
    live boolean NOT NULL DEFAULT false
);

-- What was seen of a stream at one time.
CREATE TABLE probes (
    stream text NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    at timestamptz NOT NULL,
    viewers integer NOT NULL,
    bitrate_kbps integer NOT NULL,
    PRIMARY KEY (stream, at)
);

CREATE TABLE watchlists (
    wallet text NOT NULL,
    stream text NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (wallet, stream)
);

GRANT SELECT ON streams TO verifluence_api, verifluence_admin;
GRANT SELECT ON probes TO verifluence_admin;
GRANT SELECT, INSERT, DELETE ON watchlists TO verifluence_api;
