"""What the program says about itself: codes explained, variables for clients, scenarios to play."""

from collections.abc import Iterator

from mock_server import failures
from mock_server.clock import ClockMode
from mock_server.faults import ALL
from mock_server.lifecycle import Status
from mock_server.nearest import nearest
from mock_server.presets import PRESETS
from mock_server.refusals import REASON_HEADER, Reason
from mock_server.spec import RUNWAY_VERSION

STATUSES = {
    400: "Bad input, a bad asset, no version header, or not enough credits. The SDKs do not try again.",
    401: "No key, or one that is not valid. The SDKs do not try again.",
    403: "The account may not do this, for example use this model. The SDKs do not try again.",
    404: "There is no such thing, or not any more: a deleted or cancelled task is not found either.",
    405: "The path knows other methods; the header `allow` names them.",
    409: "The change contradicts another one. The SDKs try again twice.",
    413: "The body is too large.",
    415: "The body must be JSON, and not compressed.",
    429: "The daily cap of the model is used up, or uploads come too fast. The SDKs try again twice, which "
    "does not help against a daily cap.",
    500: "An error of the server. The SDKs try again twice, and a create may then exist and cost twice.",
    501: "Something that the mock does not have.",
    502: "Too much load. The SDKs try again twice, and a create may then exist and cost twice.",
    503: "Too much load. The SDKs try again twice, and a create may then exist and cost twice.",
    504: "Too much load. The SDKs try again twice, and a create may then exist and cost twice.",
}
TASK_STATUSES = {
    Status.PENDING: "It has a place and begins to run in a moment.",
    Status.THROTTLED: "It waits for a place of its model: the tier allows only so many at once. No error.",
    Status.RUNNING: "It runs; `progress` says how far it is.",
    Status.SUCCEEDED: "It has ended well. Its output URLs expire; reading the task again signs new ones.",
    Status.FAILED: "It has ended badly; `failureCode` says why, and decides about the credits.",
    Status.CANCELLED: "It was deleted before it ended. Whoever asks for it gets a 404.",
}
ISSUES = {
    "too_big": "A number, text or list is larger than its maximum.",
    "too_small": "A number, text or list is smaller than its minimum.",
    "invalid_type": "A value of another type is expected, or one is missing.",
    "invalid_value": "The value is none of those that are allowed; the message names the nearest.",
    "invalid_format": "A text does not have the form that is asked for.",
    "invalid_union": "The value fits none of the forms that are allowed; `errors` says why for each.",
    "unrecognized_keys": "A field that a strict schema does not know; the message names the nearest.",
    "custom": "A rule about several fields, or about a medium; the message says it.",
}
REASONS = {
    Reason.RULE: "Runway would have refused this too.",
    Reason.FAULT: "A fault that was asked for or armed.",
    Reason.LIMITATION: "The mock cannot do this; Runway would have done something else.",
}
CLOCKS = {
    ClockMode.REAL: "with the wall, `--speed` times as fast",
    ClockMode.FROZEN: "only when told: POST /_mock/clock",
    ClockMode.AUTO: "with the polls, so that unchanged polling code ends at once",
}
REFUNDS = {True: "The credits are given back.", False: "The credits are kept."}


def explain(word: str) -> str | None:
    """A failure code, HTTP status, task status, issue code, fault, key or reason; None for anything else."""
    return next((text for name in (word, word.upper(), word.lower()) if (text := _explain(name))), None)


def similar(word: str) -> str | None:
    """The word that was perhaps meant."""
    found = nearest(word, list(_words())) or nearest(word.upper(), list(_words()))
    return None if found is None else str(found)


def environment(url: str, key: str) -> str:
    """For a shell to evaluate: everything but the two variables is a comment."""
    return f"""export RUNWAYML_BASE_URL={url}
export RUNWAYML_API_SECRET={key}

# The SDKs for Python and Node read these variables. Or, in code:
#   Python  RunwayML(base_url="{url}", api_key="{key}")
#   Node    new RunwayML({{ baseURL: "{url}", apiKey: "{key}" }})
#   curl    curl {url}/v1/organization \\
#             -H "Authorization: Bearer {key}" -H "X-Runway-Version: {RUNWAY_VERSION}\""""


def scenarios() -> str:
    return "\n".join(_scenarios())


def _explain(name: str) -> str | None:
    if name.isdecimal() and int(name) in STATUSES:
        return _entry(f"HTTP {name}", STATUSES[int(name)], f"[[refuse:{name}]]")
    if name in ALL:
        return _entry(f"fault {name}", _sentence(ALL[name].meaning), f"[[{ALL[name].example}]]")
    if name in PRESETS:
        return _entry(f"key {name}", _sentence(PRESETS[name].meaning), "")
    for kind, texts in (("task status", TASK_STATUSES), ("issue code", ISSUES), (REASON_HEADER, REASONS)):
        told: dict[str, str] = {str(word): text for word, text in texts.items()}
        if name in told:
            return _entry(f"{kind} {name}", told[name], "")
    return _failure(name) if _is_failure(name) else None


def _failure(code: str) -> str:
    family = failures.family_of(code)
    refund = REFUNDS[family.is_refunded]
    return _entry(f"failure code {code}", f"{family.text} {refund} {family.advice}", f"[[fail:{code}]]")


def _is_failure(name: str) -> bool:
    return any(name == family.prefix or name.startswith(f"{family.prefix}.") for family in failures.FAMILIES)


def _entry(title: str, text: str, token: str) -> str:
    example = f'\n  Try it: "promptText": "a lighthouse {token}"' if token else ""
    return f"{title}\n  {text}{example}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _words() -> Iterator[str]:
    for texts in (STATUSES, ALL, PRESETS, TASK_STATUSES, ISSUES, REASONS):
        yield from map(str, texts)
    yield from failures.KNOWN_CODES


def _scenarios() -> Iterator[str]:
    yield "In any text of a body; or in a header, X-Mock-Fault: refuse:503; or armed by POST /_mock/faults"
    for name, kind in ALL.items():
        yield f"  [[{kind.example}]]\n      {name}: {kind.meaning}"
    yield "\nFailure codes for [[fail:CODE]]"
    yield from (f"  {code}" for code in failures.KNOWN_CODES)
    yield "\nKeys; whatever follows a `-` keeps tests apart: key_tier1-my-test"
    yield from (f"  {name:15} {preset.meaning}" for name, preset in PRESETS.items())
    yield "\nTime goes"
    yield from (f"  --clock {mode:8} {text}" for mode, text in CLOCKS.items())
    yield "\nMore about a word: runway-mock explain WORD"
