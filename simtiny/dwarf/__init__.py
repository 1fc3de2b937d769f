"""Debug information of ELF files (DWARF 4 and 5): source lines, functions and what was inlined into them.

What can't be read, or would take too long, is as good as none: debug information only decorates a report.
"""
