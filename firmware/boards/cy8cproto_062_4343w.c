/* CY8CPROTO-062-4343W: the Cortex-M4 of a PSoC 62 (CY8C624A) at 150 MHz from the internal 8 MHz oscillator, KitProg3's
 * serial port at 115200 baud.
 *
 * Register addresses and bits: Infineon's mtb-pdl-cat1, devices/COMPONENT_CAT1A/include (cy8c624abzi_s2d44.h and
 * ip/cyip_*.h); clock numbers: psoc6_02_config.h; pins: gpio_psoc6_02_124_bga.h and Infineon's board support package;
 * wait states: cy_device.c, cy_deviceIpBlockCfgPSoC6_02; PLL limits: cy_sysclk.c.
 */
#include "../board.h"
#include "registers.h"

#define SRSS 0x40260000u
#define WDT_CTL REGISTER(SRSS + 0x180)
#define WDT_CTL_EN (1u << 0)
#define WDT_CTL_LOCK (3u << 30)
#define WDT_CTL_UNLOCK_FIRST (1u << 30) /* writing 1, then 2 to LOCK clears it: cy_wdt.c, Cy_WDT_Unlock */
#define WDT_CTL_UNLOCK_SECOND (2u << 30)
#define CLK_PATH_SELECT1 REGISTER(SRSS + 0x344)
#define CLK_PATH_SELECT_IMO 0u
#define CLK_ROOT_SELECT0 REGISTER(SRSS + 0x380)
#define CLK_ROOT_SELECT_PATH1 1u
#define CLK_ROOT_SELECT_ENABLE (1u << 31)
#define CLK_PLL_CONFIG0 REGISTER(SRSS + 0x600)
#define CLK_PLL_CONFIG_DIVIDERS(feedback, reference, output) ((feedback) | (reference) << 8 | (output) << 16)
#define CLK_PLL_CONFIG_ENABLE (1u << 31)
#define CLK_PLL_STATUS0 REGISTER(SRSS + 0x640)
#define CLK_PLL_STATUS_LOCKED (1u << 0)

#define CM0_CLOCK_CTL REGISTER(0x40201008u)
#define CM0_CLOCK_CTL_PERI_DIVIDER(divider) (((divider) - 1u) << 24)

#define FLASH_CTL REGISTER(0x40240000u)
#define FLASH_CTL_MAIN_WS 15u
#define FLASH_CTL_MAIN_WS_5 5u

#define PERI 0x40000000u
#define PERI_DIV_CMD REGISTER(PERI + 0x400)
#define PERI_DIV_CMD_ENABLE (1u << 31)
#define PERI_DIV_CMD_NO_PHASE (0x3FFu << 16)
#define PERI_CLOCK_CTL(clock) REGISTER(PERI + 0xC00 + 4 * (clock))
#define PERI_DIV_8_CTL(number) REGISTER(PERI + 0x1000 + 4 * (number))
#define CLOCK_SCB5 5u
#define CLOCK_TCPWM0_0 15u

#define HSIOM_PORT5_SEL0 REGISTER(0x40300050u)
#define HSIOM_SCB5_UART 18u /* of P5.0 and P5.1 */
#define GPIO_PORT5_CFG REGISTER(0x403102C4u)
#define GPIO_INPUT 8u
#define GPIO_STRONG 6u

#define SCB5 0x40650000u
#define SCB_CTRL REGISTER(SCB5 + 0x000)
#define SCB_CTRL_OVERSAMPLE(factor) ((factor) - 1u)
#define SCB_CTRL_BYTE_MODE (1u << 11)
#define SCB_CTRL_UART (2u << 24)
#define SCB_CTRL_ENABLED (1u << 31)
#define SCB_UART_CTRL REGISTER(SCB5 + 0x040)
#define SCB_UART_TX_CTRL REGISTER(SCB5 + 0x044)
#define SCB_UART_RX_CTRL REGISTER(SCB5 + 0x048)
#define SCB_ONE_STOP_BIT 1u
#define SCB_BREAK_WIDTH (10u << 16) /* as at reset */
#define SCB_TX_CTRL REGISTER(SCB5 + 0x200)
#define SCB_RX_CTRL REGISTER(SCB5 + 0x300)
#define SCB_EIGHT_BITS 7u /* least significant bit first */
#define SCB_TX_FIFO_STATUS REGISTER(SCB5 + 0x208)
#define SCB_TX_FIFO_WR REGISTER(SCB5 + 0x240)
#define SCB_RX_FIFO_STATUS REGISTER(SCB5 + 0x308)
#define SCB_RX_FIFO_RD REGISTER(SCB5 + 0x340)
#define SCB_FIFO_USED 0x1FFu
#define SCB_FIFO_SIZE 128u

#define TCPWM0 0x40380000u
#define TCPWM_CTRL_SET REGISTER(TCPWM0 + 0x08)
#define TCPWM_CMD_START REGISTER(TCPWM0 + 0x18)
#define TCPWM_COUNTER0 REGISTER(TCPWM0 + 0x108)
#define TCPWM_PERIOD0 REGISTER(TCPWM0 + 0x114)

#define PERI_HZ 75000000u
#define BAUD 115200u
#define OVERSAMPLE 12u

