/* NUCLEO-L4R5ZI, by registers: RM0432 and PM0214. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021008)
#define RCC_AHB2ENR REGISTER(0x4002104C)
#define RCC_APB1ENR1 REGISTER(0x40021058)
#define RCC_APB1ENR2 REGISTER(0x4002105C)
#define PWR_CR2 REGISTER(0x40007004)
#define GPIOC_MODER REGISTER(0x48000800)
#define GPIOC_IDR REGISTER(0x48000810)
#define GPIOG_MODER REGISTER(0x48001800)
#define GPIOG_AFRL REGISTER(0x48001820)
#define GPIOG_AFRH REGISTER(0x48001824)
#define LPUART1_CR1 REGISTER(0x40008000)
#define LPUART1_BRR REGISTER(0x4000800C)
#define LPUART1_ISR REGISTER(0x4000801C)
#define LPUART1_RDR REGISTER(0x40008024)
#define LPUART1_TDR REGISTER(0x40008028)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)

#define CORE_HZ 16000000u
#define BAUD 115200u
#define RXNE (1u << 5)
#define TC (1u << 6)
#define TXE (1u << 7)

/* The 16 MHz oscillator in place of the 4 MHz of reset. */
void start_clock(void)
{
    RCC_CR |= 1u << 8; /* HSION */
    while ((RCC_CR & 1u << 10) == 0) /* HSIRDY */
        ;
    RCC_CFGR = (RCC_CFGR & ~3u) | 1u; /* SW: HSI16 */
    while ((RCC_CFGR >> 2 & 3u) != 1u) /* SWS */
        ;
}

void start_serial(void)
{
    RCC_AHB2ENR |= 1u << 2 | 1u << 6; /* GPIOC, GPIOG */
    RCC_APB1ENR1 |= 1u << 28; /* PWR */
    RCC_APB1ENR2 |= 1u << 0; /* LPUART1 */
    PWR_CR2 |= 1u << 9; /* IOSV: port G has a supply of its own */
    GPIOC_MODER &= ~(3u << 26); /* PC13, the button: input */
    GPIOG_AFRL = (GPIOG_AFRL & ~(15u << 28)) | 8u << 28; /* PG7: LPUART1_TX */
    GPIOG_AFRH = (GPIOG_AFRH & ~15u) | 8u; /* PG8: LPUART1_RX */
    GPIOG_MODER = (GPIOG_MODER & ~(15u << 14)) | 10u << 14;
    LPUART1_BRR = (uint32_t)((256ull * CORE_HZ + BAUD / 2) / BAUD);
    LPUART1_CR1 = 1u << 3 | 1u << 2 | 1u << 0; /* TE, RE, UE */
}

void finish_serial(void)
{
    while ((LPUART1_ISR & TC) == 0)
        ;
}

void start_ticks(void)
{
    SYST_RVR = CORE_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

int button_is_down(void)
{
    return GPIOC_IDR >> 13 & 1u;
}

static void put(char character)
{
    while ((LPUART1_ISR & TXE) == 0)
        ;
    LPUART1_TDR = (uint8_t)character;
}

int received(void)
{
    return LPUART1_ISR & RXNE ? (int)(LPUART1_RDR & 0xFF) : -1;
}

void print(const char *text)
{
    while (*text)
        put(*text++);
}

void print_number(uint32_t number)
{
    if (number >= 10)
        print_number(number / 10);
    put((char)('0' + number % 10));
}

void print_hex(uint32_t number)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[number >> shift & 15]);
}

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void semihosting_print(const char *text)
{
    semihosting(0x04, text); /* SYS_WRITE0 */
}

void semihosting_exit(int status)
{
    const uint32_t parameters[2] = {0x20026, (uint32_t)status}; /* ADP_Stopped_ApplicationExit */
    semihosting(0x20, parameters); /* SYS_EXIT_EXTENDED */
    for (;;)
        ;
}
