"""The search box over a million residents: every kind of question, by a clerk of one ward and at the head office.

`KAIGO_BENCH_RESIDENTS` sets the number of residents. The floor is one bare question by an indexed number.
"""

import os
import statistics
import sys
import time

import pytest
from django.db import connection

from audit.actor import Actor
from audit.models import Office
from audit.services import bootstrap
from eligibility.finding import find_people
from eligibility.models import Resident
from eligibility.search import read_search
from tests import factories
from tests.bench import people

RESIDENTS = int(os.environ.get("KAIGO_BENCH_RESIDENTS", "1000000"))
TARGET = 50  # ms, of the slowest in twenty
REPEATS = 5
# The kinds of question, each with several that are asked in turn.
KINDS = {
    "insured number": ("0000000011", "0000500001", "12", "0000300002"),
    "telephone": ("0430000011", "043-050-0001"),
    "kana, common": ("サトウ", "スズキ", "タナカ", "さとう"),
    "kana, one letter": ("サ", "タ", "ア", "カ", "ヤ"),
    "kana, whole name": ("サトウ　ハナコ", "ヤマダ タロウ", "ヤマモト ショウ"),
    "kana, rare": ("ワシワキ", "ユマツ", "レ"),
    "given name": ("ハナコ", "ヒロシ", "花子", "大輔"),
    "kanji, common": ("佐藤", "鈴木", "高橋", "渡邊"),
    "kanji, one": ("山", "田", "大", "中"),
    "kanji, whole name": ("佐藤 花子", "山崎 一郎", "齋藤 愛"),
    "name and day": ("サトウ S12.3.4", "山田 昭和25年1月2日"),
    "name and year": ("サトウ 昭和12年", "鈴木 1950年", "サ 昭和25年"),
    "day": ("昭和12年3月4日", "19500101"),
    "year": ("昭和12年", "1950"),
    "town": ("秋町", "鷲里町", "宮見町", "大町"),
    "town and lot": ("秋町 2-3", "大町1-2-3", "2-3"),
    "building": ("見本ハイツ101", "見本ハイツ", "メゾン"),
    "name and town": ("サトウ 秋町", "鈴木 大町", "サ 宮見町"),
    "given and town": ("花子 大町", "ハナコ 秋町"),
    "similar": ("サトワ", "スズサキ", "タカハジ", "ヤマダ　ハナゴ"),
    "nobody": ("ヌノカワ", "龍造寺", "ヤマダ 鹿児島"),
    "page 20": (("ヤマダ", 20), ("鈴木", 20)),
}


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_question_is_answered_while_somebody_types():
    bootstrap()
    begun = time.perf_counter()
    keys = people.build(RESIDENTS)
    say(f"\n{keys:,} residents with their keys in {time.perf_counter() - begun:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("VACUUM ANALYZE")
    wards = list(Office.objects.exclude(ward_code=""))
    everywhere = list(Office.objects.all())
    actors = {
        "ward": Actor.of(factories.staff("eligibility.view", at=wards[0])),
        "head": Actor.of(factories.staff("eligibility.view", at=wards[0], offices=everywhere)),
    }
    floor = quantiles([taken(lambda number=number: bare(number)) for number in range(1, 10_000, 100)])
    say(f"{'floor: one row by its number':<32}{floor[0]:>8.1f}{floor[1]:>8.1f} ms (p50, p95)")
    late = [line for name, actor in actors.items() for line in measure(name, actor)]
    assert not late, f"slower than {TARGET} ms: {late}"


def measure(name, actor):
    """Print p50 and p95 of each kind; those that miss the target."""
    late, times = [], []
    for kind, texts in KINDS.items():
        asked = [text if isinstance(text, tuple) else (text, 1) for text in texts]
        for text, page in asked:
            find_people(actor, read_search(text), page=page)
        found = [
            taken(lambda text=text, page=page: find_people(actor, read_search(text), page=page))
            for _ in range(REPEATS)
            for text, page in asked
        ]
        half, most = quantiles(found)
        times += found
        say(f"{name + ': ' + kind:<32}{half:>8.1f}{most:>8.1f} ms")
        if most >= TARGET:
            late.append(f"{name}: {kind} ({most:.0f} ms)")
    half, most = quantiles(times)
    say(f"{name + ': all':<32}{half:>8.1f}{most:>8.1f} ms")
    return late


def bare(number):
    """The floor: one resident by the addressee number, as a list of one."""
    return list(Resident.objects.filter(addressee_number=f"{number:015}"))


def taken(question):
    begun = time.perf_counter()
    question()
    return (time.perf_counter() - begun) * 1000


def quantiles(times):
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]


def say(text):
    sys.__stdout__.write(text + "\n")
    sys.__stdout__.flush()
