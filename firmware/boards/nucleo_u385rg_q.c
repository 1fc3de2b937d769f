/* NUCLEO-U385RG-Q: STM32U385RG at 96 MHz, its internal multi-speed oscillator undivided, the ST-LINK's serial port at
 * 115200 baud.
 *
 * Register addresses and bits: ST's device header stm32u385xx.h; wait states and booster: stm32u3xx_hal_rcc.c tables 1
 * and 2, stm32u3xx_hal_pwr_ex.c and stm32u3xx_hal_rcc_ex.h; alternate function: stm32u3xx_hal_gpio_ex.h; pins: ST's own
 * project for this board (MLPerf Tiny v1.3, NUCLEO_U385RG_Q).
 */
#include "../board.h"
#include "stm32.h"

#define RCC 0x40030C00u
#define RCC_CR REGISTER(RCC + 0x00)
#define RCC_CR_MSISRDY (1u << 2)
#define RCC_CR_HSION (1u << 11)
#define RCC_CR_HSIRDY (1u << 13)
#define RCC_ICSCR1 REGISTER(RCC + 0x08)
#define RCC_ICSCR1_MSIRGSEL (1u << 23)
#define RCC_ICSCR1_MSISDIV (3u << 29)
#define RCC_ICSCR1_MSISSEL (1u << 31)
#define RCC_CFGR4 REGISTER(RCC + 0x28)
#define RCC_CFGR4_BOOSTSEL_HSI16 (2u << 0)
#define RCC_CFGR4_BOOSTDIV_DIV1 (0u << 12)
#define RCC_AHB2ENR1 REGISTER(RCC + 0x8C)
#define RCC_AHB2ENR1_GPIOA (1u << 0)
#define RCC_AHB1ENR2 REGISTER(RCC + 0x94)
#define RCC_AHB1ENR2_PWR (1u << 2)
#define RCC_APB1ENR1 REGISTER(RCC + 0x9C)
#define RCC_APB1ENR1_TIM2 (1u << 0)
#define RCC_APB2ENR REGISTER(RCC + 0xA4)
#define RCC_APB2ENR_USART1 (1u << 14)

#define PWR 0x40030800u
#define PWR_CR3 REGISTER(PWR + 0x08)
#define PWR_CR3_REGSEL (1u << 1)
#define PWR_VOSR REGISTER(PWR + 0x0C)
#define PWR_VOSR_R1EN (1u << 0)
#define PWR_VOSR_R2EN (1u << 1)
#define PWR_VOSR_BOOSTEN (1u << 8)
#define PWR_VOSR_R1RDY (1u << 16)
#define PWR_VOSR_BOOSTRDY (1u << 24)
#define PWR_SVMSR REGISTER(PWR + 0x3C)
#define PWR_SVMSR_REGS (1u << 1)

#define FLASH_ACR REGISTER(0x40022000u)
#define FLASH_ACR_WAIT_STATES 2u
#define FLASH_ACR_LATENCY 15u
#define FLASH_ACR_PRFTEN (1u << 8)

#define ICACHE_CR REGISTER(0x40030400u)
#define ICACHE_CR_EN (1u << 0)
#define ICACHE_SR REGISTER(0x40030404u)
#define ICACHE_SR_BUSYF (1u << 0)

#define GPIOA 0x42020000u
#define USART1 0x40013800u
#define USART1_FUNCTION 7u /* of PA9 and PA10 */

#define CORE_HZ 96000000u

/* Voltage range 1, and above 24 MHz the booster of the power distribution: its clock is the 16 MHz oscillator. */
static void power_start(void)
{
    RCC_AHB1ENR2 |= RCC_AHB1ENR2_PWR;
    (void)RCC_AHB1ENR2; /* a clock enable needs a read back before the peripheral's registers are used */
    change(&PWR_VOSR, PWR_VOSR_R2EN, PWR_VOSR_R1EN);
    wait_for(&PWR_VOSR, PWR_VOSR_R1RDY, PWR_VOSR_R1RDY);
    PWR_CR3 |= PWR_CR3_REGSEL; /* the SMPS, whose coil this board has, as in ST's project */
    wait_for(&PWR_SVMSR, PWR_SVMSR_REGS, PWR_SVMSR_REGS);

    RCC_CR |= RCC_CR_HSION;
    wait_for(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_CFGR4 = RCC_CFGR4_BOOSTSEL_HSI16 | RCC_CFGR4_BOOSTDIV_DIV1;
    PWR_VOSR |= PWR_VOSR_BOOSTEN;
    wait_for(&PWR_VOSR, PWR_VOSR_BOOSTRDY, PWR_VOSR_BOOSTRDY);
}

/* Wait states before the clock rises: 2 up to 96 MHz in range 1. The cache is busy with its own reset at first. */
static void flash_start(void)
{
    change(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES | FLASH_ACR_PRFTEN);
    wait_for(&FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_WAIT_STATES);
    wait_for(&ICACHE_SR, ICACHE_SR_BUSYF, 0);
    ICACHE_CR |= ICACHE_CR_EN;
}

/* The core runs from the multi-speed oscillator since reset, at 12 MHz: take its 96 MHz source, undivided. */
static void clock_start(void)
{
    change(&RCC_ICSCR1, RCC_ICSCR1_MSISSEL | RCC_ICSCR1_MSISDIV, RCC_ICSCR1_MSIRGSEL);
    wait_for(&RCC_CR, RCC_CR_MSISRDY, RCC_CR_MSISRDY);

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
