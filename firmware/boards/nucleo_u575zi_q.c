/* NUCLEO-U575ZI-Q: STM32U575ZI at 160 MHz from the internal 16 MHz oscillator, the ST-LINK's serial port at 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32u575xx.h; wait states, PLL and booster: stm32u5xx_hal_rcc.c and
 * stm32u5xx_hal_pwr_ex.c; alternate function: stm32u5xx_hal_gpio_ex.h; pins: ST's own project for this board (MLPerf Tiny
 * v1.3, NUCLEO_U575ZI_Q.ioc).
 */
#include "../board.h"
#include "stm32.h"

#define RCC 0x46020C00u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR1 REGISTER(RCC + 0x1C)
#define RCC_CFGR1_SW 3u
#define RCC_CFGR1_SW_PLL1 3u
#define RCC_CFGR1_SWS (3u << 2)
#define RCC_CFGR1_SWS_PLL1 (3u << 2)
#define RCC_PLL1CFGR REGISTER(RCC + 0x28)
#define RCC_PLL1CFGR_SOURCE_HSI16 2u
#define RCC_PLL1CFGR_RGE_8_TO_16_MHZ (3u << 2)
#define RCC_PLL1CFGR_M(divider) (((divider) - 1u) << 8)
#define RCC_PLL1CFGR_MBOOST_DIV1 (0u << 12)
#define RCC_PLL1CFGR_REN (1u << 18)
#define RCC_PLL1DIVR REGISTER(RCC + 0x34)
#define RCC_PLL1DIVR_NPQR(n, p, q, r) (((n) - 1u) | ((p) - 1u) << 9 | ((q) - 1u) << 16 | ((r) - 1u) << 24)
#define RCC_AHB2ENR1 REGISTER(RCC + 0x8C)
#define RCC_AHB2ENR1_GPIOA (1u << 0)
#define RCC_AHB3ENR REGISTER(RCC + 0x94)
#define RCC_AHB3ENR_PWR (1u << 2)
#define RCC_APB1ENR1 REGISTER(RCC + 0x9C)
#define RCC_APB1ENR1_TIM2 (1u << 0)
#define RCC_APB2ENR REGISTER(RCC + 0xA4)
#define RCC_APB2ENR_USART1 (1u << 14)

#define PWR 0x46020800u
#define PWR_CR3 REGISTER(PWR + 0x08)
#define PWR_CR3_REGSEL (1u << 1)
#define PWR_VOSR REGISTER(PWR + 0x0C)
#define PWR_VOSR_BOOSTRDY (1u << 14)
#define PWR_VOSR_VOSRDY (1u << 15)
#define PWR_VOSR_VOS (3u << 16)
#define PWR_VOSR_VOS_RANGE1 (3u << 16)
#define PWR_VOSR_BOOSTEN (1u << 18)
#define PWR_SVMSR REGISTER(PWR + 0x3C)
#define PWR_SVMSR_REGS (1u << 1)

#define FLASH_ACR REGISTER(0x40022000u)
#define FLASH_ACR_WAIT_STATES 4u
#define FLASH_ACR_LATENCY 15u
#define FLASH_ACR_PRFTEN (1u << 8)

#define ICACHE_CR REGISTER(0x40030400u)
#define ICACHE_CR_EN (1u << 0)
#define ICACHE_SR REGISTER(0x40030404u)
#define ICACHE_SR_BUSYF (1u << 0)

#define GPIOA 0x42020000u
#define USART1 0x40013800u
#define USART1_FUNCTION 7u /* of PA9 and PA10 */

#define CORE_HZ 160000000u

static void power_start(void)
{
    RCC_AHB3ENR |= RCC_AHB3ENR_PWR;
    (void)RCC_AHB3ENR; /* a clock enable needs a read back before the peripheral's registers are used */
    change(&PWR_VOSR, PWR_VOSR_VOS, PWR_VOSR_VOS_RANGE1);
    wait_for(&PWR_VOSR, PWR_VOSR_VOSRDY, PWR_VOSR_VOSRDY);
    PWR_CR3 |= PWR_CR3_REGSEL; /* the SMPS, whose coil this board has, as in ST's project */
    wait_for(&PWR_SVMSR, PWR_SVMSR_REGS, PWR_SVMSR_REGS);
}

/* Wait states before the clock rises: 4 up to 160 MHz in range 1. The cache is busy with its own reset at first. */
static void flash_start(void)
{
    change(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES | FLASH_ACR_PRFTEN);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
    wait_for(&ICACHE_SR, ICACHE_SR_BUSYF, 0);
    ICACHE_CR |= ICACHE_CR_EN;
}

/* 16 MHz * 20 / 2 = 160 MHz, for all buses too. Above 55 MHz the power distribution needs its booster, which is clocked
 * by the PLL's input and must be ready before the switch (RM0456, from memory; HAL_RCC_ClockConfig waits for it). */
static void clock_start(void)
{
    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLL1CFGR = RCC_PLL1CFGR_SOURCE_HSI16 | RCC_PLL1CFGR_RGE_8_TO_16_MHZ | RCC_PLL1CFGR_M(1u)
                   | RCC_PLL1CFGR_MBOOST_DIV1 | RCC_PLL1CFGR_REN;
    RCC_PLL1DIVR = RCC_PLL1DIVR_NPQR(20u, 2u, 2u, 2u);
    PWR_VOSR |= PWR_VOSR_BOOSTEN;
    RCC_CR |= RCC_CR_PLL1ON;
    wait_for(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);
    wait_for(&PWR_VOSR, PWR_VOSR_BOOSTRDY, PWR_VOSR_BOOSTRDY);
    change(&RCC_CFGR1, RCC_CFGR1_SW, RCC_CFGR1_SW_PLL1);
    wait_for(&RCC_CFGR1, RCC_CFGR1_SWS, RCC_CFGR1_SWS_PLL1);

    RCC_AHB2ENR1 |= RCC_AHB2ENR1_GPIOA;
    RCC_APB1ENR1 |= RCC_APB1ENR1_TIM2;
    RCC_APB2ENR |= RCC_APB2ENR_USART1;
    (void)RCC_APB2ENR;
}

/* The ST-LINK's virtual serial port: PA9 transmits, PA10 receives. */
void board_start(void)
{
    power_start();
    flash_start();
    clock_start();
    pin_start(GPIOA, 9, USART1_FUNCTION);
    pin_start(GPIOA, 10, USART1_FUNCTION);
    serial_start(USART1, (CORE_HZ + BAUD / 2) / BAUD);
    stopwatch_start(CORE_HZ);
}
