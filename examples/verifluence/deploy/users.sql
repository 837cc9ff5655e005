-- A user for each role that verifluence-migrate has made, with the password that stands in its file.
\set ON_ERROR_STOP on
\set api `cat /run/secrets/api_password`
\set admin `cat /run/secrets/admin_password`
\set kick `cat /run/secrets/kick_password`

SELECT format('CREATE USER %I IN ROLE %I', name, role)
FROM (VALUES ('api', 'verifluence_api'), ('admin_api', 'verifluence_admin'), ('kick', 'verifluence_kick')) AS wanted (name, role)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER USER api PASSWORD :'api';
ALTER USER admin_api PASSWORD :'admin';
ALTER USER kick PASSWORD :'kick';
