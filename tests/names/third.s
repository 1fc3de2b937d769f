@ A Rust compiler's names, old and new; functions in assembler without a type; and the vectors.
  .syntax unified
  .thumb
  .section .vectors, "a"
  .word 0x20000400, reset
  .text
  .macro function name
  .global \name
  .type \name, %function
\name: bx lr
  .size \name, . - \name
  .endm
  function _ZN3app3iir4step17h0123456789abcdefE
  function _RNvNtC3app3fir4step
  function _ZN41_$LT$app..Pid$u20$as$u20$app..Control$GT$6update17h0123456789abcdefE
  function plain.part.0
  .global untyped
  .thumb_func
untyped: nop
  .global bare_label
bare_label: bx lr
