"""The stories in which a gateway is killed: each sets its scene and tells what the victim is to do."""

from collections.abc import Awaitable, Callable, Mapping

from tests.crashes.stories import cancels, changes, creates, ends, reads, stores, turns
from tests.crashes.stories.cast import BUDGET, Act, Cast

__all__ = ["BUDGET", "STORIES", "Act", "Cast", "Story"]

Story = Callable[[Cast], Awaitable[Act]]

STORIES: Mapping[str, tuple[Story, ...]] = {
    "administer": (
        changes.add_team,
        changes.change_team,
        changes.archive_team,
        changes.add_key,
        changes.change_key,
        changes.revoke_key,
        changes.set_policy_of_a_team,
        changes.set_policy_of_a_key,
        changes.resolve,
    ),
    "admit": (
        creates.create,
        creates.create_queued,
        creates.create_behind_others,
        creates.create_at_the_same_time_as_its_like,
        creates.create_while_a_policy_is_changed,
        creates.create_with_what_was_known_before_the_fence_moved,
    ),
    "authenticate": (reads.look_up_a_key, creates.create_with_what_was_known_before_the_fence_moved),
    "cancel": (
        cancels.cancel_running,
        cancels.cancel_what_has_ended,
        cancels.cancel_in_vain,
        cancels.cancel_unclear,
        cancels.cancel_finished,
        cancels.cancel_queued,
        cancels.cancel_what_is_under_way,
    ),
    "create": (
        creates.create_seeded,
        creates.create_counted,
        creates.create_with_upload,
        creates.create_joining_what_is_under_way,
        creates.create_again_while_it_is_under_way,
        creates.create_at_the_same_time_as_its_like,
        creates.create_like_one_that_is_held_and_not_recorded,
        creates.create_with_what_was_known_before_the_fence_moved,
    ),
    "deliveries": (reads.flush_deliveries,),
    "dispatch": (
        turns.dispatch,
        turns.dispatch_what_nobody_waits_for,
        turns.dispatch_what_another_sends,
    ),
    "forward": (
        creates.create_dearer,
        creates.create_dearer_after_the_fence_moved,
        creates.create_cheaper,
        creates.create_refused,
        creates.create_unclear,
        creates.create_while_records_are_away,
        turns.dispatch_in_vain,
        turns.give_up_an_orphan,
        turns.send_what_was_resolved_meanwhile,
    ),
    "forwards": (creates.create, creates.create_joining_what_is_under_way),
    "hand_over": (
        cancels.hand_over,
        cancels.hand_over_to_nobody,
        cancels.hand_over_while_a_policy_is_changed,
    ),
    "hold": (ends.watch_what_is_gone,),
    "mend": (stores.rebuild, stores.move_fence, stores.mend_twice_at_once, stores.release_abandoned),
    "pass_on": (reads.upload, reads.see_own_organization, reads.read_runway_itself),
    "price": (reads.read_prices,),
    "refresh": (ends.refresh_urls, ends.refresh_urls_for_two_polls),
    "retract": (
        turns.take_back_a_create,
        turns.take_back_a_create_that_was_not_recorded,
        turns.take_back_a_turn,
    ),
    "settle": (
        ends.settle,
        ends.settle_after_the_fence_moved,
        creates.create_refused,
        ends.watch_what_is_gone,
        turns.take_back_a_create,
        turns.take_back_a_create_that_was_not_recorded,
    ),
    "share": (
        creates.create_with_idempotency_key,
        creates.create_joining,
        creates.create_retrying,
    ),
    "slots": (
        creates.create_after_the_fence_moved,
        turns.dispatch_while_a_policy_is_changed,
        ends.see_running_again,
    ),
    "tier": (reads.read_tier,),
    "watch": (
        ends.settle,
        ends.watch_progress,
        ends.watch_what_is_gone,
        ends.watch_with_a_refused_key,
        ends.watch_what_is_stuck,
        ends.see_running_again,
        ends.see_running_again_too_late,
        ends.see_standing_still,
        ends.see_nothing_again,
    ),
}
"""What is told of each flow, until a kill has struck at everything that it awaits."""
