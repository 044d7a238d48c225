"""The price book against everything that Runway offers."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.catalogue.book import PriceBook, read_prices
from gateway.catalogue.document import Document, Variant, read_document
from gateway.ports.catalogue import Access
from gateway.rules.pricing import (
    Characters,
    Charge,
    Choice,
    Items,
    Number,
    PriceSheet,
    Unmeasured,
    _chosen,
    _size,
)

BOOK = read_prices()
DOCUMENT = read_document()
Offer = tuple[str, str | None]


def test_every_operation_and_model_has_a_price() -> None:
    assert set(offers(DOCUMENT)) - BOOK.sheets.keys() == set()


def test_no_price_is_for_something_that_runway_does_not_offer() -> None:
    assert BOOK.sheets.keys() - set(offers(DOCUMENT)) == set()


def test_every_field_that_a_price_reads_exists_in_a_model_it_is_for() -> None:
    fields: dict[str, set[str]] = {}
    for offer, sheet in BOOK.sheets.items():
        for field in fields_of(sheet):
            fields.setdefault(f"{id(sheet)} {field}", set()).update(known_fields(offer))

    assert [name for name, known in fields.items() if name.split()[1] not in known] == []


def test_every_default_of_a_price_is_the_documented_one() -> None:
    differing = [
        (offer, field)
        for offer, sheet in BOOK.sheets.items()
        for field in fields_of(sheet)
        for variant in variants(offer)
        if field in variant.defaults and not agrees(sheet, variant, field)
    ]

    assert differing == []


def test_every_accepted_size_has_its_own_rate() -> None:
    without = {
        (model, value)
        for (_, model), variant, choice in sized_choices()
        for value in DOCUMENT.schemas[variant.schema]["properties"]["ratio"].get("enum", ())
        if _chosen(choice, value) == choice.otherwise
    }

    assert {value for model, value in without if model == "gpt_image_2"} == {"auto"}
    assert {model for model, _ in without} == {"gpt_image_2", "gen4_image"}


@pytest.mark.parametrize("model", ["seedance2", "seedance2_5", "wan3", "happyhorse_1_0", "kling_4"])
def test_ratios_that_come_in_sets_have_as_many_in_each_size(model: str) -> None:
    choice, ratios = next(
        (choice, DOCUMENT.schemas[variant.schema]["properties"]["ratio"]["enum"])
        for offer, variant, choice in sized_choices()
        if offer == ("text_to_video", model)
    )

    counts = Counter(_size(ratio, choice.rates) for ratio in ratios if ":" in ratio)

    assert len(set(counts.values())) == 1
    assert counts.keys() == choice.rates.keys()


def test_assumed_prices_say_so() -> None:
    assert BOOK.price("video_upscale", "enhance_frame_rate", body={}).assumed
    assert not BOOK.price("image_to_video", "gen4_turbo", body={}).assumed


def test_two_prices_for_the_same_are_refused(tmp_path: Path) -> None:
    entry = '[[prices]]\noperations = ["a"]\nmodels = ["b"]\ncharges = [{ rate = 1 }]\n'
    file = tmp_path / "prices.toml"
    file.write_text(entry * 2)

    with pytest.raises(ValueError, match="two prices"):
        read_prices(file)


def test_a_misspelt_word_in_the_book_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[prices]]\noperations = ["a"]\ncharges = [{ rates = 1 }]\n')

    with pytest.raises(msgspec.ValidationError, match="rate"):
        read_prices(file)


def test_a_book_answers_only_for_what_it_holds() -> None:
    with pytest.raises(KeyError):
        PriceBook({}).price("image_to_video", "gen4_turbo", body={})


def offers(document: Document) -> Iterator[Offer]:
    for operation in document.operations:
        if operation.access is Access.CREATE:
            yield from ((operation.name, model) for model in document.bodies[operation.name].models or {None})


def variants(offer: Offer) -> list[Variant]:
    operation, model = offer
    shape = DOCUMENT.bodies[operation]
    return [shape.variants[model]] if model in shape.variants else list(shape.variants.values())


def known_fields(offer: Offer) -> set[str]:
    schemas = [DOCUMENT.schemas[variant.schema]["properties"] for variant in variants(offer)]
    nested = {
        f"{field}.{inner}"
        for properties in schemas
        for field, rule in properties.items()
        for inner in rule.get("properties", ())
    }
    return nested.union(*schemas)


def sized_choices() -> Iterator[tuple[Offer, Variant, Choice]]:
    for offer, sheet in BOOK.sheets.items():
        for choice in choices_of(sheet):
            if choice.by == "ratio":
                yield from ((offer, variant, choice) for variant in variants(offer))


def charges_fields(charge: Charge) -> Iterator[str | None]:
    yield charge.given
    yield charge.missing
    for amount in charge.times:
        match amount:
            case Number():
                yield amount.field
                yield amount.unless
            case Items(field) | Characters(field):
                yield field
            case Unmeasured():
                pass


def fields_of(sheet: PriceSheet) -> set[str]:
    read = {field for charge in sheet.charges for field in charges_fields(charge) if field is not None}
    return read | {choice.by for choice in choices_of(sheet)}


def choices_of(sheet: PriceSheet) -> Iterator[Choice]:
    rates = [charge.rate for charge in sheet.charges]
    while rates:
        rate = rates.pop()
        if isinstance(rate, Choice):
            yield rate
            rates.extend(rate.rates.values())


def agrees(sheet: PriceSheet, variant: Variant, field: str) -> bool:
    """Whether the price without the field is the price with its documented default."""
    book = PriceBook({("a", None): sheet})
    without = book.price("a", None, body={})
    return without == book.price("a", None, body={field: variant.defaults[field]})
