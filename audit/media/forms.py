"""Forms of exports, media and terminals."""

from typing import Any
from uuid import UUID

from django import forms

from audit.actor import Actor
from audit.formfields import WarekiDateField
from audit.media import kinds, limits, queries
from audit.media.models import Export, Medium, Way
from audit.rights import Act, File, Right
from kaigo.common import clock

ANY = ("", "すべて")
ENTER, DECIDE = Right(File.MEDIA, Act.ENTER), Right(File.MEDIA, Act.DECIDE)


def _choice(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class ExportFilter(forms.Form):
    """Which exports to show."""

    state = forms.ChoiceField(label="状態", choices=[ANY, *Export.State.choices], required=False)
    kind = forms.ChoiceField(label="出力するもの", required=False)
    day_from = WarekiDateField(label="申請日（から）", required=False, help_text="")
    day_to = WarekiDateField(label="申請日（まで）", required=False, help_text="")
    mine = forms.BooleanField(label="自分の申請だけ", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self.fields["kind"], [ANY, *((kind.name, kind.label) for kind in kinds.kinds())])

    def asked(self) -> dict[str, Any]:
        """What is asked for; what cannot be read is left out, and shown as an error."""
        self.is_valid()
        return self.cleaned_data


class DestinationForm(forms.Form):
    """What for, for whom, how and until when: asked of every export, after the kind's own conditions."""

    purpose = forms.CharField(
        label="利用目的", max_length=150, help_text="何の事務に、なぜ必要か。住民の氏名や番号は書かない"
    )
    recipient = forms.CharField(
        label="提供先・利用者", max_length=100, help_text="だれが使うか。例：賦課係（庁内）、国保連合会"
    )
    medium = forms.TypedChoiceField(
        label="持ち出し方", coerce=UUID, empty_value=None, required=False,
        help_text="媒体に写せるのは、媒体取扱担当者に指名された職員だけです",
    )  # fmt: skip
    erase_by = WarekiDateField(
        label="消去の期限", help_text="受け取ったファイルと媒体の内容を、この日までに消去する。例：R8.6.10"
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        media = queries.usable_media(limits.duties(actor))
        _choice(
            self.fields["medium"],
            [
                ("", Export.Carrier.TERMINAL.label),
                *((str(m.public_id), f"媒体 {m.number}（{m.get_kind_display()}）に写す") for m in media),
            ],
        )


class CancelForm(forms.Form):
    """Taking an export back."""

    reason = forms.CharField(label="取り消す理由", max_length=200)


class UseFilter(forms.Form):
    """Which rows of the media register to show."""

    state = forms.ChoiceField(
        label="状態",
        choices=[("out", "消去していない"), ("overdue", "期限を過ぎた"), ("all", "すべて")],
        required=False,
    )

    def asked(self) -> str:
        """The state that is asked for; those that are still out where nothing was asked."""
        self.is_valid()
        return self.cleaned_data.get("state") or "out"


class CopyForm(forms.Form):
    """What was copied to a medium outside an export of this system."""

    medium = forms.TypedChoiceField(label="媒体", coerce=UUID)
    content = forms.CharField(
        label="写した内容", max_length=200, help_text="ファイルや帳票の名称。氏名や番号は書かない"
    )
    count = forms.IntegerField(label="人数", required=False, min_value=0, help_text="分からないときは空欄")
    purpose = forms.CharField(label="利用目的", max_length=150)
    recipient = forms.CharField(label="渡し先", max_length=100, required=False, help_text="渡さないときは空欄")
    due_on = WarekiDateField(label="返却・消去の期限")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        media = queries.usable_media(limits.duties(actor))
        _choice(
            self.fields["medium"],
            [("", "選んでください"), *((str(m.public_id), f"{m.number}（{m.get_kind_display()}）") for m in media)],
        )


class HandForm(forms.Form):
    """The medium went to somebody."""

    to = forms.CharField(label="受け取った人", max_length=100, help_text="団体と氏名")
    day = WarekiDateField(label="渡した日", initial=clock.today)


class ReturnForm(forms.Form):
    """The medium came back."""

    day = WarekiDateField(label="戻った日", initial=clock.today)


class EraseForm(forms.Form):
    """What was copied is gone."""

    how = forms.ChoiceField(label="消去の方法", choices=[("", "選んでください"), *Way.choices])
    day = WarekiDateField(label="消去した日", initial=clock.today)


class VoidForm(forms.Form):
    """The row is wrong."""

    reason = forms.CharField(label="取り消す理由", max_length=200)


class MediumForm(forms.Form):
    """A medium of an office."""

    number = forms.CharField(label="管理番号", max_length=20, help_text="媒体に貼る番号。例：USB-012")
    kind = forms.ChoiceField(label="種類", choices=[("", "選んでください"), *Medium.Kind.choices])
    serial = forms.CharField(label="製造番号", max_length=60, required=False)
    office = forms.TypedChoiceField(label="事務所", coerce=UUID)
    place = forms.CharField(label="保管場所", max_length=60, help_text="施錠できる場所。例：管理課 金庫")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self.fields["office"], _offices(actor, ENTER))


class PlaceForm(forms.Form):
    """Where a medium is kept."""

    place = forms.CharField(label="新しい保管場所", max_length=60)


class DisposeForm(forms.Form):
    """A medium is destroyed."""

    how = forms.ChoiceField(
        label="廃棄の方法",
        choices=[("", "選んでください"), *((w.value, w.label) for w in Way if w is not Way.RECIPIENT)],
    )
    day = WarekiDateField(label="廃棄日", initial=clock.today)


class OfficerForm(forms.Form):
    """Naming somebody for media."""

    staff = forms.TypedChoiceField(label="職員", coerce=UUID)
    office = forms.TypedChoiceField(label="媒体を扱う事務所", coerce=UUID)
    until = WarekiDateField(label="終わりの日", required=False, help_text="空欄は、終わりの日を決めない")
    reason = forms.CharField(label="指名の理由", max_length=200, help_text="例：賦課データの国保連合会への提出")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = queries.candidates(actor.offices(DECIDE))
        named = [
            (str(p.public_id), f"{p.name}（{p.office.name}、{p.login}）") for p in people if p.pk != actor.staff_id
        ]
        _choice(self.fields["staff"], [("", "選んでください"), *named])
        _choice(self.fields["office"], _offices(actor, DECIDE))


class TerminalForm(forms.Form):
    """A terminal of the register."""

    name = forms.CharField(label="端末名", max_length=40, help_text="端末に貼る名称。例：中央-窓口1")
    address = forms.GenericIPAddressField(label="端末アドレス", help_text="固定のIPアドレス。例：192.0.2.15")
    office = forms.TypedChoiceField(label="設置場所", coerce=UUID)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choice(self.fields["office"], _offices(actor, ENTER))


class TerminalChangeForm(TerminalForm):
    """A change of a terminal, with its reason."""

    reason = forms.CharField(label="変更の理由", max_length=200)


class ReasonForm(forms.Form):
    """An act on a terminal."""

    reason = forms.CharField(label="理由", max_length=200)


def _offices(actor: Actor, right: Right) -> list[tuple[str, str]]:
    return [("", "選んでください"), *((str(o.public_id), o.name) for o in queries.offices_with(actor, right))]
