"""Networks of one operator, the reference interpreter, and the firmware's kernels called directly on a bare core."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM, UC_HOOK_MEM_WRITE, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_SP, UC_CPU_ARM_CORTEX_M4

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.model.graph import Graph, Tensor
from simtiny.model.operators import OPERATORS
from simtiny.model.plan import Plan
from simtiny.options import Kernels as KernelSet

FIRMWARE = Path(__file__).parents[2] / "firmware"
IMAGES = FIRMWARE / "images"
FLASH, RAM, TRACE = (0x0800_0000, 0x20_0000), (0x2000_0000, 0xA_0000), (0xE000_0000, 0x1000)
STIMULUS_PORT_1 = 0xE000_0004
RETURN = 0x081F_FFF0  # an address that no code reaches


def with_firmware() -> list[Board]:
    """The boards that have a start-up file in firmware/boards, or name another board that has."""
    boards = map(load_board, board_names())
    return [b for b in boards if (FIRMWARE / f"boards/{(b.firmware or b.id).replace('-', '_')}.c").is_file()]


def kernel_sets(board: Board) -> tuple[KernelSet, ...]:
    """Those that its core can run, the fastest last."""
    return (KernelSet.PORTABLE,) if board.core == "cortex-m0plus" else (KernelSet.PORTABLE, KernelSet.DSP)


class Kernels:
    """`plan_run` of a built image. `marks` holds what the last run wrote to the trace port."""

    def __init__(self, kernels: str) -> None:
        with (IMAGES / f"nucleo-l4r5zi-{kernels}.elf").open("rb") as file:
            elf = ELFFile(file)
            table: Any = elf.get_section_by_name(".symtab")
            self.symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
            segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        self.marks: list[int] = []
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
        for base, size in (FLASH, RAM, TRACE):
            self._uc.mem_map(base, size)
        for address, data in segments:
            self._uc.mem_write(address, data)
        self._uc.hook_add(UC_HOOK_MEM_WRITE, self._on_trace, begin=TRACE[0], end=TRACE[0] + TRACE[1])

    def _on_trace(self, uc: Uc, access: int, address: int, size: int, value: int, data: object) -> None:
        if address == STIMULUS_PORT_1:
            self.marks.append(value & 0xFFFF_FFFF)

    def run(self, plan: Plan, content: bytes) -> bytes:
        """One inference on an input tensor's bytes; the output tensor's bytes."""
        header = struct.unpack("<21I", plan.data[:84])
        source, target, count, element_type = header[10], header[15], header[16], header[17]
        arena = self.symbols["arena_base"]
        self.marks.clear()
        self._uc.mem_write(arena, b"\xa5" * (plan.arena_bytes + 16))  # whatever is not written must not matter
        self._uc.mem_write(arena + source, content)
        self._uc.mem_write(self.symbols["plan_base"], plan.data)
        for register, value in (
            (UC_ARM_REG_R0, self.symbols["plan_base"]),
            (UC_ARM_REG_R1, arena),
            (UC_ARM_REG_SP, self.symbols["stack_top"]),
            (UC_ARM_REG_LR, RETURN | 1),
        ):
            self._uc.reg_write(register, value)
        self._uc.emu_start(self.symbols["plan_run"] | 1, RETURN)
        beyond = bytes(self._uc.mem_read(arena + plan.arena_bytes, 16))
        assert beyond == b"\xa5" * 16, "a kernel wrote behind the arena"
        return bytes(self._uc.mem_read(arena + target, count * (4 if element_type == 2 else 1)))


def interpreter(model: bytes) -> Any:
    """The reference: TensorFlow Lite Micro's own kernels."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    return runtime.Interpreter.from_bytes(model, arena_size=1 << 20)


def expected(model: bytes, content: np.ndarray) -> np.ndarray:
    reference = interpreter(model)
    reference.set_input(content, 0)
    reference.invoke()
    result: np.ndarray = reference.get_output(0)
    return result


def tflite(graph: Graph) -> bytes:
    """`graph` as the bytes of a `.tflite` file."""
    schema = pytest.importorskip("tflite_micro.tensorflow.lite.micro.python.schema_py_generated")
    flatbuffers = pytest.importorskip("flatbuffers")
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    subgraph = schema.SubGraphT()
    subgraph.tensors = [_tensor(schema, tensor, model.buffers) for tensor in graph.tensors]
    subgraph.inputs, subgraph.outputs = list(graph.inputs), list(graph.outputs)
    kinds = sorted({op.kind for op in graph.operators})
    model.operatorCodes = []
    for kind in kinds:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        model.operatorCodes.append(code)
    subgraph.operators = []
    for op in graph.operators:
        record = schema.OperatorT()
        record.opcodeIndex = kinds.index(op.kind)
        record.inputs, record.outputs = list(op.inputs), list(op.outputs)
        if OPERATORS[op.kind].options_type:
            name, fields = _options(schema, op.kind, op.options)
            record.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            record.builtinOptions = getattr(schema, name + "T")()
            for field, value in fields.items():
                assert hasattr(record.builtinOptions, field)
                setattr(record.builtinOptions, field, value)
        subgraph.operators.append(record)
    model.subgraphs = [subgraph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(schema: Any, tensor: Tensor, buffers: list[Any]) -> Any:
    record = schema.TensorT()
    record.name, record.shape, record.buffer = tensor.name, list(tensor.shape), 0
    record.type = getattr(schema.TensorType, tensor.dtype.name.upper())
    if tensor.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
        record.buffer = len(buffers)
        buffers.append(buffer)
    if tensor.quantization is not None:
        record.quantization = schema.QuantizationParametersT()
        record.quantization.scale = tensor.quantization.scales.astype(np.float32)
        record.quantization.zeroPoint = tensor.quantization.zero_points.astype(np.int64)
        record.quantization.quantizedDimension = tensor.quantization.axis
    return record


# Where the schema's name of a field is not simtiny's in camel case.
_FIELDS = {
    "dilation_h": "dilationHFactor",
    "dilation_w": "dilationWFactor",
    "filter_h": "filterHeight",
    "filter_w": "filterWidth",
    "activation": "fusedActivationFunction",
}


def _options(schema: Any, kind: str, options: Any) -> tuple[str, dict[str, Any]]:
    """The schema's name of the operator's table of options, and that table's fields."""
    numbers = {number: name for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int)}
    values = dict(options)
    if "padding" in values:
        values["padding"] = getattr(schema.Padding, values["padding"])
    if "activation" in values:
        values["activation"] = getattr(schema.ActivationFunctionType, values["activation"])
    return numbers[OPERATORS[kind].options_type], {
        _FIELDS.get(key, _camel(key)): value for key, value in values.items()
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
