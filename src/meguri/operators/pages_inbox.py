"""The page of notifications: what has happened between the company and its partners."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import Role
from meguri.operators import companies, disclosure, inbox, subjects, views
from meguri.operators.model import NotificationFilter, ReadMark
from meguri.operators.pages import AnyRequest, say, sent
from meguri.ui import Flash, done, page, viewer_of
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in


@get("/notifications", guards=[signed_in], include_in_schema=False)
async def notifications(request: AnyRequest, unit: Unit, paging: Paging, view: FromQuery[str] = "") -> Response[str]:
    """What the company was told, newest first; `view=unread`: what nobody has read yet."""
    made_at = clock.now()
    wanted = NotificationFilter(unread_only=view == "unread")
    found = await unit(inbox.listed, wanted, limit=paging.limit, cursor=paging.cursor)
    names = await unit(companies.names_of, {one.from_operator_id for one in found.items})
    own = {one.own_trace_id for one in found.items if one.own_trace_id}
    parts = await unit(subjects.names_of_things, own)
    context = views.InboxPage(
        items=views.notification_rows(found.items, names, parts, disclosure.hrefs_of(found.items)),
        next_cursor=found.next_cursor,
        unread=await unit(inbox.unread_count),
        unread_only=wanted.unread_only,
        may_edit=viewer_of(request).has(Role.EDITOR),
        up_to=made_at.isoformat(),
    )
    return page(request, "inbox.html", context)


@post("/notifications/{notification_id:uuid}/read", guards=[editor], status_code=200, include_in_schema=False)
async def read_one(request: AnyRequest, unit: Unit, notification_id: FromPath[UUID]) -> Response[None]:
    """Mark one as read. Raises NotificationNotFound."""
    await unit(inbox.get, notification_id)
    marked = await unit(inbox.mark, ReadMark(notification_ids=(notification_id,)))
    return done(request, "/notifications", Flash(happened=say(request, "inbox.marked", n=marked.newly_read)))


@post("/notifications/read-all", guards=[editor], status_code=200, include_in_schema=False)
async def read_all(request: AnyRequest, unit: Unit) -> Response[None]:
    """Mark as read all that the page showed. Raises NotFound for a page that we did not make."""
    try:
        up_to = datetime.fromisoformat((await sent(request)).get("up_to", ""))
    except ValueError:
        raise NotFound from None
    if up_to.tzinfo is None:
        raise NotFound
    marked = await unit(inbox.mark, ReadMark(up_to=up_to))
    return done(request, "/notifications", Flash(happened=say(request, "inbox.marked", n=marked.newly_read)))


handlers = [notifications, read_one, read_all]
