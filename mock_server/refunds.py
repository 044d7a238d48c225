"""What a task costs in the end, by how it ended."""

from typing import assert_never

import msgspec

from mock_server import failures
from mock_server.credits import NONE, Credits
from mock_server.script import Fails, Script, Succeeds


class RefundRules(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where Runway's documents are silent or disagree, a tenant chooses, for tasks created from then on.

    `refunds_cancelled`: one account measured that cancelling refunds nothing. `refunds_moderated_output`: the
    task-failures page says refunded, the moderation page says charged.
    """

    refunds_cancelled: bool = False
    refunds_moderated_output: bool = True

    def cost_of_ending(self, script: Script, *, estimate: Credits) -> Credits:
        match script.ending:
            case Succeeds(cost=cost):
                return cost
            case Fails(code=code, is_refunded=told):
                return NONE if (self._is_refunded(code) if told is None else told) else estimate
            case _:
                assert_never(script.ending)

    def cost_of_cancelling(self, estimate: Credits) -> Credits:
        return NONE if self.refunds_cancelled else estimate

    def _is_refunded(self, code: str | None) -> bool:
        if failures.is_moderated_output(code):
            return self.refunds_moderated_output
        return failures.family_of(code).is_refunded
