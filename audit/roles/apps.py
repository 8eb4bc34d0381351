from django.apps import AppConfig
from django.db.models.signals import post_save


class RolesConfig(AppConfig):
    """Roles (役割), who holds them, and what a section normally holds."""

    name = "audit.roles"
    label = "roles"
    verbose_name = "役割"

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from audit.decisions import kinds
        from audit.roles import assignments, composing
        from audit.roles.models import describe_new_role, note_description
        from audit.services import role_defined

        kinds.register(composing.KIND)
        kinds.register(assignments.KIND)
        post_save.connect(describe_new_role, sender=Group, dispatch_uid="roles.describe_new_role")
        role_defined.connect(note_description, sender=Group, dispatch_uid="roles.note_description")
