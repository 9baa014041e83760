"""Service changes, notices and deliveries in the admin."""

from notices.admin.changes import ServiceChangeAdmin
from notices.admin.evidence import AnnouncementAdmin, DeliveryAdmin, NoticeAdmin, TemplateAdmin

__all__ = [
    "AnnouncementAdmin",
    "DeliveryAdmin",
    "NoticeAdmin",
    "ServiceChangeAdmin",
    "TemplateAdmin",
]
