"""Which scope an endpoint asks for."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from audit import access
from audit.clients import scopes
from audit.clients.authentication import NotAllowed, caller_of
from audit.permissions import actor_of


class Nobody(BasePermission):
    """A view that names no scope answers nobody."""

    def has_permission(self, request: Request, view: object) -> bool:
        return False


def HasScope(name: str) -> type[BasePermission]:
    """The permission that asks for a scope; the refusal is logged with the rights that the scope carries.

    Raises KeyError for a scope that nobody registered, when the view is defined.
    """
    scope = scopes.scope_named(name)

    class Permission(BasePermission):
        def has_permission(self, request: Request, view: object) -> bool:
            if not getattr(request.user, "is_authenticated", False):
                return False
            if name in caller_of(request).scopes:
                return True
            for right in scope.rights:
                access.record_refusal(actor_of(request._request), right)
            raise NotAllowed(
                "no-scope",
                f"このトークンでは「{scope.label}」（{name}）を利用できません。",
                ways=("必要な場合は、所管の担当者に利用条件の変更を依頼してください。",),
            )

    return Permission
