/* NUCLEO-L4R5ZI with a temperature sensor on I2C1 and a voltage at PA0, by registers: RM0432. */
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_AHB2ENR REGISTER(0x4002104C)
#define RCC_APB1ENR1 REGISTER(0x40021058)
#define I2C1_CR1 REGISTER(0x40005400)
#define I2C1_CR2 REGISTER(0x40005404)
#define I2C1_TIMINGR REGISTER(0x40005410)
#define I2C1_ISR REGISTER(0x40005418)
#define I2C1_ICR REGISTER(0x4000541C)
#define I2C1_RXDR REGISTER(0x40005424)
#define I2C1_TXDR REGISTER(0x40005428)
#define ADC1_ISR REGISTER(0x50040000)
#define ADC1_CR REGISTER(0x50040008)
#define ADC1_SMPR1 REGISTER(0x50040014)
#define ADC1_SQR1 REGISTER(0x50040030)
#define ADC1_DR REGISTER(0x50040040)
#define ADC1_CCR REGISTER(0x50040308)

#define TXIS (1u << 1)
#define RXNE (1u << 2)
#define NACKF (1u << 4)
#define STOPF (1u << 5)
#define TC (1u << 6)
#define READ (1u << 10)
#define START (1u << 13)
#define AUTOEND (1u << 25)
#define SENSOR (0x48u << 1)

static uint32_t wait_for(uint32_t flags)
{
    uint32_t status;

    while (((status = I2C1_ISR) & (flags | NACKF)) == 0)
        ;
    return status & NACKF;
}

/* Register 0 of a TMP102: 1/16 of a degree. INT32_MIN where no sensor answers. */
int32_t temperature(void)
{
    uint32_t high;

    I2C1_CR2 = SENSOR | 1u << 16 | START;
    if (wait_for(TXIS)) {
        while ((I2C1_ISR & STOPF) == 0)
            ;
        I2C1_ICR = NACKF | STOPF;
        return INT32_MIN;
    }
    I2C1_TXDR = 0;
    wait_for(TC);
    I2C1_CR2 = SENSOR | 2u << 16 | READ | AUTOEND | START;
    wait_for(RXNE);
    high = I2C1_RXDR;
    wait_for(RXNE);
    high = high << 8 | I2C1_RXDR;
    wait_for(STOPF);
    I2C1_ICR = STOPF;
    return (int16_t)high >> 4;
}

/* PA0, in millivolts of a supply of 3.3 V. */
uint32_t millivolts(void)
{
    ADC1_CR |= 1u << 2; /* ADSTART */
    while ((ADC1_ISR & 1u << 2) == 0) /* EOC */
        ;
    return ADC1_DR * 3300u >> 12;
}

static void start(void)
{
    RCC_AHB2ENR |= 1u << 0 | 1u << 13; /* GPIOA, ADC */
    RCC_APB1ENR1 |= 1u << 21; /* I2C1 */
    I2C1_TIMINGR = 0x00000E12; /* 4 MHz: 100 kHz */
    I2C1_CR1 = 1; /* PE */
    ADC1_CCR = 1u << 16; /* CKMODE: the bus clock */
    ADC1_CR = 0; /* out of deep power-down */
    ADC1_CR = 1u << 28; /* ADVREGEN */
    ADC1_SMPR1 = 4u << 15; /* channel 5, PA0: 47.5 clocks */
    ADC1_SQR1 = 5u << 6;
    ADC1_CR |= 1u << 0; /* ADEN */
    while ((ADC1_ISR & 1u) == 0) /* ADRDY */
        ;
}

/* start.c has it in the vector table; nothing starts SysTick. */
void SysTick_Handler(void)
{
}

volatile int32_t hottest = INT32_MIN;
volatile uint32_t highest;

int main(void)
{
    start();
    for (;;) {
        int32_t now = temperature();
        uint32_t volts = millivolts();

        hottest = now > hottest ? now : hottest;
        highest = volts > highest ? volts : highest;
    }
}
