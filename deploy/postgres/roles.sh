#!/usr/bin/env bash
# Run once by the postgres container when its data folder is empty.
set -euo pipefail
psql --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set database=kaigo \
  --set owner_password="$KAIGO_OWNER_PASSWORD" \
  --set app_password="$KAIGO_APP_PASSWORD" \
  --set report_password="$KAIGO_REPORT_PASSWORD" \
  --file "$(dirname "${BASH_SOURCE[0]}")/sql/roles.sql"
