/* NUCLEO-L4R5ZI and NUCLEO-L4R5ZI-P: STM32L4R5ZI at 120 MHz from the internal 16 MHz oscillator, core supply from the
 * internal regulator (the -P's external one stays off), the ST-LINK's serial port at 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32l4r5xx.h. Chapters of RM0432 and UM2179 (pins) are named unread.
 */
#include "../board.h"
#include "stm32.h"

/* RM0432 chapter 6, reset and clock control */
#define RCC 0x40021000u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_HPRE_DIV2 (8u << 4)
#define RCC_CFGR_HPRE (15u << 4)
#define RCC_PLLCFGR REGISTER(RCC + 0x0C)
#define RCC_PLLCFGR_SOURCE_HSI16 2u
#define RCC_PLLCFGR_M(divider) (((divider) - 1u) << 4)
#define RCC_PLLCFGR_N(factor) ((factor) << 8)
#define RCC_PLLCFGR_R_DIV2 (0u << 25)
#define RCC_PLLCFGR_REN (1u << 24)
#define RCC_AHB2ENR REGISTER(RCC + 0x4C)
#define RCC_AHB2ENR_GPIOG (1u << 6)
#define RCC_APB1ENR1 REGISTER(RCC + 0x58)
#define RCC_APB1ENR1_TIM2 (1u << 0)
#define RCC_APB1ENR1_PWR (1u << 28)
#define RCC_APB1ENR2 REGISTER(RCC + 0x5C)
#define RCC_APB1ENR2_LPUART1 (1u << 0)

/* RM0432 chapter 5, power control */
#define PWR 0x40007000u
#define PWR_CR2 REGISTER(PWR + 0x04)
#define PWR_CR2_IOSV (1u << 9)
#define PWR_CR5 REGISTER(PWR + 0x80)
#define PWR_CR5_R1MODE (1u << 8)

/* RM0432 chapter 3, flash */
#define FLASH_ACR REGISTER(0x40022000u)
#define FLASH_ACR_WAIT_STATES 5u
#define FLASH_ACR_LATENCY 15u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

#define GPIOG 0x48001800u
#define LPUART1 0x40008000u
#define LPUART1_FUNCTION 8u /* of PG7 and PG8 */

#define CORE_HZ 120000000u

/* Above 80 MHz the core needs voltage range 1 (the reset state) with its boost mode. */
static void power_start(void)
{
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWR;
    (void)RCC_APB1ENR1;         /* a clock enable needs a read back before the peripheral's registers are used */
    PWR_CR5 &= ~PWR_CR5_R1MODE; /* 0 is boost */
    PWR_CR2 |= PWR_CR2_IOSV;    /* port G's upper pins have a supply of their own */
}

/* Wait states before the clock rises: 5 up to 120 MHz in range 1 boost. Both caches, and the prefetch: the kernels' inner
 * loops live in the instruction cache, so it costs them nothing, and straight-line code stalls less with it. */
static void flash_start(void)
{
    const uint32_t acceleration = FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN;
    change(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES | acceleration);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
}

/* 16 MHz / 2 * 30 / 2 = 120 MHz. RM0432 asks for a stay at half speed, of 1 us at least, on the way above 80 MHz. */
static void clock_start(void)
{
    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLLCFGR = RCC_PLLCFGR_SOURCE_HSI16 | RCC_PLLCFGR_M(2u) | RCC_PLLCFGR_N(30u) | RCC_PLLCFGR_R_DIV2
                  | RCC_PLLCFGR_REN;
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);

    change(&RCC_CFGR, RCC_CFGR_HPRE, RCC_CFGR_HPRE_DIV2);
    RCC_CFGR |= RCC_CFGR_SW_PLL;
    wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);
    for (uint32_t i = 0; i < 60; i++) { /* at least one cycle each, at 60 MHz */
        __asm volatile("nop");
    }
    change(&RCC_CFGR, RCC_CFGR_HPRE, 0);

    RCC_AHB2ENR |= RCC_AHB2ENR_GPIOG;
    RCC_APB1ENR1 |= RCC_APB1ENR1_TIM2;
    RCC_APB1ENR2 |= RCC_APB1ENR2_LPUART1;
    (void)RCC_APB1ENR2;
}

/* The ST-LINK's virtual serial port: PG7 transmits, PG8 receives. The LPUART counts 256 times its clock. */
void board_start(void)
{
    power_start();
    flash_start();
    clock_start();
    pin_start(GPIOG, 7, LPUART1_FUNCTION);
    pin_start(GPIOG, 8, LPUART1_FUNCTION);
    serial_start(LPUART1, (uint32_t)((256ull * CORE_HZ + BAUD / 2) / BAUD));
    stopwatch_start(CORE_HZ);
}
