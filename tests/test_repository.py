"""The style and the lists that must stay complete, held by tests so that nobody has to remember them."""

import ast
import importlib
import re
import statistics
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.rules import refusals

ROOT = Path(__file__).parents[1]
PRODUCT = ("gateway", "mock_server", "openapi")
MADE = {".venv", ".git", ".hypothesis", "build", "dist", "var", "node_modules"}

FILE_LINES_MAX = 400
FILE_LINES_USUAL = 300
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_USUAL = 40
FUNCTION_LINES_MEDIAN_BELOW = 12

UNTOLD_WORDS = {
    *("manager", "service", "handler", "helper", "util", "utils"),
    *("base", "common", "data", "info", "process", "do"),
}
"""Words that say nothing about what a thing is for."""
DICTATED = {"data_received"}
"""Names that asyncio calls."""

REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|index-url[ =]\S*://|/simple[/]")
LOCAL_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work|opt|tmp)/\w")
SETTING = re.compile(r"^#?(?P<name>[a-z_]+) = ")
SWITCHED_OFF = re.compile(r"^#(?=[a-z_]+ = |\[+[a-z_.]+\]+$)", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_file_outgrows_its_subject() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in _modules(*PRODUCT, "tests")}

    large = {_shown(path): count for path, count in lines.items() if count > FILE_LINES_USUAL}

    assert not [path for path, count in large.items() if count > FILE_LINES_MAX], large
    assert len(large) <= len(lines) / 10, large


def test_no_function_is_longer_than_a_page() -> None:
    functions = [(path, f) for path in _modules(*PRODUCT, "tests") for f in _functions(path)]

    long = [
        f"{_shown(path)} {f.name}: {_length(f)}" for path, f in functions if _length(f) > FUNCTION_LINES_MAX
    ]

    assert not long


def test_most_functions_are_short() -> None:
    lengths = [_length(f) for path in _modules(*PRODUCT) for f in _functions(path) if not _is_stub(f)]

    usual = sum(length < FUNCTION_LINES_USUAL for length in lengths)

    assert usual >= 0.9 * len(lengths)
    assert statistics.median(lengths) < FUNCTION_LINES_MEDIAN_BELOW


def test_names_say_what_a_thing_is_for() -> None:
    named = [(path, path.stem) for path in _modules(*PRODUCT, "tests")]
    named += [(path, name) for path in _modules(*PRODUCT, "tests") for name in _defined(path)]

    untold = [
        f"{_shown(path)} {name}"
        for path, name in named
        if name not in DICTATED
        and _words(name) & UNTOLD_WORDS
        and not name.startswith("test_")  # a test's name is a sentence
    ]

    assert not untold


def test_rules_wait_for_nothing_and_read_no_clock() -> None:
    nodes = [(path, node) for path in _modules("gateway/rules") for node in ast.walk(_tree(path))]

    impure = [
        f"{_shown(path)}: {ast.unparse(node)}"
        for path, node in nodes
        if _waits(node) or _reads_the_clock(node)
    ]

    assert not impure


def test_the_map_names_every_module_of_the_gateway() -> None:
    gateway = ROOT / "gateway"
    files = [*gateway.rglob("*.py"), *gateway.rglob("*.lua")]
    present = {path.relative_to(gateway).as_posix() for path in files if path.name != "__init__.py"}

    mapped = set(re.findall(r"`([\w/]+\.(?:py|lua))`", (gateway / "README.md").read_text()))

    assert {path for path in present if "/versions/" not in path} == mapped


def test_the_example_configuration_shows_every_setting() -> None:
    settings = importlib.import_module("gateway.settings").Settings
    example = (ROOT / "deploy/gateway.example.toml").read_text()

    shown = set(_keys(tomllib.loads(SWITCHED_OFF.sub("", example))))

    assert shown == set(_settings(settings))


def test_the_example_configuration_says_why_to_change_each_setting() -> None:
    lines = (ROOT / "deploy/gateway.example.toml").read_text().splitlines()

    unexplained = [
        line
        for before, line in pairwise(["", *lines])
        if SETTING.match(line) and not before.startswith("# ") and "  # " not in line
    ]

    assert not unexplained


def test_every_refusal_has_a_status() -> None:
    status = importlib.import_module("gateway.web.problems").STATUS

    with_runways_own = {refusals.UpstreamRefused}

    assert set(status) | with_runways_own == set(_subclasses(refusals.Refusal))


def test_every_refusal_has_its_own_code() -> None:
    codes = [refusal.code for refusal in _subclasses(refusals.Refusal)]

    assert len(codes) == len(set(codes))
    assert refusals.Refusal.code not in codes


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    texts = {path: path.read_text(errors="replace") for path in _written()}

    places = [
        f"{_shown(path)}: {found.group()}"
        for path, text in texts.items()
        for found in (*REGISTRY.finditer(text), *LOCAL_PATH.finditer(text))
    ]

    assert not places


def test_the_lock_satisfies_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lock = (ROOT / "requirements.lock").read_text()
    pins = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)
    }

    unsatisfied = [
        str(needed)
        for needed in _requirements(project)
        if not needed.specifier.contains(pins.get(canonicalize_name(needed.name), "0"))
    ]

    assert not unsatisfied


def test_every_path_that_the_readme_links_to_exists() -> None:
    linked = re.findall(r"\]\(([\w./-]+)\)", (ROOT / "README.md").read_text())

    assert linked
    assert not [path for path in linked if not (ROOT / path).exists()]


def test_every_make_command_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))

    told = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text()))

    assert told
    assert told <= targets


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _written() -> Iterator[Path]:
    """Every file that we wrote or generated: what a commit may hold."""
    for top in ROOT.iterdir():
        if top.name in MADE or top.name.endswith("_cache"):
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
                yield path


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(_tree(path)) if isinstance(node, Function)]


def _defined(path: Path) -> list[str]:
    return [node.name for node in ast.walk(_tree(path)) if isinstance(node, Function | ast.ClassDef)]


def _length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    docstring = ast.get_docstring(function, clean=False)
    docstring_lines = docstring.count("\n") + 1 if docstring else 0
    assert function.end_lineno, "every parsed function has an end"
    return function.end_lineno - function.lineno + 1 - docstring_lines


def _is_stub(function: Function) -> bool:
    """A method of a port: nothing but its contract."""
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in function.body)


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def _waits(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFunctionDef | ast.Await)


def _reads_the_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}


def _settings(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    """Dotted names of the settings of a struct and of the structs in it."""
    for field in msgspec.structs.fields(struct):
        name = f"{prefix}{field.encode_name}"
        inner = [part for part in _parts(field.type) if issubclass(part, msgspec.Struct)]
        yield from _settings(inner[0], f"{name}.") if inner else [name]


def _parts(annotation: object) -> Iterator[type]:
    """The classes of which an annotation consists."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _keys(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Dotted names of the values of a TOML table; a table in an array counts as one."""
    for key, value in table.items():
        match value:
            case dict():
                yield from _keys(value, f"{prefix}{key}.")
            case [dict() as first, *_]:
                yield from _keys(first, f"{prefix}{key}.")
            case _:
                yield f"{prefix}{key}"


def _subclasses(refusal: type[refusals.Refusal]) -> Iterator[type[refusals.Refusal]]:
    for subclass in refusal.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _requirements(project: dict[str, Any]) -> Iterator[Requirement]:
    extras = project["project"]["optional-dependencies"].values()
    groups = project["dependency-groups"].values()
    for listed in (project["project"]["dependencies"], *extras, *groups):
        yield from map(Requirement, listed)
