"""A resident file of about 300 MB: taken in with memory that does not grow with it.

`KAIGO_BENCH_RESIDENTS` sets the number of persons; a quarter of them are 65 or more.
"""

import os
import sys
import time

import pytest

from audit.services import bootstrap
from eligibility.models import Insured, Resident
from kaigo.common import clock
from tests.bench.tax_import import peak
from tests.linkage.incoming import DAY, Desk, counts, individual_number, text_of

RESIDENTS = int(os.environ.get("KAIGO_BENCH_RESIDENTS", "900000"))
MARK = {
    "宛名番号": "NUMBER",
    "世帯番号": "HOUSE",
    "個人番号": "SECRET",
    "生年月日": "BORN",
    "町名": "見本町" * 12,
    "方書": "見本荘" * 8,
}


def write_file(path):
    """Everybody in one file, written row by row from one pattern."""
    head, columns, row, _ = text_of("JUMIN", [MARK]).split("\r\n")[:4]
    with path.open("w", encoding="utf8", newline="") as out:
        out.write(f"{head.rsplit(',', 1)[0]},{RESIDENTS}\r\n{columns}\r\n")
        for number in range(1, RESIDENTS + 1):
            born = f"3{20 if number % 4 == 0 else 50}{number % 12 + 1:02}{number % 28 + 1:02}"
            person = row.replace("NUMBER", f"{number:015}").replace("HOUSE", f"{number // 2:015}")
            out.write(person.replace("SECRET", individual_number(number)).replace("BORN", born) + "\r\n")
        out.write(f"T,{RESIDENTS}\r\n")
    return path


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_taken_in_with_flat_memory(tmp_path, settings):
    settings.INBOX = tmp_path / "inbox"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "storage"}
        },
    }  # fmt: skip
    bootstrap()
    path = write_file(tmp_path / "JUMIN_20260605_001.csv")
    before, started = peak(), time.perf_counter()
    with clock.at(DAY):
        job = Desk(tmp_path).take_path("JUMIN", path)
    seconds = time.perf_counter() - started
    assert (job.failure, counts(job)) == ("", (RESIDENTS, RESIDENTS, 0, 0))
    assert (Resident.objects.count(), Insured.objects.count()) == (RESIDENTS, RESIDENTS // 4)
    sys.__stdout__.write(
        f"\nresidents                 {RESIDENTS:>10,}    ({path.stat().st_size / 1e6:.0f} MB)"
        f"\ntake-in                   {seconds:>10.1f} s  ({RESIDENTS / seconds:,.0f} rows per second)"
        f"\npeak memory               {peak():>10.0f} MiB (aim at most 300; {before:.0f} before)\n"
    )
    assert peak() <= 300