/* The chip starts its Cortex-M0+, which finds this vector table at the start of flash. It does what the makers' image of
 * that core does, CM0P_SLEEP: it has the Cortex-M4 start at its own table, and sleeps. Armv6-M instructions only. The
 * key of CM4_PWR_CTL and the order: Cy_SysEnableCM4 in system_psoc6_cm0plus.c. */
__asm(".section .first_core, \"ax\"\n"
      "    .word stack_top, first_core_reset + 1, first_core_wait + 1, first_core_wait + 1\n"
      "first_core_reset:\n"
      "    ldr r0, =0x40200200\n" /* CPUSS: CM4_VECTOR_TABLE_BASE */
      "    ldr r1, =vector_table\n"
      "    str r1, [r0]\n"
      "    ldr r0, =0x40201200\n" /* CM4_PWR_CTL */
      "    ldr r1, =0x05FA0003\n" /* key, enabled */
      "    str r1, [r0]\n"
      "first_core_wait:\n"
      "    wfi\n"
      "    b first_core_wait\n"
      "    .ltorg\n"
      ".text\n");

/* The watchdog runs since reset. */
static void watchdog_stop(void)
{
    change(&WDT_CTL, WDT_CTL_LOCK, WDT_CTL_UNLOCK_FIRST);
    change(&WDT_CTL, WDT_CTL_LOCK, WDT_CTL_UNLOCK_SECOND);
    WDT_CTL &= ~(WDT_CTL_LOCK | WDT_CTL_EN);
}

/* 8 MHz / 2 * 75 / 2 = 150 MHz, the peripherals at half of it: their limit is 100 MHz (002-23185). Wait states before the
 * clock rises: 5 up to 150 MHz; RAM needs none for this core. Flash caches and prefetch are on since reset. */
static void clock_start(void)
{
    change(&FLASH_CTL, FLASH_CTL_MAIN_WS, FLASH_CTL_MAIN_WS_5);
    CM0_CLOCK_CTL = CM0_CLOCK_CTL_PERI_DIVIDER(2u);
    CLK_PATH_SELECT1 = CLK_PATH_SELECT_IMO;
    CLK_PLL_CONFIG0 = CLK_PLL_CONFIG_DIVIDERS(75u, 2u, 2u);
    CLK_PLL_CONFIG0 |= CLK_PLL_CONFIG_ENABLE;
    wait_for(&CLK_PLL_STATUS0, CLK_PLL_STATUS_LOCKED, CLK_PLL_STATUS_LOCKED);
    CLK_ROOT_SELECT0 = CLK_ROOT_SELECT_PATH1 | CLK_ROOT_SELECT_ENABLE;
}

static void peripheral_clock_start(uint32_t clock, uint32_t number, uint32_t divider)
{
    PERI_DIV_8_CTL(number) = (divider - 1) << 8;
    PERI_CLOCK_CTL(clock) = number;
    PERI_DIV_CMD = PERI_DIV_CMD_ENABLE | PERI_DIV_CMD_NO_PHASE | number;
}

/* P5.0 receives, P5.1 transmits. */
static void serial_start(void)
{
    peripheral_clock_start(CLOCK_SCB5, 0, (PERI_HZ + BAUD * OVERSAMPLE / 2) / (BAUD * OVERSAMPLE));
    change(&HSIOM_PORT5_SEL0, 0xFFFFu, HSIOM_SCB5_UART << 0 | HSIOM_SCB5_UART << 8);
    change(&GPIO_PORT5_CFG, 0xFFu, GPIO_INPUT << 0 | GPIO_STRONG << 4);
    SCB_UART_CTRL = 0; /* the plain protocol */
    SCB_UART_TX_CTRL = SCB_ONE_STOP_BIT;
    SCB_UART_RX_CTRL = SCB_ONE_STOP_BIT | SCB_BREAK_WIDTH;
    SCB_TX_CTRL = SCB_EIGHT_BITS;
    SCB_RX_CTRL = SCB_EIGHT_BITS;
    SCB_CTRL = SCB_CTRL_OVERSAMPLE(OVERSAMPLE) | SCB_CTRL_BYTE_MODE | SCB_CTRL_UART;
    SCB_CTRL |= SCB_CTRL_ENABLED;
}

/* Counter 0 counts up from 0, as at reset. */
static void stopwatch_start(void)
{
    peripheral_clock_start(CLOCK_TCPWM0_0, 1, PERI_HZ / 1000000u);
    TCPWM_PERIOD0 = 0xFFFFFFFFu;
    TCPWM_CTRL_SET = 1;
    TCPWM_CMD_START = 1;
}

void board_start(void)
{
    watchdog_stop();
    clock_start();
    serial_start();
    stopwatch_start();
}

void board_serial_put(char character)
{
    while ((SCB_TX_FIFO_STATUS & SCB_FIFO_USED) >= SCB_FIFO_SIZE) {
    }
    SCB_TX_FIFO_WR = (uint8_t)character;
}

char board_serial_get(void)
{
    while ((SCB_RX_FIFO_STATUS & SCB_FIFO_USED) == 0) {
    }
    return (char)SCB_RX_FIFO_RD;
}

uint32_t board_microseconds(void)
{
    return TCPWM_COUNTER0;
}
