"""The last good text of every organisation's file, so that a worker that starts while one is broken still serves it.

The one table without a tenant in its key: it is asked by file name, before anybody knows whose file that is. It holds
rules, and no word about a person.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, String, Text, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from spelregel.storage.column_types import UtcMoment
from spelregel.storage.model_base import Base


class LiveFile(Base):
    __tablename__ = "live_file"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    live_since: Mapped[datetime] = mapped_column(UtcMoment)


def recall(engine: Engine, name: str) -> str | None:
    with Session(engine) as session:
        return session.scalars(select(LiveFile.text).where(LiveFile.name == name)).one_or_none()


def remember(engine: Engine, name: str, text: str, now: datetime) -> None:
    """Every worker says the same at about the same time: who comes second changes nothing."""
    if recall(engine, name) == text:
        return
    with Session(engine.execution_options(writing=True)) as session:
        session.merge(LiveFile(name=name, text=text, live_since=now))
        try:
            session.commit()
        except IntegrityError:
            session.rollback()


def forget(engine: Engine, name: str) -> None:
    with Session(engine.execution_options(writing=True)) as session:
        session.execute(delete(LiveFile).where(LiveFile.name == name))
        session.commit()
