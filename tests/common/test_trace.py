"""The reason of a decision: stored small, opened in plain Japanese."""

import json

import pytest

from kaigo.common.trace import Catalogue, InputText, StepText, compact, explain, write

CATALOGUE = Catalogue(
    steps={
        "income": StepText("所得", "令38条", "{total}から{less}を引いて{outcome}です。", "yen"),
        "taxed": StepText("課税", "令38条", "本人は{outcome}です。", "text", {"True": "課税", "False": "非課税"}),
    },
    inputs={"total": InputText("合計所得金額", "yen"), "less": InputText("控除額", "yen")},
)


def test_a_trace_survives_storage_and_reads_the_same():
    trace = (("income", {"total": 1234567, "less": 100000}, 1134567), ("taxed", {}, True))
    stored = compact(trace)
    assert stored == '[["income",{"total":1234567,"less":100000},1134567],["taxed",{},true]]'
    assert explain(json.loads(stored), CATALOGUE) == explain(trace, CATALOGUE)


def test_a_step_is_title_sentence_article_inputs_and_outcome():
    (step,) = explain([("income", {"total": 1234567, "less": 0}, 1234567)], CATALOGUE)
    assert step.sentence == "1,234,567円から0円を引いて1,234,567円です。"
    assert (step.title, step.article, step.outcome) == ("所得", "令38条", "1,234,567円")
    assert step.inputs == (("合計所得金額", "1,234,567円"), ("控除額", "0円"))


def test_words_stand_for_values():
    assert explain([("taxed", {}, False)], CATALOGUE)[0].sentence == "本人は非課税です。"


def test_a_place_that_an_old_trace_did_not_keep_is_shown_as_such():
    assert explain([("income", {"total": 1}, 1)], CATALOGUE)[0].sentence == "1円から（記録なし）を引いて1円です。"


def test_a_code_that_never_was_is_a_defect():
    with pytest.raises(KeyError):
        explain([("incom", {}, 1)], CATALOGUE)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234, "yen", "1,234円"),
        ("2026-04-01", "day", "令和8年4月1日"),
        (285, "permille", "0.285"),
        (2400, "permille", "2.400"),
        (7, "months", "7か月"),
        (2, "count", "2人"),
        (13, "tier", "第13段階"),
        (None, "yen", "なし"),
        ("そのまま", "text", "そのまま"),
    ],
)
def test_values_are_written_as_on_screen(value, kind, text):
    assert write(value, kind) == text
