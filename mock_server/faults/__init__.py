"""What may go wrong, one class per file: asked for by a token, by a header, or armed beforehand."""

from typing import get_args

from mock_server.faults.backwards import Backwards
from mock_server.faults.cost import Cost
from mock_server.faults.cut import Cut
from mock_server.faults.estimate import Estimate
from mock_server.faults.fail import Fail
from mock_server.faults.fault import Fault, Sleep
from mock_server.faults.lasts import Lasts
from mock_server.faults.lose_answer import LoseAnswer
from mock_server.faults.lose_cancel import LoseCancel
from mock_server.faults.malformed import Malformed
from mock_server.faults.refuse import Refuse
from mock_server.faults.reset import Reset
from mock_server.faults.slow import Slow
from mock_server.faults.slow_body import SlowBody
from mock_server.faults.spoil_output import SpoilOutput
from mock_server.faults.stuck import Stuck
from mock_server.faults.throttle import Throttle

AnyFault = (
    Refuse
    | LoseAnswer
    | Reset
    | Cut
    | Malformed
    | Slow
    | SlowBody
    | Fail
    | Stuck
    | Throttle
    | Backwards
    | Lasts
    | Estimate
    | Cost
    | SpoilOutput
    | LoseCancel
)

ALL: dict[str, type[Fault]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyFault)}
"""By the names that tokens, the header and the armed list use."""

__all__ = ["ALL", "AnyFault", "Fault", "Sleep"]
