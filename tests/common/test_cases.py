"""Case files and manage.py check_cases: partial expectations, refusals, differences with reasons, malformed cases."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kaigo.common import cases
from kaigo.common.refusal import Refusal
from kaigo.common.trace import ExplainedStep


def double(case, office):
    if case.given.get("number") == 13:
        raise Refusal("unlucky", "13は使えません。")
    steps = [ExplainedStep("倍にする", "数を2倍にしました。", "例1条", (), "")]
    factor = {**{row["name"]: row["value"] for row in office}, **case.settings}.get("factor", 2)
    number = case.given["number"] * factor
    return cases.Result({"number": number, "list": [{"a": 1, "b": 2}], "nothing": None}, steps)


@pytest.fixture
def rule(monkeypatch):
    for registry in ("_runners", "_folders", "_office_values"):
        monkeypatch.setattr(cases, registry, {})
    cases.register_rule("toy.double", double)


def check(tmp_path, text, name="toy.yaml"):
    (tmp_path / name).write_text(text, "utf-8")
    out, err = StringIO(), StringIO()
    try:
        call_command("check_cases", tmp_path / name, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{err.getvalue()}{error}"
    return 0, out.getvalue()


def a_file(body, top="rule: toy.double\nsource: 例1条\n"):
    return f"{top}cases:\n{body}"


GOOD = "  - {name: 三, date: 2026-04-01, input: {number: 3}, expected: {number: 6}}\n"


def test_agreement_ends_with_a_summary_and_success(rule, tmp_path):
    assert check(tmp_path, a_file(GOOD)) == (0, "事例 1件、一致 1件、相違 0件、形の誤り 0件\n")


def test_a_difference_shows_item_reason_and_article_and_fails(rule, tmp_path):
    code, text = check(tmp_path, a_file(GOOD.replace("number: 6", "number: 7")))
    assert code == 1
    assert "toy.yaml 「三」" in text
    assert "number: 期待 7 → 結果 6" in text
    assert "1. 倍にする: 数を2倍にしました。〔例1条〕" in text
    assert "相違 1件" in text


@pytest.mark.parametrize("expected", ["{list: [{a: 1}]}", "{nothing: null}", "{list: [{b: 2, a: 1}], number: 6}"])
def test_a_part_of_the_result_is_enough(rule, tmp_path, expected):
    assert check(tmp_path, a_file(GOOD.replace("{number: 6}", expected)))[0] == 0


@pytest.mark.parametrize(
    "expected", ["{list: []}", "{list: [{a: 1}, {a: 1}]}", "{list: [{c: 1}]}", "{number: true}", "{nothing: 0}"]
)
def test_what_does_not_agree_is_a_difference(rule, tmp_path, expected):
    code, text = check(tmp_path, a_file(GOOD.replace("{number: 6}", expected)))
    assert (code, "相違 1件" in text) == (1, True)


def test_an_expected_refusal_agrees_and_an_unexpected_one_is_a_difference(rule, tmp_path):
    refused = GOOD.replace("number: 3", "number: 13")
    assert check(tmp_path, a_file(refused.replace("number: 6", "refused: unlucky")))[0] == 0
    assert check(tmp_path, a_file(refused))[0] == 1
    assert check(tmp_path, a_file(GOOD.replace("number: 6", "refused: unlucky")))[0] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (a_file(GOOD.replace("number: 6", "numbr: 6")), "「三」: 結果に「numbr」という項目はありません"),
        (a_file(GOOD.replace("expected", "expectd")), "「三」: 知らない項目があります（expectd）"),
        (a_file(GOOD.replace("{number: 6}", "{}")), "「三」: expected を"),
        (a_file(GOOD.replace("{number: 3}", "3")), "「三」: input を"),
        (a_file(GOOD.replace("date: 2026-04-01", "date: いつか")), "「三」: fiscal_year"),
        (a_file(GOOD.replace("date: 2026-04-01", "date: 2026-04-01, fiscal_year: 2026")), "「三」: fiscal_year"),
        (a_file(GOOD, "rule: toy.triple\nsource: 例\n"), "規則「toy.triple」はありません（toy.double）"),
        (a_file(GOOD, "rule: toy.double\n"), "「三」: source"),
        (a_file(GOOD.replace("name: 三, ", "")), "1番目の事例: name"),
        (a_file(GOOD + GOOD), "「三」: 同じ名前の事例が2つ"),
        (a_file(GOOD, "rule: toy.double\nsorce: 例\n"), "最上段は"),
        ("rule: toy.double\ncases: []\n", "事例が1つもありません"),
        ("- 1\n", "最上段は"),
        ("", "最上段は"),
        ("cases: [", "toy.yaml: 1行目: YAMLとして読めません"),
    ],
)
def test_a_malformed_case_fails_with_file_and_case_name(rule, tmp_path, text, reason):
    code, shown = check(tmp_path, text)
    assert code == 1
    assert "toy.yaml" in shown
    assert reason in shown


def test_one_malformed_case_does_not_hide_the_others(rule, tmp_path):
    wrong = GOOD.replace("三", "四").replace("expected", "expectd")
    code, text = check(tmp_path, a_file(wrong + GOOD))
    assert code == 1
    assert "事例 1件、一致 1件、相違 0件、形の誤り 1件" in text


def test_a_folder_is_read_whole_and_an_empty_or_missing_one_is_an_error(rule, tmp_path):
    (tmp_path / "cases" / "deep").mkdir(parents=True)
    for name in ("one.yaml", "deep/two.yml"):
        (tmp_path / "cases" / name).write_text(a_file(GOOD), "utf-8")
    out = StringIO()
    call_command("check_cases", tmp_path / "cases", stdout=out)
    assert "事例 2件" in out.getvalue()
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere.yaml"):
        with pytest.raises(CommandError, match="形の誤り 1件"):
            call_command("check_cases", path, stdout=StringIO(), stderr=StringIO())


def test_cases_that_an_office_adds_run_under_its_own_values_and_shipped_ones_do_not(rule, tmp_path):
    cases.register_office_values("toy", lambda: [{"name": "factor", "value": 3}])
    assert check(tmp_path, a_file(GOOD.replace("number: 6", "number: 9")))[0] == 0
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "toy.yaml").write_text(a_file(GOOD), "utf-8")
    cases.register_folder("toy", shipped)
    call_command("check_cases", stdout=StringIO())


def test_all_shipped_cases_pass_through_the_command():
    out = StringIO()
    call_command("check_cases", stdout=out)
    assert "相違 0件、形の誤り 0件" in out.getvalue()


class TestPremiumCaseFile:
    """What a stranger may get wrong in a premium case is named."""

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ("{tax: {statas: 非課税}}", "知らない項目「statas」"),
            ("{tax: {status: 非課税, pension_revenue: -1}}", "「pension_revenue」の値"),
            ('{tax: {status: 非課税, pension_revenue: "100"}}', "「pension_revenue」の値"),
            ("{tax: {pension_revenue: 100}}", "項目が足りません（status）"),
            ("{tax: 3}", "項目と値で"),
            ("{tax: 不明, assistance: [2026-04-01]}", "期間は"),
            ("{tax: 不明, assistance: [[2026-04-01, 2026-03-31]]}", "期間の日付"),
            ("{tax: 不明, lost_on: いつか}", "期間の日付"),
            ("{tax: 不明, levied: 2026-06-01}", "知らない項目「levied」"),
        ],
    )
    def test_a_wrong_input(self, tmp_path, given, reason):
        body = f"  - {{name: 例, fiscal_year: 2026, input: {given}, expected: {{tier: 1}}}}\n"
        code, text = check(tmp_path, a_file(body, "rule: levy.assess\nsource: 例\n"))
        assert code == 1
        assert "toy.yaml 「例」" in text
        assert reason in text

    @pytest.mark.parametrize("values", ["{no_such: 1}", "{monthly_rounding_unit: 7}", "{premiums: 1}"])
    def test_a_wrong_setting(self, tmp_path, values):
        body = f"  - {{name: 例, fiscal_year: 2026, settings: {values}, input: {{tax: 不明}}, expected: {{tier: 3}}}}\n"
        code, text = check(tmp_path, a_file(body, "rule: levy.assess\nsource: 例\n"))
        assert code == 1
        assert "形の誤り 1件" in text
