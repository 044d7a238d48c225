"""The kinds of identifiers, apart by type so that none is taken for another."""

from typing import NewType

TeamId = NewType("TeamId", str)
"""Chosen by the administrator, `^[a-z][a-z0-9-]{0,62}$`, never used again."""

KeyId = NewType("KeyId", str)
"""Of a team's virtual key; not the secret."""

TaskId = NewType("TaskId", str)
"""A UUIDv4 that the gateway gives; what a team polls."""

GenerationId = NewType("GenerationId", str)
"""A UUIDv4 of one paid upstream task, shared by the tasks that reuse it."""

UpstreamId = NewType("UpstreamId", str)
"""The id that Runway gave to a generation."""

ReservationId = NewType("ReservationId", str)
"""Of an open hold on accounts: admission or slot."""

Owner = NewType("Owner", str)
"""Whose limit it is: `organization`, `team/<id>`, `key/<id>` or `project/<name>`."""

ORGANIZATION = Owner("organization")


def team_owner(team: TeamId) -> Owner:
    """Name a team as an owner of limits."""
    return Owner(f"team/{team}")


def key_owner(key: KeyId) -> Owner:
    """Name a key as an owner of limits."""
    return Owner(f"key/{key}")


def project_owner(project: str) -> Owner:
    """Name a Runway project as an owner of running generations."""
    return Owner(f"project/{project}")


_SLOT = ":slot:"


def slot_id(generation: GenerationId, attempt: str) -> ReservationId:
    """Name the reservation of the running slots that one attempt at sending a generation holds."""
    return ReservationId(f"{generation}{_SLOT}{attempt}")


def is_slot(reservation: ReservationId) -> bool:
    """Tell the reservation of running slots from an admission."""
    return _SLOT in reservation
