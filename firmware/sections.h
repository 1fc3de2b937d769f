/* Where code lies decides how many cycles it takes: by a few, through the flash's lines and the caches. What is marked so
 * comes behind everything else, and moves nothing of what a benchmark runs. */
#ifndef SECTIONS_H
#define SECTIONS_H

#define LAST_CODE __attribute__((noinline, section(".last.text")))
#define LAST_CONSTANT __attribute__((section(".last.rodata")))

#endif
