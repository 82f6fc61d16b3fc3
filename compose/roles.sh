#!/bin/bash
# Run once by the PostgreSQL image when the volume is empty: the two roles and the database.
# It lies beside docker-compose.yml's other files because nothing but compose uses it; on a laptop
# the portal's own launcher makes the same roles (derby_portal/local/postgres.py).
set -euo pipefail

# psql quotes the values itself (:'name'), so a password may hold any character.
psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="${PORTAL_OWNER_PASSWORD:?}" \
    --set app_password="${PORTAL_APP_PASSWORD:?}" <<'SQL'
CREATE ROLE portal_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE portal_app LOGIN PASSWORD :'app_password';
CREATE DATABASE portal OWNER portal_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE portal FROM PUBLIC;
GRANT CONNECT ON DATABASE portal TO portal_app;
SQL
