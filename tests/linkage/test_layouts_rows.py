"""Data rows: read into values, or refused one by one with line, key, column, reason and remedy."""

from datetime import date

import pytest

from linkage.layouts import RowIssue, get_layout, open_file, rows
from tests.linkage.layout_files import LAYOUTS, TODAY, golden, line, read, refused, sample, sound

KANJI_WITH_SELECTOR = "葛\U000e0100"


def values(folder, layout_id, **changed):
    """The values of one changed data line by identifier."""
    [(number, row)] = read(folder, layout_id, line(layout_id, **changed))
    assert number == 3
    return dict(zip(get_layout(layout_id).index, row, strict=True))


def test_rows_become_values_of_their_types(tmp_path):
    row = values(tmp_path, "JUMIN")
    assert row["addressee_number"] == "000000000000101"
    assert row["history_serial"] == 1
    assert row["birth_date"] == date(1937, 3, 4)
    assert row["event_on"] == date(2015, 4, 1)
    assert row["resident_until"] is None
    assert (row["alias"], row["elsewhere_insurer_number"]) == ("", "")
    assert row["name"] == f"髙﨑　{KANJI_WITH_SELECTOR}吉"


def test_optional_numbers_that_are_empty_are_unknown_not_zero(tmp_path):
    assert values(tmp_path, "SEIHO")["border_tier"] is None


@pytest.mark.parametrize(
    "name", [f"{KANJI_WITH_SELECTOR}城", "𠮷田", "髙﨑", "辻\U000e0101", "ｶﾅ", "\ue000外字", "阮　文安"]
)
def test_names_are_kept_as_registered(tmp_path, name):
    assert values(tmp_path, "JUMIN", 氏名=name)["name"] == name


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+81-43-245", "-1", "=HYPERLINK(x)"])
def test_a_formula_is_only_text(tmp_path, text):
    assert values(tmp_path, "JUMIN", 番地=text)["lot"] == text


@pytest.mark.parametrize(("field", "meant"), [('"桜荘, 2号"', "桜荘, 2号"), ('"""離れ"""', '"離れ"'), ('"桜"', "桜")])
def test_quoted_fields(tmp_path, field, meant):
    assert values(tmp_path, "JUMIN", 方書=field)["building"] == meant


@pytest.mark.parametrize("layout_id", LAYOUTS)
def test_every_row_is_answered_once_and_in_order(layout_id):
    file = open_file(golden(layout_id), get_layout(layout_id), today=TODAY)
    assert [row[0] for row in rows(file, today=TODAY)] == list(range(3, 3 + file.rows))


def test_good_rows_and_refused_rows_make_all_rows(tmp_path):
    lines = [line("ZEI", 合計所得金額=amount) for amount in ("1", "-1", "2", "x", "3")]
    found = read(tmp_path, "ZEI", *lines)
    assert [isinstance(row, RowIssue) for row in found] == [False, True, False, True, False]
    assert [row[0] for row in found] == [3, 4, 5, 6, 7]


def test_an_issue_says_where_what_why_and_what_to_do(tmp_path):
    issue = refused(tmp_path, "ZEI", 合計所得金額="-120000")
    assert issue == RowIssue(
        3,
        "000000000000101",
        "合計所得金額",
        "negative-amount",
        "負の合計所得金額は受け取れません。金額は0以上の数字だけで書きます。",
        "提供元の原簿を確かめ、訂正した行を次のファイルで受け取ってください。",
    )


def test_a_row_with_many_faults_is_refused_once_and_names_them_all(tmp_path):
    issue = refused(tmp_path, "ZEI", 課税区分="9", 均等割額="x", 扶養親族数="")
    assert (issue.field, issue.code) == ("課税区分", "unknown-code")
    assert issue.message.endswith("ほかに「均等割額」「扶養親族数」にも誤りがあります。")


