"""What a comparison finds: one difference, in words, with what would set it right."""

import json
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from eligibility.models import Finding
from kaigo.common.wareki import format_wareki

Kind = Finding.Kind


class Fact(NamedTuple):
    """One line of a difference: what is compared, and what either side says."""

    label: str
    here: str
    there: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference. `key` is the same each time it is found; `about` names the row that a correction would change."""

    code: str
    key: str
    office_id: int
    resident_id: int | None
    facts: tuple[Fact, ...]
    proposal: str = ""
    other_id: int | None = None
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when the difference says something else."""
        text = json.dumps([self.code, self.facts, self.proposal], ensure_ascii=False)
        return sha256(text.encode()).hexdigest()


class Code(NamedTuple):
    """A kind of difference in words: what it is, what the two sides are, and what to do without a proposal."""

    title: str
    here: str
    there: str
    way: str


CODES: dict[str, Code] = {
    "periods-differ": Code(
        "資格の期間が、住民記録・施設・届出のとおりになっていない", "今の資格", "正しい資格",
        "訂正すると、資格の期間を住民記録・施設・届出のとおりに改めます。",
    ),
    "facts-contradict": Code(
        "住民記録・施設・届出が食い違い、資格を決められない", "食い違い", "",
        "食い違いの元になった届出か住民記録を確かめ、訂正してください。",
    ),
    "declared-only": Code(
        "届出で受けた異動が、住民記録に届いていない", "届出", "住民記録",
        "住民記録の担当に異動の処理を確かめてください。誤りなら、届出を取り消してください。",
    ),
    "stay-expired": Code(
        "在留期間が過ぎている", "在留期間の終わり", "資格",
        "住民記録の担当に、在留期間の更新を確かめてください。",
    ),
    "card-missing": Code(
        "第1号被保険者なのに、効力のある被保険者証がない", "資格取得日", "被保険者証",
        "訂正すると、今日の日付で被保険者証を交付します（郵送）。",
    ),
    "slip-unsent": Code(
        "住所地特例の連絡票を、まだ送っていない", "施設入所", "連絡票",
        "連絡票を印刷して送り、「訂正する」で送付を記録してください。",
    ),
    "slip-missing": Code(
        "他市町村の住所地特例の人なのに、保険者からの連絡票がない", "施設入所", "連絡票",
        "保険者である市町村に連絡票を求めてください。",
    ),
    "slip-unplaced": Code(
        "連絡票を受け取ったが、施設入所を受け付けていない", "連絡票", "施設入所",
        "住民の画面から「他市町村の住所地特例（入所）」の届出を受けてください。",
    ),
    "slip-differs": Code(
        "連絡票と施設入所の内容が違う", "施設入所", "連絡票",
        "訂正すると、施設入所を連絡票のとおりに改めます。連絡票の誤りなら「訂正しない」を選んでください。",
    ),
    "elsewhere-unplaced": Code(
        "住民記録では他市町村の被保険者なのに、施設入所がない", "住民記録", "施設入所",
        "連絡票を確かめ、「他市町村の住所地特例（入所）」の届出を受けてください。",
    ),
    "elsewhere-unregistered": Code(
        "他市町村の住所地特例の人なのに、住民記録にはその印がない", "施設入所", "住民記録",
        "住民記録の担当に、住所地特例の印を確かめてください。",
    ),
    "facility-closed": Code(
        "廃止された施設に、入所したままになっている", "施設の廃止日", "施設入所",
        "移った先を確かめ、退所または変更の届出を受けてください。",
    ),
    "person-gone": Code(
        "死亡・転出した人が、施設に入所したままになっている", "施設入所", "住民記録",
        "訂正すると、施設入所をその日で終わりにします。",
    ),
    "slip-unlinked": Code(
        "連絡票の人が、住民記録の誰か決まっていない", "連絡票", "住民記録",
        "訂正すると、連絡票をその住民に結び付けます。候補がないときは、住民記録と連絡票の記載を確かめてください。",
    ),
    "slip-person-differs": Code(
        "連絡票の4情報が、住民記録と違う", "連絡票", "住民記録",
        "住民記録と送り元の市町村に確かめてください。",
    ),
    "same-person": Code(
        "同じ人が、二つの宛名番号で登録されているおそれ", "一人目", "二人目",
        "二人を見比べ、同じ人であれば名寄せをしてください。別人なら「訂正しない」を選んでください。",
    ),
}  # fmt: skip


def day_words(day: date | None) -> str:
    """A day in words; a missing one says so."""
    return format_wareki(day) if day else "なし"
