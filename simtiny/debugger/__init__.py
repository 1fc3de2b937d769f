"""A GDB remote stub: a machine under a debugger that talks GDB's remote serial protocol over TCP.

From the wire to the core: `server` has the connection, `packets` frames, `stub` answers each packet, `target` runs the
machine from stop to stop. `monitor` has the commands that GDB hands on as they are, `meter` the energy that one of them
tells, `description` what GDB is told of registers and memories.
"""
