"""Peripherals of PSoC 6 microcontrollers."""
