"""Django's sessions in the database, read together with who is signed in by them: every page asks for both."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from hunan_trade.accounts.models import SessionRecord, User
from hunan_trade.accounts.rows import Rows
from hunan_trade.regions.models import Region

_SIGNED_IN = Rows(
    "signed_in",
    f"{Session._meta.db_table} s"
    f" LEFT JOIN {SessionRecord._meta.db_table} k ON k.session_key = s.session_key"
    f" LEFT JOIN {User._meta.db_table} u ON u.id = k.user_id"
    f" LEFT JOIN {Region._meta.db_table} r ON r.code = u.region_id"
    " WHERE s.session_key = $1 AND s.expire_date > $2",
    s=Session,
    k=SessionRecord,
    u=User,
    r=Region,
)


class SessionStore(db.SessionStore):
    """`record` is that of the session as it was loaded, with user and region; None where there is none."""

    record: SessionRecord | None = None

    def load(self) -> dict[str, Any]:
        found = _SIGNED_IN.first(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
            return {}
        session, record, user, region = found
        if record is not None:
            record.user, user.region = user, region
        self.record = record
        return self.decode(session.session_data)
