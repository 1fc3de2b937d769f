"""Peripherals of STM32 microcontrollers: what families share by block, and the rest by family."""
