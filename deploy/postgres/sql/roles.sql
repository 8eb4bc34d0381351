-- The three roles and the database, for a PostgreSQL 18 of one's own. Run as superuser; can be run again.
--   psql -d postgres -v database=kaigo -v owner_password=… -v app_password=… -v report_password=… -f roles.sql
--
-- kaigo_owner   migrations; owns the tables
-- kaigo_app     the application; its rights on tables are given by `manage.py migrate`
-- kaigo_report  read only, for reports and replicas; no secrets

\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['kaigo_owner', 'kaigo_app', 'kaigo_report']) AS name
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE kaigo_owner LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE kaigo_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
ALTER ROLE kaigo_report LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'report_password';
ALTER ROLE kaigo_report SET default_transaction_read_only = on;

SELECT format('CREATE DATABASE %I OWNER kaigo_owner TEMPLATE template0', :'database')
WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = :'database')
\gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO kaigo_app;
GRANT CONNECT ON DATABASE :"database" TO kaigo_report;

\connect :"database"
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
