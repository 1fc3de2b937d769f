"""Runs a request with its calls followed, and says where its cycles and energy went."""

from simtiny.counting.event_marks import AskedEvents
from simtiny.counts import Question, followed
from simtiny.errors import BadInput
from simtiny.events import line_bytes
from simtiny.machine.machine import Machine
from simtiny.mlperf.moved import hypothesised
from simtiny.mlperf.workload import build
from simtiny.options import EngineChoice
from simtiny.placement import through_aliases
from simtiny.profiling.assemble import assemble_profile
from simtiny.profiling.heap import Heap
from simtiny.profiling.power_trace import POWER_WINDOW_S, once
from simtiny.profiling.result import ProfileResult
from simtiny.report.assemble import assemble
from simtiny.request import Request
from simtiny.request_check import check_against
from simtiny.timing.models import MODELS


def profiled(request: Request, power_window_s: float = POWER_WINDOW_S) -> ProfileResult:
    """The profile of one request. Raises as `simtiny.run` does. `power_window_s`: of power over time."""
    if request.engine not in (None, EngineChoice.UNICORN):
        raise BadInput("who calls whom is followed on Unicorn alone: leave `engine` out")
    workload = build(request)
    check_against(request, workload.board)
    question = Question(workload.flashed, request.bounds, request.settings)
    heaps: list[Heap | None] = []

    def listen(machine: Machine) -> None:
        heap = Heap(machine, machine.path_now)
        heaps.append(heap if heap.listen() else None)
        asked = AskedEvents(once, line_bytes(MODELS[workload.board.core].name), power_window_s)
        machine.mark_events(lambda: request.overrides.clock_hz or machine.clock_hz["core"], asked)

    counts = followed(question, workload.board, request.overrides, request.supply, listen)
    moves = through_aliases(hypothesised(workload.flashed, request.place), workload.flashed.board)
    return assemble_profile(workload, counts, assemble(workload, counts, request), heaps[-1], moves, power_window_s)
