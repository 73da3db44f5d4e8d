"""Locations and their groups."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.model_base import TenantRow, id_column, refers_to


class Location(TenantRow):
    """`rule_key`: the key of this location in the tenant's file, where its rules differ."""

    __tablename__ = "location"
    name: Mapped[str] = mapped_column(String(80))
    rule_key: Mapped[str | None] = mapped_column(String(40))


class CareGroup(TenantRow):
    __tablename__ = "care_group"
    __table_args__ = (refers_to("location_id", "location"),)
    location_id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
