"""The detectors: each takes facts of a day and the thresholds, and says what a manager should look at, and why."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from audit.watching.rules.facts import Grounded, Logon, Outside, Related, Searching, Series, Shown, Use
from audit.watching.rules.hit import Hit, Kind, Severity
from audit.watching.rules.thresholds import Thresholds

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH


def long_logons(logons: Iterable[Logon], limits: Thresholds) -> Iterator[Hit]:
    """Log-ons that went on for the threshold or longer (E12)."""
    for logon in logons:
        if logon.length < limits.long_logon:
            continue
        severity = HIGH if logon.length >= 2 * limits.long_logon else MEDIUM
        end = "まで" if logon.ended else "の時点でまだ続いていて、そこまで"
        where = f"端末「{logon.terminal}」で、" if logon.terminal else ""
        words = (
            f"{where}{_moment(logon, 'since')}から{_moment(logon, 'until')}{end}"
            f"{duration(logon.length)}ログオンしていました。基準は{duration(limits.long_logon)}以上です。"
        )
        figures = {
            "ログオンの長さ": duration(logon.length),
            "始まり": _moment(logon, "since"),
            "終わり": _moment(logon, "until"),
            "端末": logon.terminal,
        }
        rows = {"session": logon.session, "since": logon.since, "until": logon.until}
        yield Hit(Kind.LONG_LOGON, logon.key, logon.staff_id, logon.name, severity, words, figures, rows, once=True)


def outside_hours(uses: Iterable[Outside], limits: Thresholds) -> Iterator[Hit]:
    """Work at night, early in the morning and on closed days."""
    for use in uses:
        if use.count < limits.off_hours_minimum:
            continue
        kind = Kind.HOLIDAY if use.closed else Kind.OFF_HOURS
        severity = MEDIUM if use.late or use.closed else LOW
        span = f"{use.first:%H:%M}から{use.last:%H:%M}までに{use.count:,}件"
        late = f"うち{use.late:,}件は深夜です。" if use.late else ""
        why = f"閉庁日（{use.closed}）の{span}" if use.closed else f"執務時間と前後の猶予の外の{span}"
        figures = {"件数": use.count, "うち深夜": use.late, "最初": f"{use.first:%H:%M}", "最後": f"{use.last:%H:%M}"}
        yield Hit(kind, f"s{use.staff_id}", use.staff_id, use.name, severity, f"{why}の記録があります。{late}", figures)


def grounded(accesses: Iterable[Grounded]) -> Iterator[Hit]:
    """Reads of other offices' records and emergency accesses: all of them are reviewed."""
    for access in accesses:
        missing = access.count - access.with_reason
        emergency = access.ground == Kind.EMERGENCY
        kind = Kind.EMERGENCY if emergency else Kind.CROSS_OFFICE
        reasons = f"理由の記載がない記録が{missing:,}件あります。" if missing else "すべてに理由が記載されています。"
        severity = HIGH if emergency else MEDIUM if missing else LOW
        words = f"{kind.label}で{access.persons:,}人の記録を{access.count:,}件見ました。{reasons}"
        figures = {"件数": access.count, "対象者": access.persons, "理由なし": missing}
        rows = {"ground": access.ground}
        yield Hit(kind, f"s{access.staff_id}", access.staff_id, access.name, severity, words, figures, rows)


def refused_series(series: Iterable[Series], limits: Thresholds) -> Iterator[Hit]:
    """Refused attempts one after the other: somebody tries what they may not do."""
    for found in series:
        if found.densest < limits.refused_count:
            continue
        severity = HIGH if found.densest >= 3 * limits.refused_count else MEDIUM
        words = (
            f"権限のない操作が{duration(limits.refused_window)}のうちに{found.densest:,}回拒否されました"
            f"（1日の合計{found.total:,}回）。基準は{limits.refused_count:,}回以上です。"
        )
        figures = {"続いた回数": found.densest, "1日の回数": found.total}
        yield Hit(Kind.REFUSED, f"s{found.staff_id}", found.staff_id, found.name, severity, words, figures)


