#include "stm32.h"

#include "../board.h"

#define GPIO_MODER(port) REGISTER((port) + 0x00)
#define GPIO_MODE_ALTERNATE 2u
#define GPIO_AFR(port, pin) REGISTER((port) + 0x20 + (pin) / 8 * 4)

#define USART_CR1(usart) REGISTER((usart) + 0x00)
#define USART_CR1_UE (1u << 0)
#define USART_CR1_RE (1u << 2)
#define USART_CR1_TE (1u << 3)
#define USART_BRR(usart) REGISTER((usart) + 0x0C)
#define USART_ISR(usart) REGISTER((usart) + 0x1C)
#define USART_ISR_ORE (1u << 3)
#define USART_ISR_RXNE (1u << 5)
#define USART_ISR_TXE (1u << 7)
#define USART_ICR(usart) REGISTER((usart) + 0x20)
#define USART_RDR(usart) REGISTER((usart) + 0x24)
#define USART_TDR(usart) REGISTER((usart) + 0x28)

/* 32 bits wide on all of them */
#define TIM2 0x40000000u
#define TIM2_CR1 REGISTER(TIM2 + 0x00)
#define TIM2_CR1_CEN (1u << 0)
#define TIM2_EGR REGISTER(TIM2 + 0x14)
#define TIM2_EGR_UG (1u << 0)
#define TIM2_CNT REGISTER(TIM2 + 0x24)
#define TIM2_PSC REGISTER(TIM2 + 0x28)
#define TIM2_ARR REGISTER(TIM2 + 0x2C)

static uint32_t serial;

void pin_start(uint32_t port, uint32_t pin, uint32_t function)
{
    const uint32_t place = pin % 8 * 4;
    change(&GPIO_AFR(port, pin), 15u << place, function << place);
    change(&GPIO_MODER(port), 3u << pin * 2, GPIO_MODE_ALTERNATE << pin * 2);
}

void serial_start(uint32_t usart, uint32_t divider)
{
    serial = usart;
    USART_BRR(usart) = divider;
    USART_CR1(usart) = USART_CR1_UE | USART_CR1_RE | USART_CR1_TE;
}

void stopwatch_start(uint32_t timer_hz)
{
    TIM2_PSC = timer_hz / 1000000u - 1;
    TIM2_ARR = 0xFFFFFFFFu;
    TIM2_EGR = TIM2_EGR_UG; /* load the prescaler now */
    TIM2_CR1 = TIM2_CR1_CEN;
}

void board_serial_put(char character)
{
    wait_for(&USART_ISR(serial), USART_ISR_TXE, USART_ISR_TXE);
    USART_TDR(serial) = (uint8_t)character;
}

char board_serial_get(void)
{
    uint32_t status;
    while (((status = USART_ISR(serial)) & USART_ISR_RXNE) == 0) {
    }
    if ((status & USART_ISR_ORE) != 0) {
        USART_ICR(serial) = USART_ISR_ORE; /* an overrun would stop reception for good */
    }
    return (char)USART_RDR(serial);
}

uint32_t board_microseconds(void)
{
    return TIM2_CNT;
}
