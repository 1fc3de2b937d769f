"""A board in software with two sensors: a TMP102 at 25.5 degrees that warms up, and a sine wave of 50 Hz at PA0."""

import math
from pathlib import Path

import simtiny

WARMING_C_PER_S = 10.0

firmware = simtiny.firmware(Path(__file__).with_name("sensors.elf"), board="nucleo-l4r5zi")
machine = firmware.machine


class Tmp102:
    """Its registers are two bytes. A write begins with the number of the one that is read from then on."""

    register = 0

    def write(self, data: bytes) -> None:
        self.register = data[0]

    def read(self, count: int) -> bytes:
        celsius = 25.5 + WARMING_C_PER_S * machine.elapsed_s
        value = round(celsius * 16) << 4 if self.register == 0 else 0
        return value.to_bytes(2, "big", signed=True)[:count]


def sine_v(time_s: float) -> float:
    return 1.65 + math.sin(2 * math.pi * 50 * time_s)


machine.attach("I2C1", Tmp102(), address=0x48)
machine.attach("PA0", sine_v)

firmware.boot("temperature")
for _ in range(4):
    temperature = firmware.call("temperature")
    voltage = firmware.call("millivolts")
    print(f"{machine.elapsed_s * 1e3:5.2f} ms  {temperature.value / 16:.2f} C  {voltage.value} mV")
    machine.pass_time(machine.cycles + round(0.005 * machine.clock_hz["core"]))
