"""A replica in a process of its own, to be killed: ``python -m tests.app.engine.durable.process WORKER_URL``."""

import asyncio
import sys

from app.database import create_pool
from app.engine.durable.core import DurableCore, ReplicaSettings
from app.engine.durable.ports import Completed, Journal, StepOutcome, StepRun
from contract.turn import Usage
from tests.app.engine.durable.harness import FAST


class Slow:
    """Takes a turn, and its time."""

    async def run(self, run: StepRun, journal: Journal) -> StepOutcome:
        for number in range(len(run.turns) + 1, 4):
            await journal.record_turn(number, {}, [], [], Usage(), [], "digest")
            await asyncio.sleep(0.1)
        return Completed({"turns": 3})


async def main(url: str) -> None:
    """Work until killed."""
    pool = await create_pool(url, low=1, high=6)
    await DurableCore(pool, Slow(), ReplicaSettings(100, lambda: {"developer": 100}, timings=FAST)).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
