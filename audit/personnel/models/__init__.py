"""Tables of personnel data: orders, requests for ids, pledges, contractors' permissions, yearly reviews."""

from audit.personnel.models.contractors import Attendance, WorkPermission
from audit.personnel.models.orders import IdEvent, PersonnelOrder
from audit.personnel.models.requests import IdRequest, IdRequestRole, Pledge
from audit.personnel.models.reviews import ReviewCampaign, ReviewItem

__all__ = [
    "Attendance",
    "IdEvent",
    "IdRequest",
    "IdRequestRole",
    "PersonnelOrder",
    "Pledge",
    "ReviewCampaign",
    "ReviewItem",
    "WorkPermission",
]
