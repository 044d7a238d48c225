"""Keys whose name says what kind of account they open; whatever follows a `-` only keeps them apart."""

import msgspec


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """How a new tenant differs from the settings; None leaves it to them. `credits` in whole credits."""

    meaning: str
    tier: str | None = None
    credits: int | None = None
    is_day_used_up: bool = False


ORDINARY = Preset(meaning="as the program was started")
PRESETS = {
    **{f"key_tier{tier}": Preset(meaning=f"tier {tier}", tier=tier) for tier in "12345"},
    "key_unlimited": Preset(meaning="no limits", tier="unlimited"),
    "key_lowcredit": Preset(meaning="30 credits: one gen4_turbo clip of 5 s, and no second one", credits=30),
    "key_nocredit": Preset(meaning="no credits", credits=0),
    "key_daily": Preset(
        meaning="tier 1 with every daily cap used up when the key is first seen; 24 h later it is free",
        tier="1",
        is_day_used_up=True,
    ),
}


def preset_of(key: str) -> Preset:
    """`key_tier1` and `key_tier1-anything` open accounts of the same kind."""
    return PRESETS.get(key.partition("-")[0], ORDINARY)
