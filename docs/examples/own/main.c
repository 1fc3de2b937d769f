/* An example of one's own firmware, for the NUCLEO-L4R5ZI: frames of samples are filtered, summed up and told of.
 *
 * It prints on the board's serial port (LPUART1, 115200 baud) and ends by semihosting. Input by the serial port:
 * 'r' has it report at once, a digit has it run so many frames more. The button (PC13) makes frames longer. */
#include "board.h"

#define FRAMES 8
#define LONGEST 256
#define TAPS 8
#define FRAME_MS 5

static volatile uint32_t ticks;
static uint32_t frames_to_run = FRAMES;
static int16_t samples[LONGEST], filtered[LONGEST];
static const int16_t taps[TAPS] = {1, 6, 15, 28, 28, 15, 6, 1};

void SysTick_Handler(void)
{
    ticks++;
}

/* Wait for the next multiple of FRAME_MS, asleep. */
static void wait_for_frame(void)
{
    do
        __asm volatile("wfi");
    while (ticks % FRAME_MS != 0);
}

/* As many samples as the frame's number asks for. The button makes it half as many more. */
__attribute__((noinline)) uint32_t sample(uint32_t frame, int16_t *to)
{
    static uint32_t noise = 1;
    uint32_t count = 32 + 16 * (frame % 8);
    if (button_is_down())
        count += count / 2;
    for (uint32_t i = 0; i < count; i++) {
        noise = noise * 1103515245u + 12345u;
        to[i] = (int16_t)(noise >> 16);
    }
    return count;
}

/* A low pass: its time goes with the number of samples. */
__attribute__((noinline)) void filter(const int16_t *from, int16_t *to, uint32_t count)
{
    for (uint32_t i = 0; i + TAPS <= count; i++) {
        int32_t sum = 0;
        for (uint32_t tap = 0; tap < TAPS; tap++)
            sum += taps[tap] * from[i + tap];
        to[i] = (int16_t)(sum / 100);
    }
}

/* CRC-32, bit by bit: its time depends on the data. */
__attribute__((noinline)) uint32_t checksum(const int16_t *data, uint32_t count)
{
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < count; i++) {
        crc ^= (uint16_t)data[i];
        for (uint32_t bit = 0; bit < 16; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

__attribute__((noinline)) uint32_t process_frame(uint32_t frame)
{
    uint32_t count = sample(frame, samples);
    filter(samples, filtered, count);
    return checksum(filtered, count - TAPS + 1);
}

__attribute__((noinline)) void report(uint32_t frame, uint32_t crc)
{
    print("frame ");
    print_number(frame);
    print(" checksum ");
    print_hex(crc);
    print("\r\n");
}

/* What has come in by now. */
static void take_input(uint32_t frame, uint32_t crc)
{
    int character;
    while ((character = received()) >= 0) {
        if (character == 'r')
            report(frame, crc);
        else if (character >= '0' && character <= '9')
            frames_to_run += (uint32_t)(character - '0');
    }
}

int main(void)
{
    uint32_t crc = 0;
    start_clock();
    start_serial();
    start_ticks();
    print("own: ready\r\n");
    for (uint32_t frame = 0; frame < frames_to_run; frame++) {
        wait_for_frame();
        MARK(frame_begins);
        crc = process_frame(frame);
        MARK(frame_ends);
        if (frame % 4 == 3)
            report(frame, crc);
        take_input(frame, crc);
    }
    print("own: done\r\n");
    finish_serial();
    semihosting_print("own: goodbye\n");
    semihosting_exit(0);
}
