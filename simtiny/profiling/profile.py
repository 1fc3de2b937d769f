"""Runs a request with its calls followed, and says where its cycles and energy went."""

from simtiny.counts import Question, followed
from simtiny.machine.machine import Machine
from simtiny.mlperf.workload import build
from simtiny.profiling.assemble import assemble_profile
from simtiny.profiling.result import ProfileResult
from simtiny.report.assemble import assemble
from simtiny.request import Request
from simtiny.request_check import check_against


def profiled(request: Request) -> ProfileResult:
    """The profile of one request. Raises as `simtiny.run` does."""
    workload = build(request)
    check_against(request, workload.board)
    question = Question(workload.flashed, request.bounds, request.settings)
    machines: list[Machine] = []
    counts = followed(question, workload.board, request.overrides, request.supply, machines.append)
    return assemble_profile(workload, counts, assemble(workload, counts, request))
