-- A role for each server, which may do what that server does and no more. Nobody signs in as one of
-- these: who deploys makes users of them (CREATE USER … IN ROLE verifluence_api).
DO $$
DECLARE
    server text;
BEGIN
    FOREACH server IN ARRAY ARRAY['verifluence_api', 'verifluence_admin', 'verifluence_kick'] LOOP
        -- Roles are of all databases of a server.
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = server) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', server);
        END IF;
    END LOOP;
END
$$;

-- So that each can tell whether the database is as far as it is itself.
GRANT SELECT ON _sqlx_migrations TO verifluence_api, verifluence_admin, verifluence_kick;
