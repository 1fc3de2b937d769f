/* NUCLEO-G0B1RE: STM32G0B1RE at 64 MHz from the internal 16 MHz oscillator, the ST-LINK's serial port at 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32g0b1xx.h; wait states: stm32g0xx_ll_utils.c; alternate function:
 * stm32g0xx_hal_gpio_ex.h. UM2324 (pins) is named unread.
 */
#include "../board.h"
#include "stm32.h"

#define RCC 0x40021000u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR REGISTER(RCC + 0x08)
#define RCC_CFGR_SW 7u
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS (7u << 3)
#define RCC_CFGR_SWS_PLL (2u << 3)
#define RCC_PLLCFGR REGISTER(RCC + 0x0C)
#define RCC_PLLCFGR_SOURCE_HSI16 2u
#define RCC_PLLCFGR_M(divider) (((divider) - 1u) << 4)
#define RCC_PLLCFGR_N(factor) ((factor) << 8)
#define RCC_PLLCFGR_REN (1u << 28)
#define RCC_PLLCFGR_R(divider) (((divider) - 1u) << 29)
#define RCC_IOPENR REGISTER(RCC + 0x34)
#define RCC_IOPENR_GPIOA (1u << 0)
#define RCC_APBENR1 REGISTER(RCC + 0x3C)
#define RCC_APBENR1_TIM2 (1u << 0)
#define RCC_APBENR1_USART2 (1u << 17)

#define FLASH_ACR REGISTER(0x40022000u)
#define FLASH_ACR_WAIT_STATES 2u
#define FLASH_ACR_LATENCY 7u
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)

#define GPIOA 0x50000000u
#define USART2 0x40004400u
#define USART2_FUNCTION 1u /* of PA2 and PA3 */

#define CORE_HZ 64000000u

/* Wait states before the clock rises: 2 up to 64 MHz in voltage range 1, the reset state. */
static void flash_start(void)
{
    change(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
}

/* 16 MHz * 8 / 2 = 64 MHz, for all buses too */
static void clock_start(void)
{
    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLLCFGR = RCC_PLLCFGR_SOURCE_HSI16 | RCC_PLLCFGR_M(1u) | RCC_PLLCFGR_N(8u) | RCC_PLLCFGR_REN | RCC_PLLCFGR_R(2u);
    RCC_CR |= RCC_CR_PLLON;
    wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    change(&RCC_CFGR, RCC_CFGR_SW, RCC_CFGR_SW_PLL);
    wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);

    RCC_IOPENR |= RCC_IOPENR_GPIOA;
    RCC_APBENR1 |= RCC_APBENR1_TIM2 | RCC_APBENR1_USART2;
    (void)RCC_APBENR1; /* a clock enable needs a read back before the peripheral's registers are used */
}

/* The ST-LINK's virtual serial port: PA2 transmits, PA3 receives. */
void board_start(void)
{
    flash_start();
    clock_start();
    pin_start(GPIOA, 2, USART2_FUNCTION);
    pin_start(GPIOA, 3, USART2_FUNCTION);
    serial_start(USART2, (CORE_HZ + BAUD / 2) / BAUD);
    stopwatch_start(CORE_HZ);
}
