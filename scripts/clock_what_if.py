"""Predict mean power and duty cycle of the streaming wakeword at a reduced clock, and compare with what was recorded.

Facts: MLPerf Tiny v1.3, STMicroelectronics, sww01, energy runs: results/<system>/sww/energy/results.txt (power, period)
and the duty cycles of the records. The operating points are what the images of the energy runs program. What the core
does in a step is taken for code like that of kws01, whose image `simtiny fetch images` brings. `weights.sleeping` of
the boards in FITTED comes from these very pairs, so the last column takes it from the other one.
"""

import argparse
from dataclasses import replace

import numpy as np

from simtiny.board import power_model
from simtiny.board_file import load_board
from simtiny.duty import DutyCycle, duty_cycle, sleep_power_mw
from simtiny.energy import supply_scale
from simtiny.operating_point import USUAL_SUPPLY
from simtiny.power import SupplyPoint
from simtiny.power_model import CLOCKED, PowerModel
from simtiny.pricing import consumed
from simtiny.progress import silent
from simtiny.published import COMMAND, is_cached, published_images
from simtiny.validation.outcomes import Outcome, measure_all

PERIOD_S = 0.032
PAIRS = {  # board: record of kws01; clock Hz, voltage range, mean mW, duty: full and reduced
    "nucleo-h7a3zi-q": (
        "v1.2 STMicroelectronics NUCLEO_H7A3ZI_Q kws01",
        (280e6, "0", 30.4526, 0.13262),
        (40e6, "3", 16.1655, 0.92807),
    ),
    "nucleo-l4r5zi-p": (
        "v1.3 STMicroelectronics NUCLEO_L4R5ZI-P kws01",
        (120e6, "2", 25.6220, 0.55914),
        (70e6, "2", 22.7190, 0.95857),
    ),
    "nucleo-u575zi-q": (
        "v1.3 STMicroelectronics NUCLEO_U575ZI_Q kws01",
        (160e6, "1", 11.4741, 0.36267),
        (60e6, "2", 9.5213, 0.96974),
    ),
}
FITTED = ("nucleo-h7a3zi-q", "nucleo-u575zi-q")
SLEEPING = np.arange(0, 0.3, 0.001)


def mean_power_at(
    model: PowerModel, recorded: tuple[DutyCycle, SupplyPoint], other: tuple[DutyCycle, SupplyPoint], recorded_mw: float
) -> float:
    """Mean power in milliwatts of a duty-cycled application at another operating point, from one recorded mean.

    What was recorded beyond the model's mean at that point, peripherals above all, is taken to go on at the other one
    all the while, in proportion to the square of the core voltage.
    """
    (before, at), (after, there) = recorded, other
    beyond_mw = recorded_mw - before.mean_power_mw
    return after.mean_power_mw + beyond_mw * supply_scale(model, there) / supply_scale(model, at)


def predicted(board: str, model: PowerModel, kws: Outcome) -> tuple[float, float]:
    """Mean power in mW and duty at the reduced clock."""
    _, (clock_hz, _, recorded_mw, duty), (other_hz, _, _, _) = PAIRS[board]
    assert kws.events is not None and kws.operating_point is not None
    cycles = duty * PERIOD_S * clock_hz
    share = cycles / kws.events.cycles  # of one kws01: code alike, as long as the wakeword's step
    sides = []
    for hz, voltage_range, _, _ in PAIRS[board][1:]:
        point = replace(kws.operating_point, clock_hz=hz, voltage_range=voltage_range)
        inference = consumed(
            replace(load_board(board), power=model), point, kws.events, kws.events.cycles / hz, USUAL_SUPPLY
        )
        at, energy_uj = inference.supply, inference.energy.energy_uj * share
        step = replace(inference.energy, energy_uj=energy_uj)
        sides.append((duty_cycle(step, cycles / hz, PERIOD_S, sleep_power_mw(model, at, hz, CLOCKED), CLOCKED), at))
    return mean_power_at(model, sides[0], sides[1], recorded_mw), cycles / other_hz / PERIOD_S


def with_sleeping(model: PowerModel, weight: float) -> PowerModel:
    return replace(model, weights={**model.weights, "sleeping": weight})


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    images = {image.key: image for image in published_images() if image.build == "performance"}
    boards = list(PAIRS)
    for key, _, _ in PAIRS.values():
        if not is_cached(images[key]):
            raise SystemExit(f"the image of {key} is not in the cache: run `{COMMAND}` first")
    outcomes = measure_all([images[PAIRS[board][0]] for board in boards], 1, silent)
    kws = dict(zip(boards, outcomes, strict=True))
    for board, outcome in kws.items():
        if outcome.failure is not None:
            raise SystemExit(f"{PAIRS[board][0]}: {outcome.failure}")
    models = {board: power_model(load_board(board)) for board in boards}
    recorded = {board: PAIRS[board][2][2] for board in boards}

    def error(board: str, model: PowerModel) -> float:
        return predicted(board, model, kws[board])[0] / recorded[board] - 1

    curves = {board: [error(board, with_sleeping(models[board], weight)) for weight in SLEEPING] for board in FITTED}
    print("board              recorded mW  predicted mW   error    duty recorded  predicted   sleeping from the others")
    for board in boards:
        mean_mw, duty = predicted(board, models[board], kws[board])
        line = (
            f"{board:18} {recorded[board]:11.3f} {mean_mw:13.3f} {mean_mw / recorded[board] - 1:+7.1%} "
            f"{PAIRS[board][2][3]:15.4f} {duty:10.4f}"
        )
        if board in FITTED:
            others = np.square([curves[other] for other in FITTED if other != board]).sum(axis=0)
            best = int(others.argmin())
            line += f"   {SLEEPING[best]:.3f}: {curves[board][best]:+.1%}"
        print(line)
    best = int(np.square(list(curves.values())).sum(axis=0).argmin())
    print(f"sleeping from all of {', '.join(FITTED)}: {SLEEPING[best]:.3f}")


if __name__ == "__main__":
    main()
