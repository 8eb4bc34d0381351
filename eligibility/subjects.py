"""Who the residents are that the ledgers of accountability speak of (audit.subjects)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.urls import reverse

from audit import subjects
from audit.subjects import Subject, address_key, surname_key
from eligibility.models import Resident
from kaigo.common import kana


def find(public_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """The residents behind the public ids. One SQL statement."""
    rows = Resident.objects.filter(public_id__in=public_ids).select_related("insured")
    return {row.public_id: _subject(row) for row in rows}


def _subject(resident: Resident) -> Subject:
    insured = getattr(resident, "insured", None)
    return Subject(
        public_id=resident.public_id,
        name=resident.name,
        kana=resident.kana,
        number=insured.insured_number if insured else "",
        office_id=resident.office_id,
        is_protected=resident.is_protected,
        surname_key=surname_key(resident.name),
        address_key=address_key(resident.town, resident.lot),
        path=reverse("person", args=[resident.public_id]),
    )


def find_exact(number: str, reading: str, birth: date | None) -> list[Subject]:
    """By insured number, or by the whole kana and the day of birth. One SQL statement."""
    rows = Resident.objects.select_related("insured")
    if number:
        return [_subject(row) for row in rows.filter(insured__insured_number=number)]
    if not (reading and birth):
        return []
    found = rows.filter(kana_key=kana.search_key(reading), birth_date=birth)[:10]
    return [_subject(row) for row in found]


subjects.provide(find)
subjects.provide_exact(find_exact)
