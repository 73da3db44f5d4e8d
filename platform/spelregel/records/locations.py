"""Locations and their groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from spelregel.storage.model_base import TenantRow, id_column, refers_to
from spelregel.storage.session import TenantSession


class Location(TenantRow):
    """`rule_key`: the key of this location in the tenant's file, where its rules differ."""

    __tablename__ = "location"
    name: Mapped[str] = mapped_column(String(80))
    rule_key: Mapped[str | None] = mapped_column(String(40))


class CareGroup(TenantRow):
    """`places`: how many children it takes at the same moment; None: nobody told."""

    __tablename__ = "care_group"
    __table_args__ = (refers_to("location_id", "location"),)
    location_id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(String(80))
    places: Mapped[int | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A whole location, or one group of it."""

    location: Location
    group: CareGroup | None

    @property
    def key(self) -> str:
        """As a form sends it."""
        return f"{self.location.id}.{self.group.id}" if self.group else self.location.id


def names_of_groups(session: TenantSession, group_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """group -> its name and that of its location."""
    rows = session.execute(
        select(CareGroup.id, CareGroup.name, Location.name)
        .join(Location, (Location.id == CareGroup.location_id) & (Location.tenant_id == CareGroup.tenant_id))
        .where(CareGroup.id.in_(group_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def list_places(session: TenantSession) -> list[Place]:
    """Each location, and after it its groups."""
    groups = list(session.scalars(select(CareGroup).order_by(CareGroup.name, CareGroup.id)))
    locations = session.scalars(select(Location).order_by(Location.name, Location.id))
    return [
        Place(location, group)
        for location in locations
        for group in (None, *(each for each in groups if each.location_id == location.id))
    ]
