"""The words of the levy's traces: title, article and Japanese sentence of each step code.

Codes are stored with every assessment and are therefore never reused or removed.
"""

from kaigo.common.trace import Catalogue, InputText, StepText

STANDINGS = {"taxed": "課税", "untaxed": "非課税", "deemed": "課税（改正前の基準によるみなし）", "unknown": "不明"}
STATUSES = {"1": "課税", "2": "均等割のみ課税", "3": "非課税", "4": "未申告"}
MODES = {"down": "切捨て", "up": "切上げ", "half_up": "四捨五入"}
HOUSEHOLD = {"True": "課税されている世帯員がいる", "False": "世帯員に課税されている人はいない"}

INPUTS = {
    "status": InputText("課税区分", "text", STATUSES),
    "salary": InputText("給与収入額", "yen"),
    "before": InputText("税情報の給与所得額", "yen"),
    "members": InputText("本人以外の世帯員", "count"),
    "taxed": InputText("うち課税されている人", "count"),
    "unknown": InputText("うち所得が分からない人", "count"),
    "pension": InputText("公的年金等収入額", "yen"),
    "other": InputText("その他の所得", "yen"),
    "total": InputText("合計所得金額", "yen"),
    "pension_income": InputText("公的年金等に係る雑所得", "yen"),
    "special": InputText("土地・建物の譲渡所得の特別控除額", "yen"),
    "less": InputText("制度の調整で引く額", "yen"),
    "measure": InputText("判定に用いる額", "yen"),
    "from": InputText("段階の下限", "yen"),
    "limit": InputText("段階の上限", "yen"),
    "tier": InputText("段階", "tier"),
    "rate": InputText("基準額に対する割合", "permille"),
    "months": InputText("月数", "months"),
    "with": InputText("生活保護等の月数", "months"),
    "helped": InputText("生活保護等の段階の年額", "yen"),
    "yearly": InputText("年額", "yen"),
    "unit": InputText("端数の単位", "yen"),
    "mode": InputText("端数の処理", "text", MODES),
    "february": InputText("前年度2月の特別徴収額", "yen"),
    "provisional": InputText("仮徴収の合計", "yen"),
    "rest": InputText("10月からの特別徴収の合計", "yen"),
    "ordinary": InputText("9月までの普通徴収の合計", "yen"),
    "periods": InputText("納期の数"),
    "first": InputText("最初の期の額", "yen"),
    "lost": InputText("資格喪失日", "day"),
}

_TIERS = "介護保険法施行令38条1項"

_BELOW = {
    "only": "区分が一つなので",
    "first": "{limit}未満なので",
    "middle": "{from}以上{limit}未満なので",
    "last": "{from}以上なので",
}
_AT_MOST = {
    "only": "区分が一つなので",
    "first": "{limit}以下なので",
    "middle": "{from}を超え{limit}以下なので",
    "last": "{from}を超えるので",
}

_TIER_STEPS = {
    "base": StepText(
        "賦課期日", "介護保険法130条", "4月1日に被保険者なので、{outcome}の世帯と課税の状況で判定します。", "day"
    ),
    "base.acquired": StepText(
        "賦課期日",
        "介護保険法130条",
        "年度の途中に資格を取得したので、取得した日の{outcome}の世帯と課税の状況で判定します。",
        "day",
    ),
    "assistance": StepText(
        "生活保護等",
        f"{_TIERS}1号",
        "賦課期日に生活保護又は支援給付を受けているので、{outcome}です。",
        "tier",
    ),
    "self": StepText(
        "本人の課税",
        _TIERS,
        "本人の市町村民税は「{status}」です。段階の判定では「{outcome}」とします。",
        "text",
        STANDINGS,
    ),
    "self.unknown": StepText(
        "本人の課税",
        "介護保険料条例（所得が分からない人の扱い）",
        "本人の所得が分からないため、仮に非課税として判定します。申告があれば計算し直します。",
        "text",
        STANDINGS,
    ),
    "salary.2026": StepText(
        "令和8年度の給与所得の特例",
        "介護保険法施行令附則（令和8年度の特例）",
        "給与収入が{salary}で、給与所得控除の改正の影響を受ける範囲なので、給与所得を改正前の控除で計算し直した{outcome}とします。"
        "課税・非課税も改正前の基準で判定します。",
        "yen",
    ),
    "income": StepText("合計所得金額", _TIERS, "合計所得金額は{outcome}です。", "yen"),
    "income.less": StepText(
        "合計所得金額",
        f"{_TIERS}、同令附則、租税特別措置法33条の4〜36条",
        "合計所得金額{total}から、譲渡所得の特別控除額{special}と調整の額{less}を引いて、{outcome}で判定します。",
        "yen",
    ),
    "household": StepText(
        "世帯の課税",
        _TIERS,
        "本人以外の世帯員{members}のうち、市町村民税が課税されている人は{taxed}、所得が分からない人は{unknown}です。",
        "text",
        HOUSEHOLD,
    ),
    "old_age": StepText(
        "老齢福祉年金", f"{_TIERS}1号", "老齢福祉年金を受けていて世帯全員が非課税なので、{outcome}です。", "tier"
    ),
    "pension": StepText(
        "年金等の合計", f"{_TIERS}1号", "公的年金等収入額{pension}のほかに所得はないので、合計は{outcome}です。", "yen"
    ),
    "pension.other": StepText(
        "年金等の合計",
        f"{_TIERS}1号",
        "公的年金等収入額{pension}に、合計所得金額{total}から年金の所得{pension_income}と給与所得の調整額{less}を引いた"
        "その他の所得{other}を加えると、{outcome}です（負になるときは0円とします）。",
        "yen",
    ),
    **{
        f"tier.{group}.{place}": StepText(
            "所得段階", _TIERS, f"本人が{word}で、{{measure}}は{between}、{{outcome}}です。", "tier"
        )
        for group, word, places in (("taxed", "課税", _BELOW), ("untaxed", "非課税", _AT_MOST))
        for place, between in places.items()
    },
    "tier.assumed": StepText(
        "所得段階（推定）",
        "介護保険料条例（所得が分からない人の扱い）",
        "所得が分からないため、条例の定めにより仮に{outcome}とします。",
        "tier",
    ),
    "border": StepText(
        "境界層", "介護保険法施行令38条（境界層）", "境界層に当たるので、{tier}ではなく{outcome}とします。", "tier"
    ),
}

