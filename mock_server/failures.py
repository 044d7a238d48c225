"""Runway's failure codes, their texts, and which of them give the credits back."""

from typing import NamedTuple


class Family(NamedTuple):
    """All codes that start with `prefix`. `advice` is Runway's on trying again."""

    prefix: str
    text: str
    advice: str
    is_refunded: bool


# The longest prefix that fits decides. Source: the task-failures page; the texts are ours. Codes without a
# row here count as INTERNAL, because Runway asks clients to expect new ones.
FAMILIES = (
    Family(
        "SAFETY.INPUT",
        "The input did not pass content moderation.",
        "Never send it again: who does so often may be suspended.",
        is_refunded=False,
    ),
    Family(
        "SAFETY.OUTPUT",
        "The output did not pass content moderation.",
        "Try another prompt, not the same one.",
        is_refunded=True,
    ),
    Family(
        "INPUT_PREPROCESSING.SAFETY",
        "The prompt did not pass content moderation.",
        "Never send it again.",
        is_refunded=True,
    ),
    Family(
        "INPUT_PREPROCESSING.INTERNAL",
        "The input could not be prepared.",
        "Try again after a while.",
        is_refunded=True,
    ),
    Family(
        "INTERNAL.BAD_OUTPUT",
        "The output was of unusable quality.",
        "Try again with another input or prompt.",
        is_refunded=True,
    ),
    Family("ASSET.INVALID", "An input asset is invalid.", "Mend the asset first.", is_refunded=True),
    Family(
        "THIRD_PARTY.UNAVAILABLE",
        "The model's provider is unavailable.",
        "Try again after a while.",
        is_refunded=True,
    ),
    Family("INTERNAL", "An internal error occurred.", "Try again after a while.", is_refunded=True),
)

KNOWN_CODES = (
    "SAFETY.INPUT.TEXT",
    "SAFETY.INPUT.IMAGE",
    "SAFETY.INPUT.VIDEO",
    "SAFETY.INPUT.AUDIO",
    "SAFETY.OUTPUT.TEXT",
    "SAFETY.OUTPUT.IMAGE",
    "SAFETY.OUTPUT.VIDEO",
    "SAFETY.OUTPUT.AUDIO",
    "INPUT_PREPROCESSING.SAFETY.TEXT",
    "INPUT_PREPROCESSING.INTERNAL",
    "INTERNAL.BAD_OUTPUT.01",
    "INTERNAL.BAD_OUTPUT.CODE01",
    "ASSET.INVALID",
    "THIRD_PARTY.UNAVAILABLE",
    "INTERNAL",
)


def family_of(code: str | None) -> Family:
    """No code at all is treated as INTERNAL, as Runway documents it."""
    fitting = [family for family in FAMILIES if code is not None and _belongs(code, family.prefix)]
    return max(fitting, key=lambda family: len(family.prefix), default=FAMILIES[-1])


def is_moderated_output(code: str | None) -> bool:
    return code is not None and _belongs(code, "SAFETY.OUTPUT")


def _belongs(code: str, prefix: str) -> bool:
    return code == prefix or code.startswith(f"{prefix}.")
