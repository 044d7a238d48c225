"""What may go wrong, one class per file: asked for by a token, by a header, or armed beforehand."""

from mock_server.faults.cost import Cost
from mock_server.faults.fail import Fail
from mock_server.faults.fault import Fault, Sleep
from mock_server.faults.lasts import Lasts
from mock_server.faults.lose_answer import LoseAnswer
from mock_server.faults.refuse import Refuse
from mock_server.faults.slow import Slow
from mock_server.faults.stuck import Stuck

AnyFault = Refuse | LoseAnswer | Slow | Stuck | Fail | Cost | Lasts

ALL: dict[str, type[Fault]] = {
    "refuse": Refuse,
    "lose-answer": LoseAnswer,
    "slow": Slow,
    "stuck": Stuck,
    "fail": Fail,
    "cost": Cost,
    "lasts": Lasts,
}

__all__ = ["ALL", "AnyFault", "Fault", "Sleep"]
