"""検索の手がかり: one row a resident, from which the search box answers; it follows from the other tables."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from audit.models import Office
from eligibility.models.residents import Resident


@SearchVectorField.register_lookup
class Fits(models.Lookup):
    """`words__fits`: the words fit a tsquery that is taken as it is written, not parsed as a text in some language."""

    lookup_name = "fits"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """words @@ query."""
        words, parameters = self.process_lhs(compiler, connection)
        return f"{words} @@ %s::tsquery", (*parameters, self.rhs)


@SearchVectorField.register_lookup
class Scanned(Fits):
    """`words__scanned`: the same, read row by row in the order of another index, where very many fit."""

    lookup_name = "scanned"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """The function behind @@, which no index knows."""
        words, parameters = self.process_lhs(compiler, connection)
        return f"ts_match_vq({words}, %s::tsquery)", (*parameters, self.rhs)


class SearchKey(models.Model):
    """検索の手がかり: what a resident can be found by (eligibility.search_keys fills it and finds what is stale).

    `words` are lexemes of one letter that says what they are and a folded text: kana, names, 通称, former names,
    beginnings of the address, birth date, office.
    """

    class Standing(models.IntegerChoices):
        INSURED = 0, "被保険者"
        RESIDENT = 1, "被保険者ではない住民"
        GONE = 2, "資格のない元住民・住登外"

    resident = models.OneToOneField(
        Resident, primary_key=True, on_delete=models.CASCADE, related_name="search_key", verbose_name="住民"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, db_index=False, verbose_name="担当事務所")
    standing = models.PositiveSmallIntegerField("並びの区分", choices=Standing.choices)
    kana_key = models.CharField("カナ検索キー", max_length=255, db_collation="C")
    name_key = models.CharField("氏名検索キー", max_length=255, db_collation="C")
    birth_date = models.DateField("生年月日")
    words = SearchVectorField("手がかりの語")

    class Meta:
        verbose_name = verbose_name_plural = "検索の手がかり"
        indexes = [
            # in the order of the results: a page is read, never everybody who fits
            models.Index(
                fields=["standing", "kana_key", "birth_date", "resident"], name="search_kana", include=["office"]
            ),
            models.Index(
                fields=["name_key"], name="search_name",
                include=["standing", "kana_key", "birth_date", "resident", "office"],
            ),
            GinIndex(fields=["words"], name="search_words", fastupdate=False),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.resident_id)