def test_a_row_of_nonsense_does_not_make_an_endless_message(tmp_path):
    issue = refused(tmp_path, "JUMIN", **dict.fromkeys(sample("JUMIN"), "?" * 200))
    assert "など" in issue.message
    assert len(issue.message) <= 400


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("3640230", "impossible-date", "28日まで"),  # 昭和64年2月30日
        ("3640108", "impossible-date", "平成元年"),  # 昭和 ended the day before
        ("4010107", "impossible-date", "1月8日"),  # 平成 had not begun
        ("4010229", "impossible-date", "28日まで"),
        ("3001231", "impossible-date", "元年"),
        ("3121304", "impossible-date", "12まで"),
        ("5090101", "birth-in-future", "今日より後"),
        ("5080606", "birth-in-future", "今日より後"),  # tomorrow
        ("1280604", "birth-too-old", "130年"),
        ("6010101", "not-date", "元号コード"),
        ("19370304", "not-date", "元号コード"),
        ("S120304", "not-date", "元号コード"),
        ("３120304", "not-date", "元号コード"),
        ("", "missing", "空です"),
    ],
)
def test_births_that_cannot_be(tmp_path, text, code, says):
    issue = refused(tmp_path, "JUMIN", 生年月日=text)
    assert (issue.field, issue.code) == ("生年月日", code)
    assert says in issue.message


@pytest.mark.parametrize("text", ["3640107", "4010108", "5010501", "4310430", "5080605", "3011225"])
def test_births_at_the_seams_of_eras_and_today(tmp_path, text):
    born = {"住民となった日": "20260605", "異動年月日": "20260605"}
    assert values(tmp_path, "JUMIN", 生年月日=text, **born)["birth_date"] <= TODAY


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("20260230", "impossible-date"),
        ("20250229", "impossible-date"),
        ("20261301", "impossible-date"),
        ("20260100", "impossible-date"),
        ("00000000", "impossible-date"),
        ("18670101", "date-out-of-range"),
        ("99991231", "date-out-of-range"),
        ("2026-6-5", "not-date"),
        ("5080605", "not-date"),
        ("２０２６０６０５", "not-date"),
        ("", "missing"),
    ],
)
def test_days_that_cannot_be(tmp_path, text, code):
    issue = refused(tmp_path, "ZEI", 異動年月日=text)
    assert (issue.field, issue.code) == ("異動年月日", code)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("-1", "negative-amount", "負の合計所得金額"),
        ("▲5000", "negative-amount", "負の合計所得金額"),
        ("－5000", "negative-amount", "負の合計所得金額"),
        ("12A000", "not-amount", "半角数字"),
        ("1.5", "not-amount", "円単位"),
        ("1_000", "not-amount", "区切りなし"),
        ("+1", "not-amount", "半角数字"),
        (" 1", "not-amount", "半角数字"),
        ("１２３", "not-amount", "半角数字"),
        ("²", "not-amount", "半角数字"),
        ("1" * 13, "out-of-range", "999,999,999,999円を超えて"),
        ("9" * 5000, "out-of-range", "桁を確かめて"),
        ("", "missing", "空です"),
    ],
)
def test_incomes_that_cannot_be(tmp_path, text, code, says):
    issue = refused(tmp_path, "ZEI", 合計所得金額=text)
    assert (issue.field, issue.code) == ("合計所得金額", code)
    assert says in issue.message


def test_an_amount_with_separators_is_quoted_and_still_no_number(tmp_path):
    assert refused(tmp_path, "ZEI", 合計所得金額='"1,250,000"').code == "not-amount"


@pytest.mark.parametrize("text", ["0", "1", "000", "999999999999"])
def test_incomes_at_the_limits(tmp_path, text):
    assert values(tmp_path, "ZEI", 合計所得金額=text)["total_income"] == int(text)


@pytest.mark.parametrize(
    ("layout_id", "column", "text"),
    [
        ("ZEI", "均等割額", "1000000"),
        ("NENKIN", "年金年額", "100000000"),
        ("NENKIN", "前年度2月特別徴収額", "10000000"),
    ],
)
def test_amounts_beyond_what_the_column_can_mean(tmp_path, layout_id, column, text):
    assert refused(tmp_path, layout_id, **{column: text}).code == "out-of-range"


