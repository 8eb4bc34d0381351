from django.db import migrations


def carry_on(apps, schema_editor):
    """Letters that were numbered before there were series: the series go on after them."""
    schema_editor.execute(
        "INSERT INTO audit_numberseries (series, fiscal_year, last)"
        " SELECT '点照', substring(number FROM '点照(\\d+)-')::int, max(substring(number FROM '-(\\d+)$')::int)"
        " FROM watching_letter GROUP BY 2"
    )


class Migration(migrations.Migration):
    dependencies = [("watching", "0001_watching"), ("audit", "0005_number_series")]

    operations = [migrations.RunPython(carry_on, migrations.RunPython.noop)]
