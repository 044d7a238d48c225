"""The compose file, the Dockerfile and the Prometheus file agree with each other and with the product."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
GATEWAYS = ["gateway-1", "gateway-2"]
VARIABLES = {
    "GATEWAY_REDIS_URL",
    "GATEWAY_DATABASE_URL",
    "GATEWAY_ADMIN_KEY",
    "RUNWAYML_BASE_URL",
    "RUNWAYML_API_SECRET",
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return services


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text()


def test_the_gateways_are_told_their_stores_and_their_upstream(services: dict[str, Any]) -> None:
    told = [set(services[gateway]["environment"]) for gateway in GATEWAYS]

    assert told == [VARIABLES, VARIABLES]


def test_the_gateways_share_their_stores_and_no_port(services: dict[str, Any]) -> None:
    first, second = (services[gateway] for gateway in GATEWAYS)

    assert first["environment"] == second["environment"]
    assert not {_option(first, "--port"), _option(first, "--metrics-port")} & {
        _option(second, "--port"),
        _option(second, "--metrics-port"),
    }


def test_prometheus_reads_the_metrics_of_every_gateway(services: dict[str, Any]) -> None:
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["scrape_configs"]
    (read,) = (config["targets"] for config in job["static_configs"])

    listening = [f"127.0.0.1:{_option(services[gateway], '--metrics-port')}" for gateway in GATEWAYS]

    assert read == listening


def test_every_port_is_published_on_loopback_only_and_answered(services: dict[str, Any]) -> None:
    published = [port.rsplit(":", 1) for service in services.values() for port in service.get("ports", [])]

    listening = {_option(services[name], "--port") for name in (*GATEWAYS, "mock")}

    assert {inside for _, inside in published} == listening | {"9095"}
    assert all(outside == f"127.0.0.1:{inside}" for outside, inside in published)


def test_the_mock_is_the_upstream_and_reached_over_loopback(services: dict[str, Any]) -> None:
    upstream = services["gateway-1"]["environment"]["RUNWAYML_BASE_URL"]

    assert upstream == f"http://127.0.0.1:{_option(services['mock'], '--port')}"
    assert {services[gateway]["network_mode"] for gateway in GATEWAYS} == {"service:mock"}


def test_the_ledger_evicts_nothing(services: dict[str, Any]) -> None:
    assert _option(services["valkey"], "--maxmemory-policy") == "noeviction"


def test_every_foreign_image_is_pinned_to_a_version(services: dict[str, Any], dockerfile: str) -> None:
    composed = [service["image"] for service in services.values() if "build" not in service]
    built_on = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)

    unpinned = [image for image in composed + built_on if not re.search(r":v?\d+\.\d+(\.\d+)?(-|$)", image)]

    assert not unpinned


def test_every_file_that_the_image_copies_or_compose_mounts_exists(
    services: dict[str, Any], dockerfile: str
) -> None:
    copied = [
        ROOT / source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
        for source in sources.split()
    ]
    mounts = [mount.split(":")[0] for service in services.values() for mount in service.get("volumes", [])]
    mounted = [DEPLOY / mount for mount in mounts if mount.startswith("./")]

    assert copied
    assert mounted
    assert not [path for path in copied + mounted if not path.exists()]


def test_the_image_does_not_run_as_root(dockerfile: str) -> None:
    users = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)

    assert users
    assert users[-1] not in {"root", "0"}


def test_the_image_checks_that_the_gateway_lives(dockerfile: str) -> None:
    assert re.search(r"HEALTHCHECK [^\n]*\\\n +CMD .*:8080/health/live", dockerfile)


def test_every_port_that_the_image_exposes_is_answered_outside_the_container(dockerfile: str) -> None:
    command = re.findall(r"^CMD (.+)$", dockerfile, re.MULTILINE)[-1]

    assert re.search(r"^EXPOSE 8080 9090$", dockerfile, re.MULTILINE)
    assert '"--host", "0.0.0.0"' in command
    assert '"--metrics-host", "0.0.0.0"' in command


def _option(service: dict[str, Any], name: str) -> str:
    command: list[str] = service["command"]
    return command[command.index(name) + 1]
