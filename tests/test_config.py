"""Settings: sound ones are taken, others are named."""

from pathlib import Path

import pytest

from timebank.config import Settings
from timebank.errors import ConfigurationError


def test_defaults_lie_in_the_folder_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "instance"
    assert Settings.from_env({}) == Settings(
        home=home,
        database_url=f"sqlite:///{home}/timebank.db",
        origin_host="localhost",
        installation_key=None,
        pool_size=16,
        pool_overflow=16,
    )


def test_environment_of_the_process_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMEBANK_HOME", str(tmp_path))
    assert Settings.from_env().home == tmp_path


def test_every_setting_is_read() -> None:
    settings = Settings.from_env(
        {
            "TIMEBANK_HOME": "/srv/时间银行 100%?",
            "DATABASE_URL": "postgres://ada:secret@example.org/timebank",
            "TIMEBANK_ORIGIN": "ledger.example.org:8443",
            "TIMEBANK_INSTALLATION_KEY": "A" * 43 + "=",
            "TIMEBANK_POOL_SIZE": "100",
            "TIMEBANK_POOL_OVERFLOW": "0",
            "TIMEBANK_LONG_POLLS_MAX": "5",
            "TIMEBANK_METRICS_TOKEN": "0123456789abcdef",
            "TIMEBANK_LOG_LEVEL": "warning",
        }
    )
    assert settings == Settings(
        home=Path("/srv/时间银行 100%?"),
        database_url="postgresql+psycopg://ada:secret@example.org/timebank",
        origin_host="ledger.example.org:8443",
        installation_key=bytes(32),
        pool_size=100,
        pool_overflow=0,
        long_polls_max=5,
        metrics_token="0123456789abcdef",
        log_level="warning",
    )


def test_empty_variables_count_as_not_there() -> None:
    names = ("TIMEBANK_HOME", "DATABASE_URL", "TIMEBANK_ORIGIN", "TIMEBANK_INSTALLATION_KEY")
    assert Settings.from_env(dict.fromkeys(names, "")) == Settings.from_env({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "timebank.db"),
        ("TIMEBANK_ORIGIN", "https://example.org"),
        ("TIMEBANK_ORIGIN", "Example.org"),
        ("TIMEBANK_ORIGIN", "example.org/log"),
        ("TIMEBANK_ORIGIN", "example.org:0"),
        ("TIMEBANK_ORIGIN", "example.org "),
        ("TIMEBANK_INSTALLATION_KEY", "secret"),
        ("TIMEBANK_POOL_SIZE", "0"),
        ("TIMEBANK_POOL_SIZE", "many"),
        ("TIMEBANK_POOL_SIZE", "1001"),
        ("TIMEBANK_POOL_SIZE", "9" * 5000),
        ("TIMEBANK_POOL_SIZE", "٣"),
        ("TIMEBANK_POOL_OVERFLOW", "-1"),
        ("TIMEBANK_LONG_POLLS_MAX", "-1"),
        ("TIMEBANK_METRICS_TOKEN", "0123456789abcde"),
        ("TIMEBANK_METRICS_TOKEN", "0123456789 abcdef"),
        ("TIMEBANK_LOG_LEVEL", "debug"),
    ],
)
def test_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_env({name: value})
    assert raised.value.setting == name


def test_secrets_are_not_shown() -> None:
    settings = Settings.from_env(
        {
            "DATABASE_URL": "postgresql://ada:secret@example.org/timebank",
            "TIMEBANK_INSTALLATION_KEY": "A" * 43 + "=",
            "TIMEBANK_METRICS_TOKEN": "secret-0123456789",
        }
    )
    assert "secret" not in repr(settings)
    assert repr(bytes(32)) not in repr(settings)
