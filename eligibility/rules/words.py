"""The words of the rules of 資格: reasons of acquisition and loss, and the sentences of the traces."""

from eligibility.rules.facts import DEATH, MOVE_OUT, REMOVED
from kaigo.common.trace import Catalogue, InputText, StepText

REASONS = {
    "age": "65歳到達",
    "age40": "第2号（40歳到達）",
    "move_in": "転入",
    "official": "職権",
    "domicile": "住所地特例適用",
    "cover": "医療保険加入",
    "exempt_end": "適用除外非該当",
    "elsewhere_end": "他特例解除",
    MOVE_OUT: "転出",
    DEATH: "死亡",
    REMOVED: "職権消除",
    "exempt": "適用除外該当",
    "elsewhere": "他特例該当",
    "left_cover": "医療保険脱退",
    "left": "住所地特例終了",
    "next": "別の施設へ（次の施設の届出なし）",
    "returned": "住所地特例終了（市内へ戻る）",
    "category": "第1号へ変更",
}
"""取得事由・喪失事由: the codes that are stored, and their names."""

LAW9, LAW10, LAW11, LAW13 = "介護保険法9条", "介護保険法10条", "介護保険法11条1項", "介護保険法13条"
EXEMPT = "介護保険法施行法11条1項"

STEPS = Catalogue(
    steps={
        "elsewhere": StepText(
            "住所地特例", LAW13, "施設に住む他の市町村の被保険者である間は、この市の被保険者ではありません。"
        ),
        "attained": StepText(
            "65歳に達する日",
            "介護保険法10条、年齢計算ニ関スル法律、民法143条",
            "{birth}生まれなので、65歳の誕生日の前日の{outcome}に65歳に達します。",
            "day",
        ),
        "not_yet": StepText("取得", LAW10, "資格の取得は{outcome}で、{day}にはまだ取得していません。", "day"),
        "gone_before": StepText(
            "取得", "介護保険法9条・10条", "資格を取得する前の{ended}に住民でなくなったので、被保険者になりません。"
        ),
        "acquired.age": StepText("取得", LAW10, "住民である間に65歳に達したので、{outcome}に資格を取得します。", "day"),
        "acquired.age40": StepText(
            "取得",
            "介護保険法9条2号・10条1号",
            "医療保険に加入している間に40歳に達したので、{outcome}から第2号被保険者です。",
            "day",
        ),
        "acquired.move_in": StepText("取得", LAW10, "住民となった日の{outcome}に資格を取得します。", "day"),
        "acquired.official": StepText("取得", LAW10, "職権で住民とした日の{outcome}に資格を取得します。", "day"),
        "acquired.domicile": StepText(
            "取得", LAW13, "住所地特例の適用により、{outcome}から引き続きこの市の被保険者です。", "day"
        ),
        "acquired.cover": StepText(
            "取得", "介護保険法10条2号", "医療保険に加入した日の{outcome}に資格を取得します。", "day"
        ),
        "acquired.exempt_end": StepText(
            "取得", EXEMPT, "適用除外施設を出て適用除外でなくなった{outcome}に資格を取得します。", "day"
        ),
        "acquired.elsewhere_end": StepText(
            "取得",
            "介護保険法10条・13条",
            "他の市町村の住所地特例でなくなった{outcome}に資格を取得します。",
            "day",
        ),
        "lost.move_out": StepText("喪失", LAW11, "{ended}に転出したので、翌日の{outcome}に資格を喪失します。", "day"),
        "lost.same_day": StepText(
            "喪失",
            "介護保険法11条1項ただし書",
            "転出した日に他の市町村の住民となったので、その日の{outcome}に資格を喪失します。",
            "day",
        ),
        "lost.death": StepText("喪失", LAW11, "{ended}に亡くなったので、翌日の{outcome}に資格を喪失します。", "day"),
        "lost.removed": StepText(
            "喪失", LAW11, "{ended}に職権で住民票が消除されたので、翌日の{outcome}に資格を喪失します。", "day"
        ),
        "lost.exempt": StepText(
            "喪失", EXEMPT, "{ended}に適用除外施設に入ったので、{outcome}から被保険者ではありません。", "day"
        ),
        "lost.elsewhere": StepText(
            "喪失", LAW13, "{ended}から他の市町村の住所地特例なので、{outcome}に資格を喪失します。", "day"
        ),
        "lost.left": StepText(
            "喪失", LAW13, "{ended}に施設を出て住所地特例が終わったので、{outcome}に資格を喪失します。", "day"
        ),
        "lost.next": StepText(
            "喪失", LAW13, "{ended}に別の施設へ移る届出がありましたが、次の施設の届出がありません。", "day"
        ),
        "lost.returned": StepText(
            "喪失", LAW13, "{ended}に市内へ戻る届出がありましたが、住民となった記録がありません。", "day"
        ),
        "lost.left_cover": StepText(
            "喪失", "介護保険法11条2項", "医療保険の加入者でなくなった{outcome}に、その日から資格を喪失します。", "day"
        ),
        "lost.category": StepText("区分の変更", LAW9, "65歳に達した{outcome}から第1号被保険者です。", "day"),
    },
    inputs={
        "birth": InputText("生年月日", "day"),
        "begun": InputText("住民となった日", "day"),
        "ended": InputText("終わった日", "day"),
        "day": InputText("判定した日", "day"),
    },
)