def sign_in_series(series: Iterable[Series], limits: Thresholds) -> Iterator[Hit]:
    """Failed sign-ins one after the other, at one id or from one address."""
    for found in series:
        if found.densest < limits.sign_in_failures:
            continue
        several = f"{found.accounts:,}個の利用者IDで" if found.accounts > 1 else ""
        where = f"端末（{found.address}）から{several}" if found.address else "この利用者IDで"
        words = (
            f"{where}認証の失敗が{duration(limits.sign_in_window)}のうちに{found.densest:,}回続きました"
            f"（1日の合計{found.total:,}回）。基準は{limits.sign_in_failures:,}回以上です。"
        )
        key = f"a{found.address}" if found.address else f"n{found.name}"
        figures = {"続いた回数": found.densest, "1日の回数": found.total}
        rows = {"address": found.address or None}
        severity = HIGH if found.accounts > 1 else MEDIUM
        yield Hit(Kind.SIGN_IN, key, found.staff_id, found.name, severity, words, figures, rows)


def idle_searches(searching: Iterable[Searching], limits: Thresholds) -> Iterator[Hit]:
    """Many searches that led to no record: browsing instead of working."""
    for found in searching:
        share = found.idle * 1000 // found.searches if found.searches else 0
        if found.idle < limits.search_minimum or share < limits.search_share:
            continue
        words = (
            f"検索{found.searches:,}回のうち{found.idle:,}回（{share // 10}%）は、後に照会も手続もありません。"
            f"基準は{limits.search_minimum:,}回以上かつ{limits.search_share // 10}%以上です。"
        )
        figures = {"検索": found.searches, "続く行為なし": found.idle, "割合（%）": share // 10}
        yield Hit(Kind.SEARCHES, f"s{found.staff_id}", found.staff_id, found.name, MEDIUM, words, figures)


def numbers_shown(shown: Iterable[Shown], limits: Thresholds) -> Iterator[Hit]:
    """Individual numbers that were shown: every time is reviewed."""
    for found in shown:
        severity = HIGH if found.count >= limits.number_shown_high else LOW
        words = f"{found.persons:,}人の個人番号を{found.count:,}回表示しました。表示はすべて点検の対象です。"
        figures = {"表示": found.count, "対象者": found.persons}
        yield Hit(Kind.NUMBER_SHOWN, f"s{found.staff_id}", found.staff_id, found.name, severity, words, figures)


def paper_and_files(uses: Iterable[Use], limits: Thresholds) -> Iterator[Hit]:
    """Prints and exports of many people on a day."""
    for use in uses:
        for kind, count, least, act in (
            (Kind.PRINTS, use.prints, limits.print_persons, "印刷"),
            (Kind.EXPORTS, use.exports, limits.export_persons, "出力"),
        ):
            if use.staff_id is None or count < least:
                continue
            severity = HIGH if count >= 5 * least and count >= limits.print_persons else MEDIUM
            words = f"1日に延べ{count:,}人分を{act}しました。基準は延べ{least:,}人分以上です。"
            yield Hit(kind, f"s{use.staff_id}", use.staff_id, use.name, severity, words, {"人数": count})


WHY = {
    Kind.ONESELF: ("氏名と住所が同じ住民（本人とみられる人）", HIGH),
    Kind.SAME_ADDRESS: ("住所が同じ住民", HIGH),
    Kind.SAME_SURNAME: ("姓が同じ住民", LOW),
    Kind.COLLEAGUE: ("氏名と住所がほかの職員と同じ住民", HIGH),
    Kind.PROTECTED: ("支援措置の対象者", MEDIUM),
}


def relations(related: Iterable[Related]) -> Iterator[Hit]:
    """Family, neighbours, oneself, colleagues and protected persons among the people looked up."""
    for found in related:
        who, severity = WHY[found.kind]
        rare = ""
        if found.kind == Kind.SAME_SURNAME:
            severity = MEDIUM if found.rare else LOW
            rare = "この姓はまれな姓です。" if found.rare else "この姓は多い姓です。"
        words = f"{who}{len(found.subjects):,}人の記録を見ました。{rare}"
        rows = {"subjects": [str(subject) for subject in found.subjects]}
        figures = {"対象者": len(found.subjects)}
        yield Hit(found.kind, f"s{found.staff_id}", found.staff_id, found.name, severity, words, figures, rows)


def duration(length: timedelta) -> str:
    """Hours and minutes in words: 10時間5分."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return f"{hours}時間{minutes}分" if hours and minutes else f"{hours}時間" if hours else f"{minutes}分"


def _moment(logon: Logon, name: str) -> str:
    moment = logon.since if name == "since" else logon.until
    return f"{moment.month}月{moment.day}日{moment:%H:%M}"
