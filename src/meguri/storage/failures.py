"""What PostgreSQL's errors mean for the person who asked.

psycopg.Error
├── RETRIED           deadlock, serialisation failure: the use case is done again
├── Unavailable       the connection is lost, the server restarts or is full
│   ├── CommitLost    … while committing: it may or may not stand
│   ├── TookTooLong   a statement passed its time limit
│   └── StorageFull   no space to write
├── UnstorableText    a text holds the character U+0000
├── UnstorableValue   a number or a day beyond what can be kept
└── everything else   our mistake: stays as it is and becomes a 500
"""

import psycopg
import psycopg_pool
from psycopg import errors

from meguri.kernel.errors import Invalid, Refusal, Unavailable
from meguri.kernel.text import Text


class TookTooLong(Unavailable):
    """The database needed longer than a request may take; nothing was changed."""

    code = "storage.took_too_long"
    say = Text(
        ja="処理に時間がかかりすぎたため中止しました。範囲を狭めるか、しばらくしてからもう一度お試しください。",
        en="This took too long and was stopped. Please ask for less, or try again shortly.",
    )


class StorageFull(Unavailable):
    """The disk of the database is full: reading goes on, writing is refused."""

    code = "storage.full"
    say = Text(
        ja="保存領域が不足しているため、変更を保存できません。管理者に連絡してください。",
        en="The storage is full, so changes cannot be kept. Please tell the administrator.",
    )


class UnstorableText(Invalid):
    """A text holds U+0000, which no database column can keep."""

    code = "storage.unstorable_text"
    say = Text(
        ja="使用できない制御文字（U+0000）が含まれています。取り除いてからやり直してください。",
        en="A text contains the control character U+0000. Please remove it and try again.",
    )


class UnstorableValue(Invalid):
    """A number or a day is beyond what a database column can keep."""

    code = "storage.unstorable_value"
    say = Text(
        ja="扱える範囲を超える数値または日付が含まれています。値を確認してください。",
        en="A number or a date is beyond what can be kept. Please check the values.",
    )


class CommitLost(Unavailable):
    """The connection went while the change was being committed: it may or may not stand."""

    code = "storage.commit_lost"
    say = Text(
        ja="変更が保存されたかどうか確認できませんでした。最新の状態を確認してからやり直してください。",
        en="It is not known whether the change was kept. Please look at the present state before you try again.",
    )


RETRIED = (errors.DeadlockDetected, errors.SerializationFailure)
_NO_CONNECTION = (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, psycopg_pool.TooManyRequests)
_GONE = (
    *_NO_CONNECTION,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
    errors.TooManyConnections,
    errors.OutOfMemory,
    errors.LockNotAvailable,
    errors.ReadOnlySqlTransaction,
)


def lost(error: BaseException) -> bool:
    """Whether `error` means that the connection is gone, and with it the transaction."""
    if isinstance(error, _NO_CONNECTION):
        return False
    return isinstance(error, (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)) or (
        isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    )


def refusal_for(error: BaseException) -> Refusal | None:
    """The refusal that `error` means, or None when it is not the database's to explain."""
    if isinstance(error, errors.QueryCanceled):
        return TookTooLong()
    if isinstance(error, (errors.DiskFull, errors.IoError)):
        return StorageFull()
    if isinstance(error, _GONE) or lost(error):
        return Unavailable()
    if isinstance(error, psycopg.DataError) and (
        isinstance(error, errors.UntranslatableCharacter) or "NUL" in str(error)
    ):
        return UnstorableText()
    if isinstance(error, (errors.NumericValueOutOfRange, errors.DatetimeFieldOverflow)):
        return UnstorableValue()
    return None
