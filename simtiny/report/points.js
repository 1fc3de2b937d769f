"use strict";
// The points of a sweep, out of the page's data: knobs, quantities, and what can be asked of rows. Rows are numbered
// best first, legal ones before illegal ones.
const points = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);

  /** Codes of `bits` each, the most significant first, one behind the other. */
  function unpack({ bits, codes }) {
    const bytes = atob(codes), found = new Uint32Array(data.rows);
    for (let row = 0, held = 0, length = 0, at = 0; row < data.rows; row++) {
      for (; length < bits; length += 8) held = held * 256 + bytes.charCodeAt(at++);
      length -= bits;
      found[row] = Math.floor(held / 2 ** length);
      held %= 2 ** length;
    }
    return found;
  }

  /** The numbers of a column, NaN where there is none. How they are packed: simtiny/report/packed.py. */
  function numbers(column) {
    const codes = unpack(column);
    if (column.values) return Float64Array.from(codes, (code) => column.values[code] ?? NaN);
    if (column.decade === undefined) return new Float32Array(codes.buffer);
    return Float64Array.from(codes, (code) => {
      if (code === 0) return NaN;
      const mantissa = 1000 + ((code - 1) % 9000), power = column.decade + Math.floor((code - 1) / 9000) - 3;
      return power < 0 ? mantissa / 10 ** -power : mantissa * 10 ** power;
    });
  }

  /** The texts of a column, by row. */
  function texts(column) {
    const codes = unpack(column);
    return (row) => column.values[codes[row]];
  }

  const knobs = data.knobs.map((knob) => ({ ...knob, codes: unpack(knob.column), order: inOrder(knob) }));
  const quantities = data.quantities.map((each) => {
    const values = numbers(each.column), first = values.find(Number.isFinite);
    const varies = values.some((value) => Number.isFinite(value) && value !== first);
    return { ...each, values, varies, ends: each.ends.map(numbers) };
  });
  const { reason, validated, not_validated: notValidated, priced, front } = data.status;

  /** Codes of a knob's values: what is none, then numbers from the least on, then names as they came. */
  function inOrder({ texts: names, numbers: given }) {
    const read = (given ?? names).map((value) => (value === data.none || value === null ? -Infinity : Number(value)));
    const keys = read.map((key) => (Number.isNaN(key) ? Infinity : key));
    return [...keys.keys()].sort((one, other) => (keys[one] < keys[other] ? -1 : Number(keys[one] > keys[other])));
  }

  /** Whether the one number of a quantity is better than the other. */
  const better = (quantity, one, other) => (quantity.more ? one > other : one < other);

  /** Rows that none of the rows beats in both quantities, along the first one. All have both. */
  function frontOf(rows, [one, other]) {
    const sign = one.more ? -1 : 1, found = [];
    for (const row of [...rows].sort((a, b) => sign * (one.values[a] - one.values[b]) || a - b)) {
      const last = found.at(-1);
      if (last !== undefined && !better(other, other.values[row], other.values[last])) continue;
      if (last !== undefined && one.values[row] === one.values[last]) found.pop();
      found.push(row);
    }
    return found;
  }

  /** The best of the rows that share the values of two knobs, and how many do: by first code, then by second. */
  function bestBy(rows, quantity, first, second) {
    const found = new Map();
    for (const row of rows) {
      const value = quantity.values[row];
      if (!Number.isFinite(value)) continue;
      const cells = found.get(first(row)) ?? new Map(), cell = cells.get(second(row)) ?? { row, count: 0 };
      cell.count++;
      if (better(quantity, value, quantity.values[cell.row])) cell.row = row;
      found.set(first(row), cells.set(second(row), cell));
    }
    return found;
  }

  return {
    rows: data.rows, legal: data.legal, meeting: data.meeting, interval: data.interval,
    knobs, varied: knobs.filter((knob) => knob.varied), quantities,
    validated: numbers(validated), front: numbers(front),
    reason: texts(reason), notValidated: texts(notValidated), priced: texts(priced),
    isLegal: (row) => row < data.legal,
    meetsGoal: (row) => row < data.meeting,
    valueText: (knob, row) => knob.texts[knob.codes[row]],
    better, frontOf, bestBy,
  };
})();
