from django.apps import AppConfig


class PersonnelConfig(AppConfig):
    """Personnel data (人事情報), id requests, pledges, contractors' ids, the yearly review of ids."""

    name = "audit.personnel"
    label = "personnel"
    verbose_name = "人事"
