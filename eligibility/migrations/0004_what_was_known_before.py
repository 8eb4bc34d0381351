"""What was known before versions were kept: one version (異動事由 00), the stays and 他特例 of each resident.

Former stays are read from the households: an unbroken run of them was a stay, and its end the day of loss.
"""

from typing import Any

from django.db import migrations

CONTEXT = """
    SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true),
        set_config('pghistory.context_metadata', '{"staff_name": "移行", "reason": "住民であった期間の引継ぎ"}', true)
"""
VERSIONS = """
    INSERT INTO eligibility_residentversion (resident_id, history_serial, event, event_on, received_at, status,
        household_number, relationship, name, kana, alias, ward_code, town, lot, building, resident_from,
        resident_until, taken_over_on, previous_municipality, insured_elsewhere, elsewhere_insurer_number, digest)
    SELECT r.id, r.history_serial, '00', coalesce(lower(h.period), r.resident_from), now(), r.status,
        coalesce(h.household_number, ''), coalesce(h.relationship, ''), r.name, r.kana, r.alias, r.ward_code, r.town,
        r.lot, r.building, r.resident_from, r.resident_until, r.taken_over_on, r.previous_municipality,
        r.insured_elsewhere, r.elsewhere_insurer_number, ''
    FROM eligibility_resident r
    LEFT JOIN LATERAL (SELECT * FROM eligibility_householdmembership m WHERE m.resident_id = r.id
        ORDER BY m.period DESC LIMIT 1) h ON true
"""
STAYS = """
    INSERT INTO eligibility_residence (resident_id, begun_on, begin, ended_on, "end", taken_over_on)
    SELECT resident_id, lower(span), 'move_in', (upper(span) - 1), 'move_out', NULL FROM (
        SELECT h.resident_id, unnest(range_agg(h.period)) AS span FROM eligibility_householdmembership h
        JOIN eligibility_resident r ON r.id = h.resident_id
        WHERE upper(h.period) <= r.resident_from GROUP BY h.resident_id) former
    UNION ALL
    SELECT id, resident_from, 'move_in', resident_until,
        CASE WHEN resident_until IS NULL THEN '' WHEN status = '3' THEN 'death' WHEN status = '4' THEN 'removed'
            ELSE 'move_out' END, taken_over_on
    FROM eligibility_resident
"""
ELSEWHERE = """
    INSERT INTO eligibility_elsewhereperiod (resident_id, begun_on, insurer_number)
    SELECT id, resident_from, elsewhere_insurer_number FROM eligibility_resident WHERE insured_elsewhere
"""


def carry_over(apps: Any, editor: Any) -> None:
    """Fill the new tables from what the old ones say; nothing to do in an empty database."""
    if not apps.get_model("eligibility", "Resident").objects.exists():
        return
    with editor.connection.cursor() as cursor:
        for statement in (CONTEXT, VERSIONS, STAYS, ELSEWHERE):
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0003_facts_of_insurance")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
