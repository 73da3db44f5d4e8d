"""The last good text of every organisation's file, so that a worker that starts while one is broken still serves it.

The one table without a tenant in its key: it is asked by file name, before anybody knows whose file that is. It holds
rules, and no word about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def keep(engine: Engine, texts: Mapping[str, str | None], now: datetime) -> None:
    """`texts`: per file the text that is live; None for a file that is gone. Every worker says the same at about the same
    time: what stands there already is not written again."""
    with Session(engine) as session:
        known = {row.name: row.text for row in session.scalars(select(LiveFile).where(LiveFile.name.in_(texts)))}
    changed = {name: text for name, text in texts.items() if known.get(name) != text}
    if not changed:
        return
    with Session(engine.execution_options(writing=True)) as session:
        session.execute(delete(LiveFile).where(LiveFile.name.in_([name for name in changed if changed[name] is None])))
        for name, text in changed.items():
            if text is not None:
                session.merge(LiveFile(name=name, text=text, live_since=now))
        try:
            session.commit()
        except IntegrityError:  # another worker was first, with the same text
            session.rollback()
