"""Results made by hand, as the JSON document of a run has them."""

from typing import Any


def result(**changed: Any) -> dict[str, Any]:
    """1000 cycles at 1 MHz: 1 ms, of which 100 asleep; 0.5 uJ. Three functions, two layers."""
    return {
        "title": "ad01",
        "benchmark": "ad01",
        "board": "some-board",
        "firmware": "built-in",
        "kernels": "dsp",
        "weights": "stand-in",
        "window": "one inference",
        "latency_ms": 1.0,
        "latency_low_ms": 0.9,
        "latency_high_ms": 1.1,
        "cycles": 1000,
        "instructions": 600,
        "cycles_by_effect": {"issue": 600, "memory": 200, "flash_code": 100, "flash_data": 0, "sleep": 100},
        "operating_point": {
            "clock_hz": 1e6,
            "wait_states": 1,
            "prefetch": True,
            "instruction_cache": True,
            "data_cache": True,
            "voltage_range": "1",
        },
        "energy": {
            "energy_uj": 0.5,
            "energy_low_uj": 0.25,
            "energy_high_uj": 0.75,
            "mean_power_mw": 0.5,
            "supply_v": 3.3,
            "core_v": 1.2,
            "regulator": "ldo",
            "by_event_uj": {"cycles": 0.25, "load_words": 0.125, "static": 0.125},
        },
        "memory": {"flash_bytes": 2048, "ram_bytes": 1024, "firmware_bytes": 1024, "plan_bytes": 1024},
        "by_function": [
            {"name": "multiply", "cycles": 700, "energy_uj": 0.375},
            {"name": "print", "cycles": 200, "energy_uj": 0.0625},
            {"name": "asleep", "cycles": 100, "energy_uj": 0.0625},
        ],
        "layers": [
            {"index": 0, "kind": "CONV_2D", "output_shape": [1, 4, 4, 2], "cycles": 500, "energy_uj": 0.25},
            {"index": 1, "kind": "SOFTMAX", "output_shape": [1, 2], "cycles": 300, "energy_uj": 0.125},
        ],
        "notes": [],
        "identity": {"image_sha256": "0" * 64},
        "options": {"benchmark": "ad01"},
        **changed,
    }


SLOWER = result(
    latency_ms=1.2,
    latency_low_ms=1.15,
    latency_high_ms=1.3,
    cycles=2400,
    cycles_by_effect={"issue": 600, "memory": 100, "flash_code": 1200, "flash_data": 100, "sleep": 400},
    operating_point={
        "clock_hz": 2e6,
        "wait_states": 3,
        "prefetch": True,
        "instruction_cache": False,
        "data_cache": True,
        "voltage_range": "1",
    },
    energy={
        "energy_uj": 0.75,
        "energy_low_uj": 0.375,
        "energy_high_uj": 1.25,
        "mean_power_mw": 0.625,
        "supply_v": 3.3,
        "core_v": 1.2,
        "regulator": "ldo",
        "by_event_uj": {"cycles": 0.375, "flash_reads": 0.25, "static": 0.125},
    },
    memory={"flash_bytes": 3072, "ram_bytes": 1024, "firmware_bytes": 2048, "plan_bytes": 1024},
    by_function=[
        {"name": "multiply", "cycles": 1500, "energy_uj": 0.5},
        {"name": "multiply", "cycles": 300, "energy_uj": 0.125},
        {"name": "asleep", "cycles": 400, "energy_uj": 0.0625},
        {"name": "sort", "cycles": 200, "energy_uj": 0.0625},
    ],
    layers=[
        {"index": 0, "kind": "CONV_2D", "output_shape": [1, 4, 4, 2], "cycles": 800, "energy_uj": 0.25},
        {"index": 1, "kind": "MUL", "output_shape": [1, 2], "cycles": 400, "energy_uj": 0.0625},
        {"index": 2, "kind": "SOFTMAX", "output_shape": [1, 2], "cycles": 600, "energy_uj": 0.125},
    ],
)
"""2400 cycles at 2 MHz, of which 400 asleep: without its instruction cache, with more wait states."""
