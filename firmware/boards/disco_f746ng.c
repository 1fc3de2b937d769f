/* DISCO-F746NG: STM32F746NG at 216 MHz from the internal 16 MHz oscillator, the ST-LINK's serial port at 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32f746xx.h; wait states: stm32f7xx_ll_utils.c; over-drive:
 * HAL_PWREx_EnableOverDrive in stm32f7xx_hal_pwr_ex.c; alternate function: stm32f7xx_hal_gpio_ex.h. UM1907 (pins) is
 * named unread.
 */
#include "../board.h"
#include "cortex_m7.h"
#include "stm32.h"

#define RCC 0x40023800u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 1)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR REGISTER(RCC + 0x04)
#define RCC_PLLCFGR_M(divider) (divider)
#define RCC_PLLCFGR_N(factor) ((factor) << 6)
#define RCC_PLLCFGR_P_DIV2 (0u << 16)
#define RCC_PLLCFGR_SOURCE_HSI (0u << 22)
#define RCC_PLLCFGR_Q(divider) ((divider) << 24)
#define RCC_PLLCFGR_RESERVED (2u << 28) /* as at reset */
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_CFGR_SW 3u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1 (7u << 10)
#define RCC_CFGR_PPRE1_DIV4 (5u << 10)
#define RCC_CFGR_PPRE2 (7u << 13)
#define RCC_CFGR_PPRE2_DIV2 (4u << 13)
#define RCC_AHB1ENR REGISTER(RCC + 0x30)
#define RCC_AHB1ENR_GPIOA (1u << 0)
#define RCC_AHB1ENR_GPIOB (1u << 1)
#define RCC_APB1ENR REGISTER(RCC + 0x40)
#define RCC_APB1ENR_TIM2 (1u << 0)
#define RCC_APB1ENR_PWR (1u << 28)
#define RCC_APB2ENR REGISTER(RCC + 0x44)
#define RCC_APB2ENR_USART1 (1u << 4)

#define PWR 0x40007000u
#define PWR_CR1 REGISTER(PWR + 0x00)
#define PWR_CR1_ODEN (1u << 16)
#define PWR_CR1_ODSWEN (1u << 17)
#define PWR_CSR1 REGISTER(PWR + 0x04)
#define PWR_CSR1_ODRDY (1u << 16)
#define PWR_CSR1_ODSWRDY (1u << 17)

#define FLASH_ACR REGISTER(0x40023C00u)
#define FLASH_ACR_WAIT_STATES 7u
#define FLASH_ACR_LATENCY 15u

#define GPIOA 0x40020000u
#define GPIOB 0x40020400u
#define USART1 0x40011000u
#define USART1_FUNCTION 7u /* of PA9 and PB7 */

#define APB2_HZ 108000000u
#define TIM2_HZ 108000000u /* twice APB1 */

/* Wait states before the clock rises: 7 up to 216 MHz at 2.7 to 3.6 V. Code is read over AXI and the core's caches: ART
 * accelerator and prefetch serve the ITCM interface only. */
static void flash_start(void)
{
    change(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
}

/* 16 MHz / 8 * 216 / 2 = 216 MHz. Above 180 MHz the core needs voltage scale 1 (the reset state) and over-drive, which is
 * switched on after the PLL and before its clock is used. APB1 may run at 54 MHz, APB2 at 108 MHz (DS10916). */
static void clock_start(void)
{
    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLLCFGR = RCC_PLLCFGR_M(8u) | RCC_PLLCFGR_N(216u) | RCC_PLLCFGR_P_DIV2 | RCC_PLLCFGR_SOURCE_HSI
                  | RCC_PLLCFGR_Q(9u) | RCC_PLLCFGR_RESERVED;
    RCC_CR |= RCC_CR_PLLON;
    RCC_APB1ENR |= RCC_APB1ENR_PWR;
    (void)RCC_APB1ENR; /* a clock enable needs a read back before the peripheral's registers are used */
    PWR_CR1 |= PWR_CR1_ODEN;
    wait_for(&PWR_CSR1, PWR_CSR1_ODRDY, PWR_CSR1_ODRDY);
    PWR_CR1 |= PWR_CR1_ODSWEN;
    wait_for(&PWR_CSR1, PWR_CSR1_ODSWRDY, PWR_CSR1_ODSWRDY);
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);

    change(&RCC_CFGR, RCC_CFGR_PPRE1 | RCC_CFGR_PPRE2, RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2);
    change(&RCC_CFGR, RCC_CFGR_SW, RCC_CFGR_SW_PLL);
    wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);

    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOA | RCC_AHB1ENR_GPIOB;
    RCC_APB1ENR |= RCC_APB1ENR_TIM2;
    RCC_APB2ENR |= RCC_APB2ENR_USART1;
    (void)RCC_APB2ENR;
}

/* The ST-LINK's virtual serial port: PA9 transmits, PB7 receives. */
void board_start(void)
{
    flash_start();
    clock_start();
    caches_start();
    pin_start(GPIOA, 9, USART1_FUNCTION);
    pin_start(GPIOB, 7, USART1_FUNCTION);
    serial_start(USART1, (APB2_HZ + BAUD / 2) / BAUD);
    stopwatch_start(TIM2_HZ);
}
