"""The notification endpoint (OpenID4VCI section 11): what became of the copies, said by the wallet."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from didkit_fr.errors import ParseError, ProtocolError
from didkit_fr.flow import Request, Response
from didkit_fr.protocols.message import Message, Name, parse_message
from didkit_fr.protocols.oauth.error import refusal

__all__ = [
    "ACCEPTED",
    "DELETED",
    "FAILURE",
    "Event",
    "Notification",
    "build_notification_request",
    "check_notification_response",
    "parse_notification_request",
]

Event: TypeAlias = Literal["credential_accepted", "credential_failure", "credential_deleted"]

ACCEPTED: Event = "credential_accepted"
FAILURE: Event = "credential_failure"
DELETED: Event = "credential_deleted"

MAX_REQUEST = 16_384

_SUCCESS = range(200, 300)


class Notification(Message):
    """A notification; its description may be anybody's text: its characters are checked, it is never shown or kept."""

    notification_id: Name
    event: Event
    event_description: (
        Annotated[str, StringConstraints(max_length=1024, pattern=r"^[\x20-\x21\x23-\x5b\x5d-\x7e]*$")] | None
    ) = Field(None, repr=False)


def build_notification_request(endpoint: str, *, token: str, notification_id: str, event: Event) -> Request:
    """The wallet's request. It says no more than the event: a description could only tell of the citizen."""
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "accept": "application/json",
    }
    return Request("POST", endpoint, headers, Notification(notification_id=notification_id, event=event).encode())


def parse_notification_request(raw: bytes) -> Notification:
    """The issuer's side. Members that are not known are ignored.

    Raises:
        ProtocolError: `invalid_notification_request`.
    """
    try:
        return parse_message(Notification, raw, max_bytes=MAX_REQUEST)
    except ParseError as error:
        raise ProtocolError("invalid_notification_request", error.detail or error.code) from None


def check_notification_response(response: Response) -> None:
    """The wallet's side: any 2xx is a yes.

    Raises:
        FetchError: `fetch_status` where trying again may help.
        ProtocolError: what the issuer answered. To an acceptance, `invalid_notification_id` says that these copies are
            void, as a newer attempt took their place: they must not be kept, and may be collected again with the same
            token. Whatever else is answered says nothing of them.
    """
    if response.status not in _SUCCESS:
        raise refusal(response)
