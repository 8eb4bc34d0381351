"""届出の種類 of 資格 (A01, A02, A03): what each writes, and what contradicts the register. Registered when ready."""

from datetime import date
from typing import Any

from django.conf import settings

from eligibility import rules
from eligibility.acts import ActKind, Values, register
from eligibility.counter import act_forms as forms
from eligibility.effects import Effects
from eligibility.facts import facts_of
from eligibility.models import Declaration, MedicalCover, Placement, Resident
from eligibility.presenters import address_lines
from kaigo.common.refusal import Refusal
from kaigo.common.wareki import format_wareki

A01, A02, A03 = "A01", "A02", "A03"
STAY, DOMICILE, EXEMPT, SECOND = "資格の取得・喪失", "住所地特例", "適用除外", "第2号被保険者"
Kind = Placement.Kind


def _enter(effects: Effects, resident: Resident, values: Values, kind: str, insurer_number: str) -> None:
    effects.create(
        Placement,
        resident=resident,
        facility=values["facility"],
        kind=kind,
        begun_on=values["day"],
        insurer_number=insurer_number,
        former_address=values.get("former_address") or " ".join(address_lines(resident))[:160],
        ground=values["ground"],
        ground_on=values["ground_on"],
        ground_note=values["ground_note"],
        confirm_by=values["confirm_by"],
    )


def enter_exempt(effects: Effects, resident: Resident, values: Values) -> None:
    """適用除外施設への入所 (施行法11条)."""
    _enter(effects, resident, values, Kind.EXEMPT, settings.INSURER_NUMBER)


def enter_domicile(effects: Effects, resident: Resident, values: Values) -> None:
    """住所地特例の適用 (法13条): who was insured here goes on being insured. Raises Refusal for whoever was not."""
    day: date = values["day"]
    periods = rules.insured_periods(facts_of(resident)).periods
    touching = [span for span in periods if span.acquired_on <= day and (span.lost_on is None or day <= span.lost_on)]
    if not touching:
        raise Refusal(
            "not-insured-before",
            f"{format_wareki(day)}の前日に、この人はこの市の被保険者ではありません。{_last_words(periods)}",
            field="day",
            ways=(
                "入所日と、住民記録の転出日を確かめてください。",
                "入所の前から他の市町村の被保険者であれば、その市町村が引き続き保険者です（法13条）。",
            ),
        )
    _enter(effects, resident, values, Kind.OURS, settings.INSURER_NUMBER)


def move_domicile(effects: Effects, resident: Resident, values: Values) -> None:
    """住所地特例の変更: out of one facility and into the next on the same day (法13条2項)."""
    here = forms.open_placement(resident, Kind.OURS)
    if here is None:
        raise Refusal("no-placement", "住所地特例で入所している施設がありません。")
    effects.change(here, ended_on=values["day"], end=Placement.End.NEXT, confirm_by=None)
    values = {**values, "former_address": values.get("former_address") or here.former_address}
    _enter(effects, resident, values, Kind.OURS, settings.INSURER_NUMBER)


def enter_theirs(effects: Effects, resident: Resident, values: Values) -> None:
    """他市町村の住所地特例: the other municipality insures, from the day of entry."""
    _enter(effects, resident, values, Kind.THEIRS, values["insurer_number"])


def _leave(kind: str) -> Any:
    def write(effects: Effects, resident: Resident, values: Values) -> None:
        here = forms.open_placement(resident, kind)
        if here is None:
            raise Refusal("no-placement", "今、入所している施設がありません。")
        effects.change(
            here, ended_on=values["day"], end=values["end"], taken_over_on=values["taken_over_on"], confirm_by=None
        )

    return write


def apply_second(effects: Effects, resident: Resident, values: Values) -> None:
    """第2号の登録 on an application for the card (法9条2号, 規則26条)."""
    effects.create(
        MedicalCover,
        resident=resident,
        insurer_code=values["insurer_code"],
        insurer_name=values["insurer_name"],
        symbol=values["symbol"],
        begun_on=values["begun_on"],
        applied_on=values["day"],
        ground=MedicalCover.Ground.CARD,
    )


def leave_cover(effects: Effects, resident: Resident, values: Values) -> None:
    """第2号の喪失 by leaving the medical insurance (法11条2項)."""
    cover = forms.open_cover(resident)
    if cover is None:
        raise Refusal("no-cover", "医療保険の加入の登録がありません。")
    effects.change(cover, ended_on=values["day"])


def _declare(kind: str) -> Any:
    def write(effects: Effects, resident: Resident, values: Values) -> None:
        _require_possible(resident, kind, values["day"])
        effects.create(
            Declaration,
            resident=resident,
            kind=kind,
            day=values["day"],
            taken_over_on=values.get("taken_over_on"),
        )

    return write


def _require_possible(resident: Resident, kind: str, day: date) -> None:
    """What contradicts the register is said with what stands there, and with the ways out."""
    facts = facts_of(resident)
    stays = rules.settled(facts.stays, facts.declarations)
    if kind == Declaration.Kind.BEGIN:
        _require_beginning(facts, day)
        return
    standing = next((stay for stay in stays if stay.begun_on <= day and stay.ended_on is None), None)
    if standing:
        return
    last = next((stay for stay in reversed(stays) if stay.ended_on), None)
    if last and last.begun_on <= day and last.ended_on:
        raise Refusal(
            "already-lost",
            f"この人は{format_wareki(last.ended_on)}に{rules.REASONS.get(last.end, last.end)}しています。",
            field="day",
            ways=(
                "日付が違うときは、元の届出を取り消すか、住民記録の担当に訂正を依頼してください。",
                "転出先で亡くなった知らせは、応対記録に残してください。資格は変わりません。",
            ),
        )
    first = stays[0].begun_on if stays else None
    raise Refusal(
        "before-acquisition",
        f"{format_wareki(day)}には、まだ住民ではありません。"
        + (f"住民となったのは{format_wareki(first)}です。" if first else "住民であった記録がありません。"),
        field="day",
        ways=("届出書の日付と、人の取り違えがないかを確かめてください。",),
    )


