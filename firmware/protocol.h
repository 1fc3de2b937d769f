/* The MLPerf Tiny device API: commands that end in '%' on the serial port, answers in lines. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

_Noreturn void protocol_run(void);

#endif
