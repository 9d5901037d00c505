"""Every value of the project as one frozen tree, read from config/ and the environment."""

import os
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    SettingsConfigDict,
    SettingsError,
    YamlConfigSettingsSource,
)

from .errors import StageError, explained, origin

PREFIX = f"{__package__.upper()}_"
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """One stage's settings: a misspelt key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Section):
    """Where examples come from and when they are refused."""

    source: str  # a path or an address: load() in problem/data.py reads it
    raw: Path = Path("data/raw")
    prepared: Path = Path("data/prepared")
    max_quarantined: Share = 0.01
    min_rows: Count = 200
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2


class TrainingSettings(Section):
    """How a model is fitted and where the run is recorded."""

    folds: Annotated[int, Field(ge=2)] = 4
    params: dict[str, Any] = {}  # of Params in problem/model.py
    tracking_uri: str = "sqlite:///mlflow.db"
    artifacts: Path = Path("mlartifacts")
    replay_rows: Count = 50
    reference_rows: Count = 2_000


class EvaluationSettings(Section):
    """The bars a challenger has to clear."""

    reports: Path = Path("reports")
    bootstrap: Annotated[int, Field(ge=20)] = 500
    max_single_feature_score: Share = 0.985
    min_slice_rows: Count = 200
    max_slice_drop: Share = 0.02
    max_calibration_error: Share = 0.05
    max_loss_to_champion: Share = 0.005
    min_positives: Count = 200


class RegistrySettings(Section):
    """Where Bundles live; the folder that serving mounts."""

    bundles: Path = Path("bundles")


class ServingSettings(Section):
    """Limits of the prediction service."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    workers: Count = 1
    max_rows: Count = 10_000
    max_body_bytes: Count = 8_000_000
    max_requests: Count = 64  # in hand at once, in each worker
    max_requests_a_second: Annotated[float, Field(ge=0)] = 0  # of each worker; 0 is no limit
    timeout_seconds: Annotated[float, Field(gt=0)] = 30
    replay_tolerance: Annotated[float, Field(gt=0)] = 1e-6


class Settings(BaseSettings):
    """The whole tree; environment variables win over config/<env>.yaml over default.yaml."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__"
    )

    name: str
    seed: int = 42
    data: DataSettings
    features: dict[str, Any] = {}  # of FeatureParams in problem/features.py
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    registry: RegistrySettings = RegistrySettings()
    serving: ServingSettings = ServingSettings()
    options: dict[str, dict[str, Any]] = {}  # each optional capability parses its own

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: Any, **sources: Any
    ) -> tuple[Any, ...]:
        """Order the sources, strongest first: the environment, then config/."""
        files = YamlConfigSettingsSource(settings_cls, yaml_file=config_files(), deep_merge=True)
        return sources["init_settings"], sources["env_settings"], files


def config_files() -> list[Path]:
    """Return default.yaml and, when <PREFIX>ENV names one, its file of differences."""
    folder, env = Path(os.environ.get(f"{PREFIX}CONFIG", "config")), os.environ.get(f"{PREFIX}ENV")
    paths = [folder / f"{name}.yaml" for name in ("default", env) if name]
    for path in paths:
        if not path.is_file():
            mend = "or create it" if path is paths[0] else f"create it, or correct {PREFIX}ENV"
            raise StageError(f"{path} is missing: run from the project folder, {mend}.")
    return paths


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raises StageError naming each wrong key and what it needs."""
    _check_names()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise invalid(error, Settings) from error
    except (SettingsError, yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        cause = " ".join(str(error).split())
        raise StageError(f"config/ has to hold YAML mappings, variables JSON: {cause}.") from error


def _check_names() -> None:
    """Raise StageError for variables of ours that are no setting: pydantic would pass over them."""
    known = (*Settings.model_fields, "env", "config")  # the last two say where the settings are
    own = [name for name in os.environ if name.upper().startswith(PREFIX)]
    if wrong := [name for name in own if name[len(PREFIX) :].lower().split("__")[0] not in known]:
        raise StageError(
            f"The environment has {', '.join(wrong)}, which is no setting: correct or unset "
            "it. If Kubernetes made it for a service, set enableServiceLinks: false in the pod."
        )


def invalid(error: ValidationError, kind: type[BaseModel], *place: str) -> StageError:
    """Return the failure that names each wrong key under `place`, its need and where it stands."""
    faults = [((*place, *map(str, one["loc"])), explained(one, kind)) for one in error.errors()]
    found = "; ".join(f"{'.'.join(key)}: {said}" for key, said in faults)
    where = ", ".join(dict.fromkeys(origin(PREFIX, *key) for key, _ in faults))
    return StageError(f"The settings are not valid ({found}): correct {where}.")