_AMOUNT_STEPS = {
    "yearly": StepText("年額", "介護保険料条例（保険料率）", "{tier}の年額は{outcome}です（基準額×{rate}）。", "yen"),
    "prorate": StepText(
        "月割",
        "介護保険料条例（年度の途中の取得・喪失）",
        "取得した月から喪失した月の前月までを数えます。年額{yearly}の12か月のうち{months}分で、{unit}未満は{mode}とし、{outcome}です。",
        "yen",
    ),
    "assistance.months": StepText(
        "月割（生活保護等）",
        "介護保険料条例（年度の途中の異動）",
        "{tier}の年額{yearly}の{months}分と、生活保護等の段階の年額{helped}の{with}分を合わせて、{outcome}です。",
        "yen",
    ),
    "collect.six": StepText(
        "特別徴収",
        "介護保険法135条・140条",
        "4月・6月・8月は前年度2月と同じ{february}（計{provisional}）、残りの{rest}を10月・12月・2月に分けます。"
        "1回は{unit}未満を切り捨てた{outcome}で、端数は10月に合わせます。",
        "yen",
    ),
    "collect.enough": StepText(
        "特別徴収",
        "介護保険法139条・140条",
        "4月・6月・8月の仮徴収の計{provisional}で年間の保険料に足りるため、10月からは徴収しません。納め過ぎの見込みは{outcome}です。",
        "yen",
    ),
    "collect.ended": StepText(
        "特別徴収の終わり",
        "介護保険法138条・140条",
        "{lost}に資格を喪失したので、その前に支払われた年金からの仮徴収の計{outcome}だけを特別徴収とします。",
        "yen",
    ),
    "collect.combined": StepText(
        "併用徴収",
        "介護保険法135条2項",
        "9月までは普通徴収{periods}期で{ordinary}、10月から特別徴収で{rest}を納めます。特別徴収の1回は{unit}未満を切り捨てた"
        "{outcome}で、端数は10月に合わせます。",
        "yen",
    ),
    "collect.ordinary": StepText(
        "普通徴収",
        "介護保険法131条・133条、介護保険料条例（納期）",
        "これから納期が来る{periods}期に分けます。端数の単位は{unit}で、最初の期は{first}、最後の期は{outcome}です。",
        "yen",
    ),
    "collect.none": StepText("徴収", "介護保険料条例（納期）", "納める保険料はありません。", "yen"),
}

STEPS = Catalogue({**_TIER_STEPS, **_AMOUNT_STEPS}, INPUTS)

FLAGS = {
    "assistance": "生活保護等",
    "assistance_mid_year": "年度の途中で生活保護等",
    "old_age_welfare": "老齢福祉年金",
    "border_case": "境界層",
    "income_unknown": "本人の所得が不明",
    "household_income_unknown": "世帯員の所得が不明",
    "salary_shield": "令和8年度の給与の特例",
    "deemed_taxed": "課税とみなす（令和8年度の特例）",
    "special_deduction": "譲渡所得の特別控除",
    "no_months": "月割で0か月",
    "provisional_excess": "仮徴収で納め過ぎの見込み",
    "pension_below_minimum": "年金額が特別徴収の下限未満",
    "extra_instalment": "随時期で徴収",
}
