/* NUCLEO-H7A3ZI-Q: STM32H7A3ZI-Q at 280 MHz from the internal 64 MHz oscillator, core supply from the internal SMPS, the
 * ST-LINK's serial port at 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32h7a3xxq.h; wait states and bus limits: stm32h7xx_ll_utils.c and
 * stm32h7xx_hal_rcc.h; supply: HAL_PWREx_ConfigSupply in stm32h7xx_hal_pwr_ex.c, with the choice of ST's own project for
 * this board (MLPerf Tiny v1.3, NUCLEO_H7A3ZI_Q.ioc); alternate function: stm32h7xx_hal_gpio_ex.h. UM2408 is named unread.
 */
#include "../board.h"
#include "cortex_m7.h"
#include "stm32.h"

#define RCC 0x58024400u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_HSION (1u << 0)
#define RCC_CR_HSIRDY (1u << 2)
#define RCC_CR_HSIDIV (3u << 3)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR REGISTER(RCC + 0x10)
#define RCC_CFGR_SW 7u
#define RCC_CFGR_SW_PLL1 3u
#define RCC_CFGR_SWS (7u << 3)
#define RCC_CFGR_SWS_PLL1 (3u << 3)
#define RCC_CDCFGR1 REGISTER(RCC + 0x18)
#define RCC_CDCFGR1_CDPPRE_DIV2 (4u << 4)
#define RCC_CDCFGR2 REGISTER(RCC + 0x1C)
#define RCC_CDCFGR2_CDPPRE1_DIV2 (4u << 4)
#define RCC_CDCFGR2_CDPPRE2_DIV2 (4u << 8)
#define RCC_SRDCFGR REGISTER(RCC + 0x20)
#define RCC_SRDCFGR_SRDPPRE_DIV2 (4u << 4)
#define RCC_PLLCKSELR REGISTER(RCC + 0x28)
#define RCC_PLLCKSELR_SOURCE_HSI 0u
#define RCC_PLLCKSELR_DIVM1(divider) ((divider) << 4)
#define RCC_PLLCFGR REGISTER(RCC + 0x2C)
#define RCC_PLLCFGR_PLL1RGE_8_TO_16_MHZ (3u << 2)
#define RCC_PLLCFGR_DIVP1EN (1u << 16)
#define RCC_PLL1DIVR REGISTER(RCC + 0x30)
#define RCC_PLL1DIVR_NPQR(n, p, q, r) (((n) - 1u) | ((p) - 1u) << 9 | ((q) - 1u) << 16 | ((r) - 1u) << 24)
#define RCC_AHB4ENR REGISTER(RCC + 0x140)
#define RCC_AHB4ENR_GPIOD (1u << 3)
#define RCC_APB1LENR REGISTER(RCC + 0x148)
#define RCC_APB1LENR_TIM2 (1u << 0)
#define RCC_APB1LENR_USART3 (1u << 18)

#define PWR 0x58024800u
#define PWR_CSR1 REGISTER(PWR + 0x04)
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_CR3 REGISTER(PWR + 0x0C)
#define PWR_CR3_SUPPLY 7u /* BYPASS, LDOEN, SMPSEN */
#define PWR_CR3_SMPSEN (1u << 2)
#define PWR_SRDCR REGISTER(PWR + 0x18)
#define PWR_SRDCR_VOSRDY (1u << 13)
#define PWR_SRDCR_VOS (3u << 14)
#define PWR_SRDCR_VOS0 (3u << 14)

#define FLASH_ACR REGISTER(0x52002000u)
#define FLASH_ACR_LATENCY 15u
#define FLASH_ACR_WAIT_STATES 6u
#define FLASH_ACR_WRHIGHFREQ (3u << 4)

#define GPIOD 0x58020C00u
#define USART3 0x40004800u
#define USART3_FUNCTION 7u /* of PD8 and PD9 */

#define APB1_HZ 140000000u
#define TIM2_HZ 280000000u /* twice APB1 */

/* 280 MHz needs voltage scale 0, which can be chosen once the supply has been. */
static void power_start(void)
{
    change(&PWR_CR3, PWR_CR3_SUPPLY, PWR_CR3_SMPSEN);
    wait_for(&PWR_CSR1, PWR_CSR1_ACTVOSRDY, PWR_CSR1_ACTVOSRDY);
    change(&PWR_SRDCR, PWR_SRDCR_VOS, PWR_SRDCR_VOS0);
    wait_for(&PWR_SRDCR, PWR_SRDCR_VOSRDY, PWR_SRDCR_VOSRDY);
}

/* Wait states before the clock rises: 6 up to 280 MHz at scale 0. */
static void flash_start(void)
{
    change(&FLASH_ACR, FLASH_ACR_LATENCY | FLASH_ACR_WRHIGHFREQ, FLASH_ACR_WAIT_STATES | FLASH_ACR_WRHIGHFREQ);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
}

/* 64 MHz / 4 * 35 / 2 = 280 MHz for core, AXI and AHB; half of it for the APBs, whose limit is 140 MHz. */
static void clock_start(void)
{
    change(&RCC_CR, RCC_CR_HSIDIV, RCC_CR_HSION);
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLLCKSELR = RCC_PLLCKSELR_SOURCE_HSI | RCC_PLLCKSELR_DIVM1(4u);
    RCC_PLLCFGR = RCC_PLLCFGR_PLL1RGE_8_TO_16_MHZ | RCC_PLLCFGR_DIVP1EN;
    RCC_PLL1DIVR = RCC_PLL1DIVR_NPQR(35u, 2u, 2u, 2u);
    RCC_CR |= RCC_CR_PLL1ON;
    wait_for(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);

    RCC_CDCFGR1 = RCC_CDCFGR1_CDPPRE_DIV2;
    RCC_CDCFGR2 = RCC_CDCFGR2_CDPPRE1_DIV2 | RCC_CDCFGR2_CDPPRE2_DIV2;
    RCC_SRDCFGR = RCC_SRDCFGR_SRDPPRE_DIV2;
    change(&RCC_CFGR, RCC_CFGR_SW, RCC_CFGR_SW_PLL1);
    wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL1);

    RCC_AHB4ENR |= RCC_AHB4ENR_GPIOD;
    RCC_APB1LENR |= RCC_APB1LENR_TIM2 | RCC_APB1LENR_USART3;
    (void)RCC_APB1LENR; /* a clock enable needs a read back before the peripheral's registers are used */
}

/* The ST-LINK's virtual serial port: PD8 transmits, PD9 receives. */
void board_start(void)
{
    power_start();
    flash_start();
    clock_start();
    caches_start();
    pin_start(GPIOD, 8, USART3_FUNCTION);
    pin_start(GPIOD, 9, USART3_FUNCTION);
    serial_start(USART3, (APB1_HZ + BAUD / 2) / BAUD);
    stopwatch_start(TIM2_HZ);
}
