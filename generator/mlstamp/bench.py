"""Plants faults, one at a time, in copies of the template, and runs the checks that they name."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from .answers import Questionnaire
from .bytecode import Bytecode
from .checks import chosen
from .errors import Refused
from .faults import Ending, Fault, Finding, judge, plant
from .project import stop_everything
from .runner import BUILD, Outcome, Result, build, place, run_checks

_one_engine = threading.Lock()  # images and containers have the same names in every variant
MOST_SAID = 2_000  # characters of what a check says
Results = dict[str, Result]


@dataclass(frozen=True)
class Bench:
    """Where faults are planted: the sound template, and a folder to work in."""

    template: Path
    work: Path
    problems: Path | None = None
    keep: bool = False

    def sound(self, faults: list[Fault]) -> Results:
        """Run the checks that faults of one variant name on the template as it is."""
        first = faults[0]
        Questionnaire.read(self.template).resolve(first.answers)  # Copier ignores a misspelt one
        names = [fault.check for fault in faults]
        return self._results(first, self.template, f"sound-{first.name}", names)

    def one(self, fault: Fault, sound: Future[Results]) -> Finding:
        """Plant one fault and look whether its check notices, which has to be green without it."""
        started = time.monotonic()
        ending, detail = idle(fault, sound.result()) or self._planted(fault)
        return Finding(fault, ending, time.monotonic() - started, detail[:MOST_SAID])

    def _planted(self, fault: Fault) -> tuple[Ending, str]:
        broken = self.work / fault.name / "template"
        shutil.copytree(self.template, broken, dirs_exist_ok=True)
        try:
            plant(fault, broken)
        except Refused as error:
            return Ending.ERROR, str(error)
        return judge(fault, self._results(fault, broken, fault.name))

    def _results(
        self, fault: Fault, template: Path, name: str, checks: list[str] | None = None
    ) -> Results:
        wanted = [check for check in checks or [fault.check] if check != BUILD]
        ordered = chosen(wanted) if wanted else []
        alone = any(check.id.startswith("container") for check in ordered)
        bytecode, home = Bytecode(self.work / "bytecode"), self.work / name / "subject"
        try:
            with _one_engine if alone else nullcontext():
                subject = place(fault.variant, template, self.work, self.problems, bytecode, home)
                build(subject)
                results = run_checks(subject, ordered, lambda _: None)
            bytecode.keep(subject.environment)
            return {result.check: result for result in results}
        except Refused as error:
            return {BUILD: Result(fault.variant.name, BUILD, "", Outcome.RED, 0.0, str(error))}
        finally:
            if not self.keep:
                shutil.rmtree(self.work / name, ignore_errors=True)


def idle(fault: Fault, sound: Results) -> tuple[Ending, str] | None:
    """Return why a red check would mean nothing, judged by how it is without the fault."""
    if BUILD in sound:
        return Ending.ERROR, sound[BUILD].detail
    before = sound.get(fault.check)
    if fault.check == BUILD or (before and before.outcome is Outcome.GREEN):
        return None
    if before is None:
        return Ending.ERROR, f"{fault.check} does not concern these answers"
    if before.outcome is Outcome.NOT_VERIFIED:
        return Ending.NOT_VERIFIED, before.detail
    return Ending.ERROR, f"without the fault it is {before.outcome}: {before.detail}"


def run(
    faults: list[Fault], bench: Bench, listen: Callable[[Finding], None], jobs: int = 1
) -> list[Finding]:
    """Plant the faults, `jobs` at a time, each where its check is green without it."""
    groups: dict[str, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(repr(fault.variant), []).append(fault)

    def one(fault: Fault, sound: Future[Results]) -> Finding:
        listen(finding := bench.one(fault, sound))
        return finding

    with ThreadPoolExecutor(jobs) as pool:  # first in, first out: nobody waits for what waits
        sound = {key: pool.submit(bench.sound, group) for key, group in groups.items()}
        found = [pool.submit(one, fault, sound[repr(fault.variant)]) for fault in faults]
        try:
            return [future.result() for future in found]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_everything()
            raise
