"""From what was measured to what is reported: prices the profile and puts the board's records beside it."""

from simtiny.energy import energy, power_model
from simtiny.estimate import estimate
from simtiny.machine.cores import CORES
from simtiny.mlperf.measure import Measurement
from simtiny.mlperf.workload import Workload
from simtiny.platform import Board
from simtiny.records import recorded
from simtiny.report.result import Layer, Memory, RunResult
from simtiny.timing.effects import Effect


def assemble(workload: Workload, measurement: Measurement) -> RunResult:
    """The result of one measured window."""
    board, task = workload.board, measurement.task
    core = CORES[board.core].timing
    priced = estimate(measurement.profile, core)
    consumed = energy(priced.events, priced.latency_s, power_model(board))
    work = sum(layer.macs for layer in workload.plan.layers) if workload.plan else task.macs if task else None
    return RunResult(
        title=task.name if task else workload.title,
        benchmark=task.name if task else None,
        board=board.id,
        firmware=workload.firmware,
        weights=workload.weights,
        window=measurement.window,
        latency_ms=priced.latency_s * 1e3,
        latency_uncertainty_ms=priced.latency_s * 1e3 * core.relative_uncertainty,
        cycles=priced.cycles,
        instructions=priced.instructions,
        baseline_cycles=priced.baseline_cycles,
        cycles_by_effect={
            **{effect.name.lower(): priced.cycles_by_effect[effect] for effect in Effect},
            "sleep": measurement.profile.sleep_cycles,
        },
        macs=work if measurement.is_inference else None,
        stopwatch_us=measurement.stopwatch_us,
        operating_point=measurement.profile.operating_point,
        energy=consumed,
        memory=memory_use(workload, measurement.ram_used),
        recorded=recorded(board.id, task.name if task else "", consumed.supply_v),
        latency_calibrated_on=core.calibrated_on,
        layers=_layers(workload, measurement.layer_cycles),
        notes=measurement.profile.notes,
    )


def memory_use(workload: Workload, ram_used: int) -> Memory:
    """What the built-in firmware and its network occupy; of a user's image its size and the RAM that it wrote to."""
    image, plan = workload.image, workload.plan
    if plan is None:
        return Memory(image.size, ram_used, image.size, None, None, None, None)
    address = {name: symbol.address for name, symbol in image.symbols.items()}
    data = address["bss_end"] - address["data_start"]
    stack = address["stack_top"] - _ram_base(workload.board)
    return Memory(
        flash_bytes=image.size + len(plan.data),
        ram_bytes=plan.arena_bytes + data + stack,
        firmware_bytes=image.size,
        plan_bytes=len(plan.data),
        arena_bytes=plan.arena_bytes,
        data_bytes=data,
        stack_bytes=stack,
    )


def _ram_base(board: Board) -> int:
    return min(memory.base for memory in board.memories if memory.kind == "ram")


def _layers(workload: Workload, cycles: tuple[int, ...]) -> tuple[Layer, ...]:
    """The plan's operators with the cycles between their marks."""
    if workload.plan is None or len(cycles) != len(workload.plan.layers):
        return ()
    total = sum(cycles)
    return tuple(
        Layer(index, info.kind, info.output_shape, info.macs, spent, spent / total)
        for index, (info, spent) in enumerate(zip(workload.plan.layers, cycles, strict=True))
    )
