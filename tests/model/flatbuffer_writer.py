"""Writes small `.tflite` files, sound or not: tables of fields, all offsets forward."""

import struct

Fields = dict[int, "tuple[str, float] | Node"]


class Node:
    """Something that others refer to: a table, or a vector of numbers or of nodes."""

    def __init__(
        self, fields: Fields | None = None, raw: tuple[int, bytes] | None = None, items: "list[Node] | None" = None
    ):
        self.fields, self.raw, self.items = fields, raw, items


def vector(code: str, values: "list[int] | list[float]") -> Node:
    return Node(raw=(len(values), struct.pack(f"<{len(values)}{code}", *values)))


def text(value: str) -> Node:
    data = value.encode("utf-8", "surrogateescape")
    return Node(raw=(len(data), data + b"\0"))


def tables(*items: Node) -> Node:
    return Node(items=list(items))


def encode(root: Node) -> bytes:
    out = bytearray(b"\0\0\0\0TFL3")
    pending: list[tuple[int, Node]] = [(0, root)]
    placed: dict[int, int] = {}  # where a node lies that several others refer to
    while pending:
        reference, node = pending.pop(0)
        if placed.get(id(node), 0) > reference:
            out[reference : reference + 4] = struct.pack("<I", placed[id(node)] - reference)
            continue
        out += b"\0" * (-len(out) % 16)
        if node.fields is not None:
            slots = 1 + max(node.fields, default=-1)
            offsets, body = [0] * slots, bytearray(4)
            inner: list[tuple[int, Node]] = []
            for slot, value in node.fields.items():
                body += b"\0" * (-len(body) % 8)
                offsets[slot] = len(body)
                if isinstance(value, Node):
                    inner.append((len(body), value))
                    body += b"\0\0\0\0"
                else:
                    body += struct.pack("<" + value[0], value[1])
            vtable = struct.pack(f"<{slots + 2}H", 4 + 2 * slots, len(body), *offsets)
            vtable += b"\0" * (-len(vtable) % 8)
            body[:4] = struct.pack("<i", len(vtable))
            position = len(out) + len(vtable)
            out += vtable + body
            pending += [(position + at, child) for at, child in inner]
        elif node.items is not None:
            position = len(out)
            out += struct.pack("<I", len(node.items)) + b"\0" * 4 * len(node.items)
            pending += [(position + 4 + 4 * i, child) for i, child in enumerate(node.items)]
        else:
            assert node.raw is not None
            out += b"\0" * 12  # so that the elements themselves are aligned
            position = len(out)
            out += struct.pack("<I", node.raw[0]) + node.raw[1]
        out[reference : reference + 4] = struct.pack("<I", position - reference)
        placed[id(node)] = position
    return bytes(out)


def quantized(
    name: str, shape: list[int], buffer: int, scales: list[float], kind: int = 9, axis: int = 0, zero: int = 0
) -> Node:
    quantization = Node({2: vector("f", scales), 3: vector("q", [zero] * len(scales)), 6: ("i", axis)})
    return Node({0: vector("i", shape), 1: ("b", kind), 2: ("I", buffer), 3: text(name), 4: quantization})


def tiny(
    *,
    code: Node | None = None,
    weights: Node | None = None,
    values: Node | None = None,
    options: Fields | None = None,
    options_type: int = 8,
    inputs: list[int] | None = None,
    outputs: list[int] | None = None,
    output_shape: list[int] | None = None,
    version: int = 3,
    subgraphs: int = 1,
) -> bytes:
    """A model of one fully connected layer from 4 values to 2, with one thing or another changed."""
    operator = Node(
        {
            0: ("I", 0),
            1: vector("i", inputs if inputs is not None else [0, 1, 2]),
            2: vector("i", outputs if outputs is not None else [3]),
            3: ("B", options_type),
            4: Node(options if options is not None else {0: ("b", 1)}),
        }
    )
    graph = Node(
        {
            0: tables(
                quantized("in", [1, 4], 0, [0.5]),
                weights or quantized("w", [2, 4], 1, [0.1, 0.2]),
                quantized("b", [2], 2, [0.05, 0.1], kind=2),
                quantized("out", output_shape or [1, 2], 0, [0.25]),
            ),
            1: vector("i", [0]),
            2: vector("i", [3]),
            3: tables(operator),
        }
    )
    return encode(
        Node(
            {
                0: ("I", version),
                1: tables(code or Node({0: ("b", 9)})),
                2: tables(*[graph] * subgraphs),
                4: tables(
                    Node({}),
                    Node({0: values or vector("b", [1, 2, 3, 4, -5, -6, -7, -128])}),
                    Node({0: vector("B", list(struct.pack("<2i", 100, -200)))}),
                ),
            }
        )
    )


# Numbers of the schema: TensorType.
FLOAT32, FLOAT16, INT32, UINT8, INT16, INT8, RESOURCE, INT4 = 0, 1, 2, 3, 7, 9, 13, 17


def tensor(
    name: str,
    shape: list[int],
    kind: int = INT8,
    buffer: int = 0,
    scales: list[float] | None = None,
    zero_points: list[int] | None = None,
    axis: int = 0,
    signature: list[int] | None = None,
    sparse: bool = False,
) -> Node:
    """A tensor, without quantization if `scales` is None and without zero points if they are."""
    fields: Fields = {0: vector("i", shape), 1: ("b", kind), 2: ("I", buffer), 3: text(name)}
    if scales is not None:
        quantization: Fields = {2: vector("f", scales), 6: ("i", axis)}
        if zero_points is not None:
            quantization[3] = vector("q", zero_points)
        fields[4] = Node(quantization)
    if sparse:
        fields[6] = Node({0: vector("i", [0])})
    if signature is not None:
        fields[7] = vector("i", signature)
    return Node(fields)


def operator(code: int, inputs: list[int], outputs: list[int], options: tuple[int, Fields] | None = None) -> Node:
    """`code` is the place in the list of codes; `options` are the type's number and the fields."""
    fields: Fields = {0: ("I", code), 1: vector("i", inputs), 2: vector("i", outputs)}
    if options is not None:
        fields |= {3: ("B", options[0]), 4: Node(options[1])}
    return Node(fields)


def network(
    tensors: list[Node],
    operators: list[Node],
    codes: list[int | str],
    inputs: list[int],
    outputs: list[int],
    buffers: list[bytes] | None = None,
    more_subgraphs: int = 0,
) -> bytes:
    """A file. A code is a BuiltinOperator's number or a custom operator's name; buffer 0 is the empty one."""
    graph = Node({0: tables(*tensors), 1: vector("i", inputs), 2: vector("i", outputs), 3: tables(*operators)})
    written = [
        Node({0: ("b", 32), 1: text(code), 3: ("i", 32)})
        if isinstance(code, str)
        else Node({0: ("b", min(code, 127)), 3: ("i", code)})
        for code in codes
    ]
    content = [Node({}), *(Node({0: vector("B", list(data))}) for data in buffers or [])]
    return encode(Node({0: ("I", 3), 1: tables(*written), 2: tables(*[graph] * (1 + more_subgraphs)), 4: tables(*content)}))