def _require_beginning(facts: rules.PersonFacts, day: date) -> None:
    standing = rules.standing_on(facts, day)
    if standing == "elsewhere":
        raise Refusal(
            "insured-elsewhere",
            "この日は、住所地特例で他の市町村の被保険者です。",
            field="day",
            ways=("住所地特例が終わったのなら、「他市町村の住所地特例の終了」を受けてください。",),
        )
    if standing != "away":
        raise Refusal(
            "already-resident",
            "この日は、もう住民として登録されています。職権による取得は要りません。",
            field="day",
            ways=("日付を確かめてください。",),
        )


def _last_words(periods: tuple[rules.InsuredSpan, ...]) -> str:
    lost = [span for span in periods if span.lost_on]
    if not lost or lost[-1].lost_on is None:
        return "資格の期間がありません。"
    reason = rules.REASONS.get(lost[-1].loss_reason, "")
    return f"最後の資格は{format_wareki(lost[-1].lost_on)}に{reason}で喪失しています。"


def _in(*kinds: str) -> Any:
    return lambda resident, _day: forms.open_placement(resident, *kinds) is not None


def _free(resident: Resident, _day: date) -> bool:
    return forms.open_placement(resident, *Kind.values) is None


def _may_apply(resident: Resident, day: date) -> bool:
    of_age = rules.attained_on(resident.birth_date, rules.SECOND_CATEGORY_AGE) <= day
    return of_age and day < rules.attained_on(resident.birth_date) and forms.open_cover(resident) is None


def _here(resident: Resident, _day: date) -> bool:
    return resident.status in (Resident.Status.RESIDENT, Resident.Status.OUTSIDE)


KINDS = (
    ActKind("exempt-enter", "適用除外施設への入所の届出", A01, EXEMPT, forms.ExemptForm, enter_exempt,
            "障害者支援施設、救護施設などに入所した人。入所した日の翌日に資格を失います。", offered=_free),
    ActKind("exempt-leave", "適用除外施設からの退所の届出", A01, EXEMPT, forms.LeaveExemptForm, _leave(Kind.EXEMPT),
            "適用除外施設を出た人。65歳以上なら、退所した日に資格を得ます。", offered=_in(Kind.EXEMPT)),
    ActKind("domicile-enter", "住所地特例の適用の届出", A02, DOMICILE, forms.DomicileForm, enter_domicile,
            "この市の被保険者で、他の市町村の施設に住所を移した人。この市が引き続き保険者です。", offered=_free),
    ActKind("domicile-move", "住所地特例の変更の届出", A02, DOMICILE, forms.MoveForm, move_domicile,
            "他の市町村の施設から、別の施設へ移った人。", offered=_in(Kind.OURS), changes_periods=False),
    ActKind("domicile-leave", "住所地特例の終了の届出", A02, DOMICILE, forms.LeaveDomicileForm, _leave(Kind.OURS),
            "他の市町村の施設を出た人、亡くなった人。", offered=_in(Kind.OURS)),
    ActKind("theirs-enter", "他市町村の住所地特例の適用（連絡票）", A02, DOMICILE, forms.TheirsForm, enter_theirs,
            "この市の施設に入所し、他の市町村が保険者である人。", offered=_free),
    ActKind("theirs-leave", "他市町村の住所地特例の終了（連絡票）", A02, DOMICILE, forms.LeaveTheirsForm,
            _leave(Kind.THEIRS), "この市の施設を出た人。市内に住み続けるなら、その日に資格を得ます。",
            offered=_in(Kind.THEIRS)),
    ActKind("second-apply", "第2号被保険者証の交付申請", A03, SECOND, forms.SecondForm, apply_second,
            "40歳以上65歳未満で、医療保険に入っている人。", offered=_may_apply),
    ActKind("second-leave", "医療保険の脱退の届出（第2号）", A01, SECOND, forms.LeaveCoverForm, leave_cover,
            "医療保険の加入者でなくなった第2号被保険者。その日から被保険者ではありません。",
            offered=lambda resident, _day: forms.open_cover(resident) is not None),
    ActKind("death", "死亡の届出", A01, STAY, forms.DeathForm, _declare(Declaration.Kind.DEATH),
            "住民記録より先に分かった死亡。住民記録が届くと、その日付に代わります。", offered=_here),
    ActKind("move-out", "転出の届出", A01, STAY, forms.DepartureForm, _declare(Declaration.Kind.MOVE_OUT),
            "住民記録より先に分かった転出。住民記録が届くと、その日付に代わります。", offered=_here),
    ActKind("official-lose", "職権による喪失", A01, STAY, forms.OfficialForm, _declare(Declaration.Kind.REMOVED),
            "届出がなく、市の調べで住民でないことが分かった人。", offered=_here),
    ActKind("official-acquire", "職権による取得", A01, STAY, forms.OfficialForm, _declare(Declaration.Kind.BEGIN),
            "住民記録になく、市の調べで住所があることが分かった人。",
            offered=lambda resident, day: not _here(resident, day) or resident.status == Resident.Status.OUTSIDE),
)  # fmt: skip

for _kind in KINDS:
    register(_kind)
