"""The access log becomes a table partitioned by month; each row gets the transaction that wrote it and an epoch.

The state of the model stays as it is. Partitions are made by a function of the owner's, because the application's role
may not change tables; nobody is granted anything on a partition: rights are checked on the parent.
"""

from django.db import migrations

PARTITION = """
ALTER TABLE audit_accesslog RENAME TO audit_accesslog_before;
ALTER SEQUENCE audit_accesslog_id_seq RENAME TO audit_accesslog_before_id_seq;
ALTER TABLE audit_accesslog_before RENAME CONSTRAINT audit_accesslog_pkey TO audit_accesslog_before_pkey;
ALTER INDEX access_recent RENAME TO access_recent_before;
ALTER INDEX access_by_staff RENAME TO access_by_staff_before;
ALTER INDEX access_by_subject RENAME TO access_by_subject_before;

CREATE SEQUENCE audit_accesslog_id_seq;
CREATE TABLE audit_accesslog (
    LIKE audit_accesslog_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    epoch integer NOT NULL DEFAULT 1,
    PRIMARY KEY (id, at),
    FOREIGN KEY (staff_id) REFERENCES audit_staff (id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (job_id) REFERENCES audit_jobrun (id) DEFERRABLE INITIALLY DEFERRED
) PARTITION BY RANGE (at);
ALTER TABLE audit_accesslog ALTER COLUMN id SET DEFAULT nextval('audit_accesslog_id_seq');
ALTER SEQUENCE audit_accesslog_id_seq OWNED BY audit_accesslog.id;
CREATE INDEX access_recent ON audit_accesslog (at DESC, id DESC);
CREATE INDEX access_by_staff ON audit_accesslog (staff_id, at DESC);
CREATE INDEX access_by_subject ON audit_accesslog USING gin (subjects);
CREATE INDEX access_by_job ON audit_accesslog (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX access_in_order ON audit_accesslog (epoch, xid, id);
-- A wrong clock must not stop the log: its rows land here and are reported.
CREATE TABLE audit_accesslog_default PARTITION OF audit_accesslog DEFAULT;

CREATE FUNCTION audit_accesslog_partition(month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'audit_accesslog_' || to_char(first, 'YYYY_MM');
BEGIN
    IF first < date '2000-01-01' OR first > current_date + 400 THEN
        RAISE EXCEPTION 'no partition of the access log for %', first;
    END IF;
    -- Two at once: the second waits and finds it made.
    PERFORM pg_advisory_xact_lock(24225);
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT 1 FROM public.audit_accesslog_default
        WHERE at >= first::timestamp AT TIME ZONE 'Asia/Tokyo'
        AND at < (first + interval '1 month') AT TIME ZONE 'Asia/Tokyo'
    ) THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'CREATE TABLE public.%I PARTITION OF public.audit_accesslog FOR VALUES FROM (%L) TO (%L)',
        name, first::timestamp AT TIME ZONE 'Asia/Tokyo', (first + interval '1 month') AT TIME ZONE 'Asia/Tokyo'
    );
    RETURN name;
END
$$;
REVOKE ALL ON FUNCTION audit_accesslog_partition(date) FROM PUBLIC;

DO $$
DECLARE
    month date;
BEGIN
    FOR month IN
        SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'Asia/Tokyo')::date FROM audit_accesslog_before
        UNION SELECT (date_trunc('month', now() AT TIME ZONE 'Asia/Tokyo') + make_interval(months => n))::date
        FROM generate_series(0, 3) AS n
    LOOP
        PERFORM audit_accesslog_partition(month);
    END LOOP;
END
$$;

INSERT INTO audit_accesslog SELECT * FROM audit_accesslog_before ORDER BY id;
SELECT setval('audit_accesslog_id_seq', coalesce((SELECT max(id) FROM audit_accesslog_before), 1), true);
DROP TABLE audit_accesslog_before;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seals")]

    operations = [migrations.RunSQL(PARTITION)]