@pytest.mark.parametrize(
    ("layout_id", "column", "text", "code"),
    [
        ("ZEI", "宛名番号", "101", "not-digits"),
        ("ZEI", "宛名番号", "00000000000010１", "not-digits"),
        ("ZEI", "宛名番号", "", "missing"),
        ("ZEI", "課税年度", "令和8", "not-year"),
        ("ZEI", "課税年度", "1999", "not-year"),
        ("ZEI", "課税年度", "2028", "not-year"),
        ("ZEI", "履歴番号", "0", "out-of-range"),
        ("ZEI", "履歴番号", "-1", "not-number"),
        ("ZEI", "扶養親族数", "100", "out-of-range"),
        ("ZEI", "障害者等区分", "2", "unknown-code"),
        ("JUMIN", "続柄コード", "09", "unknown-code"),
        ("JUMIN", "住民状態", "", "missing"),
        ("JUMIN", "区コード", "1210", "not-digits"),
        ("JUMIN", "氏名", "　", "missing"),
        ("JUMIN", "氏名カナ", "", "missing"),
        ("JUMIN", "方書", " ", "missing"),
        ("JUMIN", "特例保険者番号", "122185", "check-digit"),
        ("SEIHO", "境界層適用段階", "31", "out-of-range"),
        ("SEIHO", "ケース番号", "A000012345", "not-digits"),
        ("NENKIN", "特別徴収開始年月", "202613", "not-month"),
        ("NENKIN", "特別徴収開始年月", "2026", "not-month"),
        ("NENKIN", "基礎年金番号", "", "missing"),
    ],
)
def test_values_outside_their_type(tmp_path, layout_id, column, text, code):
    issue = refused(tmp_path, layout_id, **{column: text})
    assert (issue.field, issue.code) == (column, code)
    assert issue.remedy


def test_an_unknown_code_is_answered_with_the_codes_there_are(tmp_path):
    issue = refused(tmp_path, "JUMIN", 性別="3")
    assert "1=男・2=女・9=不明" in issue.message
    assert "レコード仕様に加える" in issue.remedy


def test_text_may_be_as_long_as_agreed(tmp_path):
    assert len(values(tmp_path, "JUMIN", 氏名="山" * 80)["name"]) == 80
    issue = refused(tmp_path, "JUMIN", 氏名="山" * 81)
    assert (issue.code, issue.message) == ("too-long", "81文字あります（80文字まで）。")


@pytest.mark.parametrize("number", ["100000000014", "10000000001", "10000000001X", "１００００００００００１３"])
def test_a_wrong_individual_number_is_refused_and_never_repeated(tmp_path, number):
    issue = refused(tmp_path, "JUMIN", 個人番号=number)
    assert (issue.field, issue.code) == ("個人番号", "check-digit")
    assert number not in repr(issue)


@pytest.mark.parametrize(
    "column", ["氏名", "氏名カナ", "生年月日", "町名", "電話番号", "個人番号", "特例保険者番号", "転入前市町村"]
)
def test_no_issue_repeats_a_value(tmp_path, column):
    secret = "4931" * 40
    assert "4931" not in repr(refused(tmp_path, "JUMIN", **{column: secret}))


class TestShape:
    @pytest.mark.parametrize("change", [",", ",余分"])
    def test_too_many_fields(self, tmp_path, change):
        issue = refused(tmp_path, "ZEI", line("ZEI") + change)
        assert (issue.code, issue.key) == ("row-shape", "000000000000101")
        assert "19です（18のはずです）" in issue.message

    def test_too_few_fields(self, tmp_path):
        assert refused(tmp_path, "ZEI", line("ZEI").rsplit(",", 1)[0]).code == "row-shape"

    def test_an_unquoted_comma_shifts_the_row(self, tmp_path):
        issue = refused(tmp_path, "JUMIN", 番地="1,2")
        assert issue.code == "row-shape"
        assert "引用符で囲みます" in issue.remedy

    @pytest.mark.parametrize("kind", ["d", "X", "", " D"])
    def test_another_record_kind(self, tmp_path, kind):
        assert "レコード区分" in refused(tmp_path, "ZEI", kind + line("ZEI")[1:]).message

    @pytest.mark.parametrize("data", ["", ",", "D", "D,", '"'])
    def test_hardly_a_row(self, tmp_path, data):
        issue, _after = read(tmp_path, "ZEI", data, line("ZEI"))
        assert (issue.line, issue.code, issue.key) == (3, "row-shape", "")

    @pytest.mark.parametrize("field", ['"桜', '桜"', '"桜" 荘', '"""'])
    def test_quotes_that_do_not_pair_stay_within_their_row(self, tmp_path, field):
        issue = refused(tmp_path, "JUMIN", 方書=field)
        assert issue.code == "row-shape"
        assert "引用符" in issue.message

    @pytest.mark.parametrize(
        "unwanted", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff"]
    )
    def test_control_characters(self, tmp_path, unwanted):
        issue = refused(tmp_path, "JUMIN", 氏名=f"山田{unwanted}太郎")
        assert (issue.code, issue.key) == ("control-character", "000000000000101")

    def test_a_line_break_inside_quotes_is_one_row_and_refused(self, tmp_path):
        assert refused(tmp_path, "JUMIN", 方書='"桜荘\n2号"').code == "control-character"


