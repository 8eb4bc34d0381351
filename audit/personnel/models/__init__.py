"""Tables of personnel data: orders, requests for ids, pledges, contractors' permissions, yearly reviews."""

from audit.personnel.models.orders import IdEvent, PersonnelOrder

__all__ = ["IdEvent", "PersonnelOrder"]
