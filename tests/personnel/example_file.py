"""Personnel files of the made-up city: what the personnel system would send, row by row."""

from datetime import date

from audit.personnel.layout import jinji

KINDS = {"hire": "1", "transfer": "2", "leave": "3", "return": "4", "retire": "5", "rename": "6", "concurrent": "7"}


def row(kind="hire", number="100001", **fields):
    """One data row: 青葉 一郎, hired into the first ward on 1 November, unless said otherwise."""
    values = {
        "personnel_number": number,
        "name": "青葉　一郎",
        "kana": "アオバ　イチロウ",
        "kind": KINDS.get(kind, kind),
        "effective_on": "20261101",
        "office": "01",
        "section": "介護保険室",
        "position": "主事",
        "manager_number": "",
        "address": "あおば市若葉区金親町一丁目2番3号",
        "appointment": "1",
    } | fields
    return [values[item.id] for item in jinji().fields]


def personnel_file(*rows, created=date(2026, 11, 20), serial=1, full=False, **frame):
    """The bytes of a file with these rows; `frame` spoils parts of it: columns, promised, trailer, control, end."""
    columns = frame.get("columns", list(jinji().columns))
    promised = frame.get("promised", len(rows))
    control = frame.get("control", f"H,JINJI,1,{created:%Y%m%d},{serial},{'1' if full else '2'},{promised}")
    lines = [control, ",".join(columns), *(",".join(["D", *one]) for one in rows)]
    lines.append(f"T,{frame.get('trailer', len(rows))}")
    end = frame.get("end", "\r\n")
    return (end.join(lines) + end).encode(frame.get("encoding", "utf-8"))


def new_year(offices, *, each=4, created=date(2026, 3, 25), on=date(2026, 4, 1)):
    """The file of 1 April for a whole city: in every office a manager and `each` clerks, hired that day."""
    rows, number = [], 200_000
    for code in offices:
        manager = str(number)
        people = [(manager, "室長", "")] + [(str(number + place), "主事", manager) for place in range(1, each + 1)]
        rows += [
            row(
                number=one, name=f"職員　{one}番", kana="ショクイン　タロウ", office=code, position=position,
                manager_number=above, address=f"あおば市中央区都町{one[-4:]}番地", effective_on=f"{on:%Y%m%d}",
            )
            for one, position, above in people
        ]  # fmt: skip
        number += 100
    return personnel_file(*rows, created=created)