class TestAcrossFields:
    @pytest.mark.parametrize(
        ("changed", "field", "code"),
        [
            ({"住民状態": "3", "住民でなくなった日": "19361231"}, "住民でなくなった日", "death-before-birth"),
            ({"住民となった日": "19370303"}, "住民となった日", "resident-before-birth"),
            ({"住民状態": "2", "住民でなくなった日": "19981101"}, "住民でなくなった日", "ends-before-start"),
            ({"住民状態": "2"}, "住民でなくなった日", "missing"),
            ({"住民状態": "3"}, "住民でなくなった日", "missing"),
            ({"住民状態": "4"}, "住民でなくなった日", "missing"),
            ({"住民でなくなった日": "20260101"}, "住民でなくなった日", "status-contradiction"),
            ({"異動年月日": "20260805"}, "異動年月日", "far-future"),
            ({"住所地特例区分": "1"}, "特例保険者番号", "insurer-contradiction"),
            ({"特例保険者番号": "122184"}, "特例保険者番号", "insurer-contradiction"),
        ],
    )
    def test_resident_rows(self, tmp_path, changed, field, code):
        issue = refused(tmp_path, "JUMIN", **changed)
        assert (issue.field, issue.code) == (field, code)

    @pytest.mark.parametrize(
        "changed",
        [
            {"異動年月日": "20260804"},  # 60 days ahead
            {"住民となった日": "19370304"},  # resident since birth
            {"住民状態": "3", "住民でなくなった日": "19981102"},  # died on the day of moving in
        ],
    )
    def test_resident_rows_at_the_limit(self, tmp_path, changed):
        values(tmp_path, "JUMIN", **changed)

    def test_a_death_before_the_birth_is_called_a_death(self, tmp_path):
        issue = refused(tmp_path, "JUMIN", 住民状態="3", 住民でなくなった日="19361231")
        assert issue.message == "死亡日が生年月日より前です。"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"課税区分": "3"}, "課税区分"),
            ({"課税区分": "4", "均等割額": "0"}, "課税区分"),
            ({"課税区分": "2"}, "所得割額"),
            ({"均等割額": "0"}, "均等割額"),
        ],
    )
    def test_tax_rows_that_contradict_themselves(self, tmp_path, changed, field):
        issue = refused(tmp_path, "ZEI", **changed)
        assert (issue.field, issue.code) == (field, "tax-contradiction")

    @pytest.mark.parametrize(
        ("changed", "field", "code"),
        [
            ({"廃止年月日": "20240331"}, "廃止年月日", "ends-before-start"),
            ({"種別": "3"}, "境界層適用段階", "border-contradiction"),
            ({"境界層適用段階": "1"}, "境界層適用段階", "border-contradiction"),
        ],
    )
    def test_assistance_rows(self, tmp_path, changed, field, code):
        issue = refused(tmp_path, "SEIHO", **changed)
        assert (issue.field, issue.code) == (field, code)

    def test_a_continuing_withholding_needs_its_last_amount(self, tmp_path):
        issue = refused(tmp_path, "NENKIN", 前年度2月特別徴収額="0")
        assert (issue.field, issue.code) == ("前年度2月特別徴収額", "missing")


def test_the_day_decides_what_is_in_the_future(tmp_path):
    file = sound("ZEI", 1).open(tmp_path)
    [issue] = rows(file, today=date(2026, 4, 1))
    assert issue.code == "far-future"
    [(number, _values)] = rows(file, today=date(2026, 4, 2))
    assert number == 3
