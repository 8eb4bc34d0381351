"""Forms of the eligibility room."""

from django import forms


class SearchForm(forms.Form):
    """The one search box."""

    text = forms.CharField(
        label="探す人",
        max_length=100,
        error_messages={"required": "番号、氏名、カナ、生年月日、電話番号のどれかを入れてください。"},
    )


class ResultsPage(forms.Form):
    """Which remembered search, and which page of it."""

    s = forms.UUIDField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=200)
