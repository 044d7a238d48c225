"""Settings that cannot be right are refused with words that help."""

import pytest

from gateway.settings import ADMIN_KEY_LENGTH_MAX, ADMIN_KEY_LENGTH_MIN, Settings, WrongSettings, load

LONGEST = "k" * ADMIN_KEY_LENGTH_MAX


@pytest.mark.parametrize("key", ["k" * ADMIN_KEY_LENGTH_MIN, LONGEST, "rwadm_" + "0f" * 32])
def test_a_long_admin_key_is_taken(key: str) -> None:
    assert load(None, {"GATEWAY_ADMIN_KEY": key}).admin.key == key


def test_without_an_admin_key_one_is_made() -> None:
    assert load(None, {"GATEWAY_ADMIN_KEY": ""}).admin.key == ""


@pytest.mark.parametrize("variable", ["GATEWAY_ADMIN_KEY", "GATEWAY__ADMIN__KEY"])
@pytest.mark.parametrize("key", ["secret", "k" * (ADMIN_KEY_LENGTH_MIN - 1), LONGEST + "k"])
def test_an_admin_key_of_another_length_is_refused(variable: str, key: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        load(None, {variable: key})

    assert "32 to 512 characters" in str(refused.value)
    assert key not in str(refused.value)


@pytest.mark.parametrize("odd", [" ", "\n", "\x7f", "\u00e9", "\udcff"])
def test_an_admin_key_that_no_request_can_carry_is_refused(odd: str) -> None:
    with pytest.raises(WrongSettings, match="printable ASCII characters without spaces"):
        load(None, {"GATEWAY_ADMIN_KEY": f"{odd}canary".rjust(ADMIN_KEY_LENGTH_MIN, "k")})


# --- variables ---


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("GATEWAY_DATABSE_URL", "GATEWAY_DATABASE_URL"),
        ("GATEWAY_SERVER__PORT", "GATEWAY__SERVER__PORT"),
        ("GATEWAY_ADMIN_KEYS", "GATEWAY_ADMIN_KEY"),
        ("GATEWAY__SERVER__PROT", "port"),
        ("GATEWAY__SEVER__PORT", "server"),
    ],
)
def test_a_mistyped_variable_is_refused_with_the_nearest(variable: str, meant: str) -> None:
    with pytest.raises(WrongSettings, match=rf"did you mean {meant}\?") as refused:
        load(None, {variable: "canary"})

    assert "canary" not in str(refused.value)


def test_variables_of_others_are_none_of_its_business() -> None:
    others = {
        "PATH": "/bin",
        "GATEWAYS": "2",
        "GATEWAY_CONFIG": "gateway.toml",
        "GATEWAY_URL": "http://127.0.0.1:8080",
        "GATEWAY_SERVICE_HOST": "10.0.0.1",
        "GATEWAY_METRICS_SERVICE_PORT_HTTP": "80",
        "GATEWAY_PORT": "tcp://10.0.0.1:80",
        "GATEWAY_PORT_80_TCP_ADDR": "10.0.0.1",
    }

    assert load(None, others) == Settings()


@pytest.mark.parametrize(
    ("value", "proxies"),
    [
        ("10.0.0.1", ("10.0.0.1",)),
        ("10.0.0.1,10.0.0.2", ("10.0.0.1", "10.0.0.2")),
        (" 10.0.0.1 , 10.0.0.2,", ("10.0.0.1", "10.0.0.2")),
        ("", ()),
    ],
)
def test_a_list_is_written_with_commas(value: str, proxies: tuple[str, ...]) -> None:
    assert load(None, {"GATEWAY__SERVER__PROXIES": value}).server.proxies == proxies
