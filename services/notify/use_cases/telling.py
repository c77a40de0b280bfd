"""Telling candidates once per event: a message on the page, an SMS where the policy wants one."""

from dataclasses import dataclass

import structlog

from services.notify.errors import RegistrationNotKnownYetError
from services.notify.model import CODES, Message, Notice, Registration, text_of
from services.notify.ports import Messages, Policies, Registrations, SmsMessages
from services.notify.sms import Sms
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.events import Scope
from shared.events.notify import MessagePosted
from shared.ids import derived_id
from shared.policy.model import Policy
from shared.policy.values import Channel

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell a candidate on every channel that the dossier's policy names; a repeat changes nothing.

    Nobody is told of a dossier that was deleted, however late its news come.

    Raises:
        RegistrationNotKnownYetError: the message stands, but there is no phone for the SMS yet.
    """

    policies: Policies
    registrations: Registrations
    messages: Messages
    sms: SmsMessages
    machine: Clock

    async def __call__(self, notice: Notice) -> None:
        """Store what is to be told."""
        policy = policy_of(self.policies, notice.scope)
        channels = policy.notify.channels_of(notice.kind)
        if Channel.INAPP in channels:
            await self._post(notice, policy)
            crashpoint("notify.after_message")
        known = await self.registrations.find(notice.registration_id)
        if known is not None and known.is_erased:
            await self.messages.forget(notice.registration_id)
        elif Channel.SMS in channels:
            await self._queue(notice, policy, known)

    async def _post(self, notice: Notice, policy: Policy) -> None:
        code = CODES[notice.kind]
        message = Message(
            id=derived_id(notice.event_id, notice.kind),
            registration_id=notice.registration_id,
            scope=notice.scope,
            at=notice.at,
            release_at=notice.release_at,
            author=notice.author,
            code=code,
            text=text_of(notice, policy.notify.message_text(code)),
            sendback_id=notice.sendback_id,
        )
        if await self.messages.add(message, [MessagePosted(message_id=message.id, code=code)]):
            log.info("message.posted", message_id=message.id, code=code)

    async def _queue(self, notice: Notice, policy: Policy, known: Registration | None) -> None:
        text = policy.notify.sms_text(notice.kind)
        if text is None:
            log.error("sms.without_text", kind=notice.kind, policy=policy.version)
            return
        if known is None:
            raise RegistrationNotKnownYetError
        sms = Sms(
            id=derived_id(notice.event_id, "sms"),
            registration_id=notice.registration_id,
            scope=notice.scope,
            kind=notice.kind,
            signature=policy.notify.sms_signature,
            text=text,
            release_at=notice.release_at or notice.at,
            retry_at=self.machine.now(),
        )
        if await self.sms.add(sms):
            log.info("sms.queued", sms_id=sms.id, kind=notice.kind)


def policy_of(policies: Policies, scope: Scope) -> Policy:
    """Return the policy that the event was made under.

    Raises:
        TransientError: its version is not known here yet.
        ValueError: the event says neither version nor place.
    """
    if scope.policy is not None:
        return policies.version(scope.policy)
    if scope.session is None or scope.district is None or scope.site is None:
        raise ValueError("the event's scope names no policy")
    return policies.resolve(scope.session, scope.district, scope.site)
