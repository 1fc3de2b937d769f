"use strict";
// The views of a sweep: one set of points, one set of filters, and a scatter, lines, a heat map and a table of what
// the filters leave. Rows are numbered best first; all text comes out of the page's data and is never read as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROWS_A_TIME = innerWidth < 840 ? 20 : 50, KNOB_SPREAD = 100, COLOUR_SPREAD = 4, MOST_LINES = 12, MOST_CHIPS = 12, MOST_COLOURS = 8;
  const { screens, number, element, colours, shade, rgb, axisOf, sheet, frame, line, write, dot, star } = drawing;

  // Columns ---------------------------------------------------------------------------------------------------------

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

  function texts(column) {
    const codes = unpack(column);
    return (row) => column.values[codes[row]];
  }

  const knobs = data.knobs.map((knob) => ({ ...knob, codes: unpack(knob.column) }));
  const varied = knobs.filter((knob) => knob.varied);
  const quantities = data.quantities.map((each) => ({ ...each, values: numbers(each.column), ends: each.ends.map(numbers) }));
  const validated = numbers(data.status.validated), front = numbers(data.status.front);
  const reason = texts(data.status.reason), notValidated = texts(data.status.not_validated), priced = texts(data.status.priced);
  const isLegal = (row) => row < data.legal, meetsGoal = (row) => row < data.meeting;
  const valueText = (knob, row) => knob.texts[knob.codes[row]];
  const varies = (quantity) => quantity.values.some((value) => Number.isFinite(value) && value !== quantity.values[0]);
  const titled = (each) => each.label + (each.unit && `, ${each.unit}`);
  const better = (quantity, one, other) => (quantity.more ? one > other : one < other);

  // Words and elements ------------------------------------------------------------------------------------------------

  const byId = (id) => document.getElementById(id);
  const count = (number) => number.toLocaleString("en-US");
  const points = (number) => `${count(number)} point${number === 1 ? "" : "s"}`;
  const withUnit = (quantity, value) => `${number(value)} ${quantity.unit}`.trim();

  function options(select, entries, chosen) {
    select.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
    select.value = chosen;
    select.addEventListener("change", draw);
  }

  // Filters -----------------------------------------------------------------------------------------------------------

  const allowed = new Map(varied.map((knob) => [knob, new Uint8Array(knob.texts.length).fill(1)]));
  const limits = new Map(), only = new Set();
  const CONDITIONS = [
    ["meets the goal", meetsGoal, data.meeting < data.legal],
    ["on the front", (row) => front[row] === 1, true],
    ["validated", (row) => validated[row] === 1, validated.slice(0, data.legal).some((each) => each !== validated[0])],
  ];

  function passes(row) {
    for (const [knob, open] of allowed) if (!open[knob.codes[row]]) return false;
    for (const [quantity, limit] of limits) {
      const value = quantity.values[row];
      if (!(value === limit || better(quantity, value, limit))) return false;
    }
    for (const condition of only) if (!condition(row)) return false;
    return true;
  }

  function chip(text, checked, change) {
    return element("label", { class: "chip" }, element("input", { type: "checkbox", checked, change }), element("span", {}, text));
  }

  /** Filters as controls, made anew to show all points. */
  function buildFilters() {
    const groups = varied.map((knob) => {
      const open = allowed.get(knob).fill(1);
      return knob.numbers && knob.texts.length > MOST_CHIPS ? rangeOf(knob, open) : togglesOf(knob, open);
    });
    limits.clear();
    only.clear();
    const set = (quantity) => (event) => {
      if (event.target.value === "" || !event.target.validity.valid) limits.delete(quantity);
      else limits.set(quantity, Number(event.target.value));
      draw();
    };
    const numbersOf = quantities.filter((each) => each.limited && varies(each)).map((quantity) => element("label", { class: "limit" },
      element("span", {}, `${quantity.label} at ${quantity.more ? "least" : "most"}${quantity.unit && `, ${quantity.unit}`}`),
      element("input", { type: "number", min: "0", step: "any", inputmode: "decimal", input: set(quantity) })));
    const conditions = CONDITIONS.filter(([, , useful]) => useful).map(([text, condition]) => chip(text, false, (event) => {
      only[event.target.checked ? "add" : "delete"](condition);
      draw();
    }));
    groups.push(element("fieldset", {}, element("legend", {}, "limits"), ...numbersOf));
    groups.push(element("fieldset", {}, element("legend", {}, "only what is"), element("div", { class: "chips" }, ...conditions)));
    byId("filters").replaceChildren(byId("filters").firstElementChild, ...groups);
  }

  function togglesOf(knob, open) {
    const chips = knob.texts.map((text, code) => chip(text, true, (event) => {
      open[code] = event.target.checked;
      draw();
    }));
    const all = (checked) => element("button", { type: "button", "aria-label": `${checked ? "all" : "none"} of ${knob.label}`, click: () => {
      open.fill(checked);
      for (const each of chips) each.firstElementChild.checked = checked;
      draw();
    } }, checked ? "all" : "none");
    return element("fieldset", {}, element("legend", {}, knob.label, all(true), all(false)), element("div", { class: "chips" }, ...chips));
  }

  function rangeOf(knob, open) {
    const sorted = [...knob.numbers.keys()].sort((one, other) => (knob.numbers[one] ?? -1) - (knob.numbers[other] ?? -1));
    const last = String(sorted.length - 1);
    const ends = ["0", last].map((value, index) => element("input", { type: "range", min: "0", max: last, value, input: () => move(index) }));
    const told = ends.map(() => element("output"));
    function move(index) {
      const at = ends.map((end) => Number(end.value));
      if (at[0] > at[1]) at[1 - index] = at[index];
      at.forEach((place, end) => {
        ends[end].value = place;
        told[end].textContent = knob.texts[sorted[place]];
        ends[end].setAttribute("aria-valuetext", knob.texts[sorted[place]]);
      });
      sorted.forEach((code, place) => (open[code] = place >= at[0] && place <= at[1]));
      draw();
    }
    move(0);
    return element("fieldset", {}, element("legend", {}, knob.label), element("div", { class: "range" },
      ...["from", "to"].map((word, index) => element("label", {}, word, ends[index], told[index]))));
  }

  // Charts: colours, and what lies under a pointer ----------------------------------------------------------------

  /** The colours of a knob's values, by code: numbers and long lists along the scale, a few names by hue. */
  function paletteOf(knob, css) {
    const size = knob.texts.length;
    const order = [...knob.texts.keys()];
    if (knob.numbers) order.sort((one, other) => (knob.numbers[one] ?? -1) - (knob.numbers[other] ?? -1));
    const along = size > MOST_COLOURS || (knob.numbers && size > 2);
    const found = [];
    order.forEach((code, place) => (found[code] = along ? rgb(shade(place / (size - 1))) : css(`c${place}`)));
    return { order, colour: found };
  }

  const charts = new Map();

  /** Make a chart answer to pointer and keys. `charts` holds what was drawn: `spots` of x, y, row and text; `stops`: those that keys go along. */
  function answer(id) {
    const place = byId(id), canvas = place.querySelector("canvas");
    const over = place.appendChild(element("span", { class: "ring over", hidden: true }));
    place.appendChild(element("span", { class: "ring chosen", hidden: true }));
    const nearest = (event) => {
      const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
      const { spots = [], reach = [24, 24] } = charts.get(id) ?? {};
      let best = null, least = 1;
      for (const spot of spots) {
        const far = ((spot.x - x) / reach[0]) ** 2 + ((spot.y - y) / reach[1]) ** 2;
        if (far < least) [best, least] = [spot, far];
      }
      return best;
    };
    const leave = () => {
      over.hidden = true;
      byId("tip").hidden = true;
    };
    canvas.addEventListener("pointermove", (event) => {
      const spot = nearest(event);
      if (!spot) return leave();
      ringAt(over, spot);
      tell(spot.text ?? summary(spot.row), event);
    });
    canvas.addEventListener("pointerleave", leave);
    canvas.addEventListener("click", (event) => {
      const spot = nearest(event);
      if (!spot) return;
      choose(spot.row);
      ringAt(over, spot);
      tell(spot.text ?? summary(spot.row), event);
    });
    addEventListener("scroll", leave, { passive: true });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], stops = charts.get(id)?.stops ?? [];
      if (event.key === "Escape") leave();
      if (!step || !stops.length) return;
      event.preventDefault();
      const now = stops.findIndex((spot) => spot.row === chosen);
      choose(stops[now < 0 ? 0 : (now + step + stops.length) % stops.length].row);
    });
  }

  function ringAt(ring, spot) {
    ring.hidden = false;
    ring.style.left = `${spot.x}px`;
    ring.style.top = `${spot.y}px`;
    const [wide, high] = spot.size ?? [20, 20];
    ring.style.width = `${wide}px`;
    ring.style.height = `${high}px`;
    ring.style.borderRadius = spot.size ? "3px" : "50%";
  }

  function tell(text, event) {
    const tip = byId("tip");
    tip.textContent = text;
    tip.hidden = false;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18}px`;
  }

  /** Of lines one behind the other, so that they show through where they are the same. */
  const DASHES = [[], [11, 6], [4, 4], [12, 4, 3, 4]];

  const summary = (row) => [
    ...varied.map((knob) => `${knob.label}: ${valueText(knob, row)}`),
    ...pair().map((quantity) => `${quantity.label}: ${withUnit(quantity, quantity.values[row])}`),
    validated[row] ? "" : "not validated",
  ].filter(Boolean).join("\n");

  // Views -------------------------------------------------------------------------------------------------------------

  const byName = (list, id) => list.find((each) => each.name === byId(id).value);
  const pair = () => [byName(quantities, "across"), byName(quantities, "up")];

  function legend(id, ...entries) {
    byId(id).replaceChildren(...entries.map(([mark, text]) => element("li", {}, mark, text)));
  }

  function swatch(kind, colour) {
    const made = element("span", { class: `swatch ${kind}` });
    if (colour) made.style.background = colour;
    return made;
  }

  function gradient() {
    const made = element("span", { class: "gradient" });
    made.style.background = `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((share) => rgb(shade(share))).join(", ")})`;
    return made;
  }

  /** Rows that none of the rows beats in both quantities, along the first one. */
  function frontOf(rows, [one, other]) {
    const sign = one.more ? -1 : 1, sorted = [...rows].sort((a, b) => sign * (one.values[a] - one.values[b]) || a - b);
    const found = [];
    for (const row of sorted) {
      const last = found.at(-1);
      if (last === undefined || better(other, other.values[row], other.values[last])) {
        if (last !== undefined && one.values[row] === one.values[last]) found.pop();
        found.push(row);
      }
    }
    return found;
  }

  function drawScatter(rows) {
    const both = pair(), [one, other] = both, knob = byName(varied, "colour");
    const known = rows.filter((row) => isLegal(row) && Number.isFinite(one.values[row]) && Number.isFinite(other.values[row]));
    const on = sheet(byId("scatter"), Math.min(520, Math.max(340, byId("scatter").clientWidth * 0.62))), { pen, css } = on;
    const { x, y } = frame(on, axisOf(known.map((row) => one.values[row])), axisOf(known.map((row) => other.values[row])), both.map(titled));
    const spotOf = (row) => ({ x: x(one.values[row]), y: y(other.values[row]), row });
    const spots = known.map(spotOf), stops = frontOf(known, both).map(spotOf);
    const palette = knob && paletteOf(knob, css), radius = known.length > 3000 ? 2.6 : known.length > 500 ? 3.4 : 4.5;
    for (let index = spots.length - 1; index >= 0; index--) {
      const { row, ...at } = spots[index];
      dot(pen, at.x, at.y, radius, palette ? palette.colour[knob.codes[row]] : css("c0"), !validated[row], css("page"));
    }
    for (const [colour, width] of [[css("page"), 4.5], [css("text"), 1.8]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, width];
      line(pen, stops.map((spot) => [spot.x, spot.y]));
    }
    const best = spots.find((spot) => meetsGoal(spot.row));
    if (best) star(pen, best.x, best.y, 9, css("second"), css("page"));
    const unknown = rows.filter(isLegal).length - known.length, illegal = rows.length - unknown - known.length;
    const hollow = known.filter((row) => !validated[row]).length;
    byId("scatter-said").textContent = `${points(known.length)} drawn` + (unknown ? `, ${count(unknown)} without ${one.label} or ${other.label} not` : "")
      + (illegal ? `, ${count(illegal)} illegal ones not` : "") + ". A click on a point shows all of it; the arrow keys go along the front.";
    on.canvas.setAttribute("aria-label", `Scatter of ${points(known.length)}: ${other.label} against ${one.label}`);
    const marks = [[swatch("line", css("text")), `front: none of these is better in ${one.label} and ${other.label}`]];
    if (best) marks.unshift([element("span", { class: "star-mark", style: "color: var(--second)" }, "\u2605"), "the best that meets the goal"]);
    if (hollow) marks.push([swatch("hollow"), `not validated: no record covers it (${count(hollow)})`]);
    legend("scatter-legend", ...(knob ? keyTo(knob, known, palette, "") : []), ...marks);
    charts.set("scatter", { spots, stops, find: (row) => spots.find((spot) => spot.row === row) });
  }

  /** Legend entries of a knob's colours, of the values that the rows have. */
  function keyTo(knob, rows, { order, colour }, kind) {
    const present = new Set(rows.map((row) => knob.codes[row])), shown = order.filter((code) => present.has(code));
    if (shown.length <= MOST_LINES) return shown.map((code) => [swatch(kind, colour[code]), knob.texts[code]]);
    return [[gradient(), `${knob.label}: ${knob.texts[order[0]]} to ${knob.texts[order.at(-1)]}`]];
  }

  /** The best of the rows for each pair of values: a map from first code to a map from second code to row and count. */
  function bestBy(rows, quantity, first, second) {
    const found = new Map();
    for (const row of rows) {
      const value = quantity.values[row];
      if (!isLegal(row) || !Number.isFinite(value)) continue;
      const one = first.codes[row], other = second ? second.codes[row] : 0;
      if (!found.has(one)) found.set(one, new Map());
      const cell = found.get(one).get(other);
      if (!cell) found.get(one).set(other, { row, count: 1 });
      else {
        cell.count++;
        if (better(quantity, value, quantity.values[cell.row])) cell.row = row;
      }
    }
    return found;
  }

  function sortedCodes(knob, present) {
    const order = [...knob.texts.keys()].filter((code) => present.has(code));
    return knob.numbers ? order.sort((one, other) => (knob.numbers[one] ?? -1) - (knob.numbers[other] ?? -1)) : order;
  }

  function drawLines(rows) {
    const over = byName(varied, "over-knob"), knob = byName(varied, "line-knob");
    const legal = rows.filter(isLegal), lines = knob ? sortedCodes(knob, new Set(legal.map((row) => knob.codes[row]))) : [0];
    const shown = lines.slice(0, MOST_LINES);
    ["first", "second"].forEach((which, index) => {
      const quantity = pair()[index], id = `${which}-lines`;
      const found = bestBy(knob ? legal.filter((row) => shown.includes(knob.codes[row])) : legal, quantity, knob ?? over, knob ? over : null);
      drawLinesOf(id, quantity, over, knob, knob ? found : new Map([[0, new Map([...found].map(([code, cells]) => [code, cells.get(0)]))]]), legal.length);
      byId(`${which}-title`).textContent = `${quantity.label} over ${over.label}`;
    });
    const palette = knob && paletteOf(knob, colours());
    legend("lines-legend", ...(knob ? shown.map((code) => [swatch("line", palette.colour[code]), knob.texts[code]]) : []));
    byId("lines-said").textContent = `At each mark, the best of the points that share its ${over.label}${knob ? ` and ${knob.label}` : ""}, from ${points(legal.length)}`
      + (lines.length > shown.length ? `; the first ${MOST_LINES} of ${lines.length} lines are drawn.` : ".");
  }

  function drawLinesOf(id, quantity, over, knob, found, size) {
    const on = sheet(byId(id), 320), { pen, css } = on, cells = [...found.values()].flatMap((line) => [...line.entries()]);
    const codes = sortedCodes(over, new Set(cells.map(([code]) => code))), placeOf = new Map(codes.map((code, index) => [code, over.numbers ? over.numbers[code] ?? 0 : index]));
    const across = axisOf(placeOf.values(), KNOB_SPREAD);
    if (!over.numbers) Object.assign(across, { ticks: [...placeOf.values()], text: (index) => over.texts[codes[index]] });
    const { x, y } = frame(on, across, axisOf(cells.map(([, cell]) => quantity.values[cell.row])), [titled(over), titled(quantity)]);
    const palette = knob && paletteOf(knob, css), spots = [];
    for (const [index, [code, cellsOf]] of [...found].entries()) {
      const colour = palette ? palette.colour[code] : css("c0");
      const own = codes.filter((each) => cellsOf.has(each)).map((each) => {
        const cell = cellsOf.get(each);
        return { x: x(placeOf.get(each)), y: y(quantity.values[cell.row]), row: cell.row, text: `${summary(cell.row)}\nthe best of ${points(cell.count)}`, key: `${code} ${each}` };
      });
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.setLineDash(DASHES[index % DASHES.length]);
      line(pen, own.map((spot) => [spot.x, spot.y]));
      pen.setLineDash([]);
      for (const spot of own) dot(pen, spot.x, spot.y, 3.4, colour, !validated[spot.row], css("page"));
      spots.push(...own);
    }
    on.canvas.setAttribute("aria-label", `${quantity.label} over ${over.label}, of ${points(size)}`);
    charts.set(id, { spots, stops: spots, find: (row) => spots.find((spot) => spot.key === `${knob ? knob.codes[row] : 0} ${over.codes[row]}`) });
  }

  function drawHeat(rows) {
    const across = byName(varied, "heat-x"), down = byName(varied, "heat-y"), quantity = byName(quantities, "heat-quantity");
    if (across === down) return void (byId("heat-said").textContent = "Choose two knobs.");
    const legal = rows.filter(isLegal), found = bestBy(rows, quantity, across, down);
    const columns = sortedCodes(across, new Set(legal.map((row) => across.codes[row]))), lines = sortedCodes(down, new Set(legal.map((row) => down.codes[row])));
    const high = Math.max(14, Math.min(34, 900 / Math.max(lines.length, 1)));
    const on = sheet(byId("heat-map"), lines.length * high + 58), { pen, css, width } = on;
    const cells = [...found].flatMap(([x, line]) => [...line].map(([y, cell]) => ({ ...cell, x, y }))), scale = axisOf(cells.map((cell) => quantity.values[cell.row]), COLOUR_SPREAD);
    const left = Math.min(width * 0.32, Math.max(40, ...lines.map((code) => pen.measureText(down.texts[code]).width + 10))), wide = (width - left - 4) / Math.max(columns.length, 1);
    const fits = (text, room) => pen.measureText(text).width <= room;
    pen.fillStyle = css("soft");
    lines.forEach((code, index) => {
      let text = down.texts[code];
      while (text.length > 2 && !fits(text, left - 8)) text = `${text.slice(0, -2)}\u2026`;
      write(pen, text, left - 6, 22 + index * high + high / 2 + 4, "right");
    });
    let free = -Infinity;
    columns.forEach((code, index) => {
      const centre = left + (index + 0.5) * wide, half = pen.measureText(across.texts[code]).width / 2;
      if (centre - half < free || centre + half > width) return;
      free = centre + half + 8;
      write(pen, across.texts[code], centre, 22 + lines.length * high + 16, "center");
    });
    pen.fillStyle = css("text");
    write(pen, down.label, 0, 13, "left");
    write(pen, across.label, width - 4, 22 + lines.length * high + 33, "right");
    pen.strokeStyle = css("grid");
    pen.strokeRect(left, 22, wide * columns.length, high * lines.length);
    const spots = cells.map((cell) => {
      const x = left + columns.indexOf(cell.x) * wide, y = 22 + lines.indexOf(cell.y) * high, value = quantity.values[cell.row];
      const parts = shade(cells.length > 1 ? scale.at(value) : 0.5), text = number(value, 3), gap = wide > 6 ? 1 : 0;
      pen.fillStyle = rgb(parts);
      pen.fillRect(x, y, wide - gap, high - gap);
      if (high >= 16 && fits(text, wide - 6)) {
        pen.fillStyle = 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] > 120 ? "#000" : "#fff";
        write(pen, text, x + wide / 2, y + high / 2 + 4, "center");
      }
      const told = `${quantity.label}: ${withUnit(quantity, value)}\n${summary(cell.row)}\nthe best of ${points(cell.count)}`;
      return { x: x + wide / 2, y: y + high / 2, row: cell.row, text: told, key: `${cell.x} ${cell.y}`, size: [wide + 3, high + 3] };
    });
    const values = cells.map((cell) => quantity.values[cell.row]).sort((one, other) => one - other);
    legend("heat-legend", ...(values.length ? [[gradient(), `${titled(quantity)}: ${number(values[0])} to ${number(values.at(-1))}${scale.log ? " (logarithmic)" : ""}`]] : []));
    byId("heat-said").textContent = `In each cell, the ${quantity.more ? "most" : "least"} ${quantity.label} of the points that share both values, from ${points(legal.length)}; where no legal point is left, a cell is empty.`;
    on.canvas.setAttribute("aria-label", `Heat map of ${quantity.label} by ${across.label} and ${down.label}, of ${points(legal.length)}`);
    charts.set("heat-map", { spots, stops: spots, reach: [wide, high], find: (row) => spots.find((spot) => spot.key === `${across.codes[row]} ${down.codes[row]}`) });
  }

  // Table -------------------------------------------------------------------------------------------------------------

  const columns = [
    ...varied.map((knob) => ({ title: knob.label, cell: (row) => valueText(knob, row), value: (row) => (knob.numbers ? knob.numbers[knob.codes[row]] ?? NaN : knob.texts[knob.codes[row]]) })),
    ...quantities.filter((each, index) => index < 2 || varies(each)).map((quantity) => ({ title: `${quantity.label} ${quantity.unit}`.trim(), number: true, cell: (row) => number(quantity.values[row]), value: (row) => quantity.values[row] })),
    { title: "validated", cell: (row) => (validated[row] ? "yes" : "no"), value: (row) => -validated[row] },
    { title: "front", cell: (row) => (front[row] ? "yes" : "no"), value: (row) => -front[row] },
  ];
  let sortedBy = -1, downwards = false, listed = ROWS_A_TIME, chosen = 0, visible = [];

  /** Rows by a column, what has no value last, illegal ones behind all; -1: the best first. */
  function sorted(rows) {
    const sign = downwards ? -1 : 1;
    if (sortedBy < 0) return downwards ? [...rows].reverse() : rows;
    const value = columns[sortedBy].value;
    return rows.map((row) => [row, value(row)]).sort(([one, a], [other, b]) => {
      if (isLegal(one) !== isLegal(other)) return isLegal(one) ? -1 : 1;
      if (a !== a || b !== b) return (a !== a) - (b !== b) || one - other;
      return (a < b ? -sign : a > b ? sign : 0) || one - other;
    }).map(([row]) => row);
  }

  function drawTable(rows) {
    const shown = sorted(rows).slice(0, listed), table = byId("rows");
    const heads = columns.map((column, index) => element("th", { scope: "col", ...(column.number && { class: "n" }), "aria-sort": index !== sortedBy ? "none" : downwards ? "descending" : "ascending" },
      element("button", { type: "button", click: () => sortBy(index, index === sortedBy && !downwards) }, column.title + (index === sortedBy ? (downwards ? " \u25be" : " \u25b4") : ""))));
    const kept = document.activeElement?.closest?.("#rows thead th")?.cellIndex;
    table.tHead.replaceChildren(element("tr", {}, ...heads));
    if (kept !== undefined) heads[kept].firstElementChild.focus();
    table.tBodies[0].replaceChildren(...shown.map((row) => {
      const made = columns.map((column, index) => {
        if (index === 0) return element("th", { scope: "row", "data-h": column.title }, element("button", { type: "button" }, varied.length ? column.cell(row) : `point ${row + 1}`));
        if (!isLegal(row) && index === varied.length) return element("td", { colspan: String(columns.length - index), class: "whole bad", "data-h": "illegal" }, reason(row));
        return !isLegal(row) && index > varied.length ? null : element("td", { ...(column.number && { class: "n" }), "data-h": column.title }, column.cell(row));
      });
      return element("tr", { "data-row": String(row), click: () => choose(row) }, ...made.filter(Boolean));
    }));
    byId("table-said").textContent = `${count(shown.length)} of ${points(rows.length)}`;
    byId("more").hidden = shown.length >= rows.length;
    byId("direction").textContent = downwards ? (sortedBy < 0 ? "worst first" : "largest first") : sortedBy < 0 ? "best first" : "smallest first";
    byId("sort").value = String(sortedBy);
    markChosen();
  }

  function sortBy(index, down) {
    [sortedBy, downwards, listed] = [index, down, ROWS_A_TIME];
    drawTable(visible);
  }

  // The chosen point --------------------------------------------------------------------------------------------------

  function choose(row) {
    chosen = row;
    const told = (entries) => element("dl", {}, ...entries.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
    const standing = [row === 0 && data.meeting ? "the best" : meetsGoal(row) ? "meets the goal" : isLegal(row) ? "misses the goal" : "illegal", front[row] ? "on the front" : ""].filter(Boolean).join(", ");
    const withEnds = (quantity) => withUnit(quantity, quantity.values[row]) + (quantity.ends.length && Number.isFinite(quantity.ends[0][row]) ? ` (${data.interval} ${quantity.ends.map((end) => number(end[row] * quantity.values[row], 3)).join(" to ")})` : "");
    byId("chosen").replaceChildren(element("h3", {}, `Chosen point: ${standing}`),
      told([...varied, ...knobs.filter((knob) => !knob.varied)].map((knob) => [knob.label, valueText(knob, row)])),
      told(isLegal(row) ? [...quantities.map((quantity) => [quantity.label, withEnds(quantity)]), ["priced", priced(row)], ["validated", validated[row] ? "yes" : `no: ${notValidated(row) || "no record covers it"}`]] : [["illegal", reason(row)]]));
    markChosen();
  }

  function markChosen() {
    for (const [id, { find }] of charts) {
      const ring = byId(id).querySelector(".ring.chosen"), spot = visible.includes(chosen) && isLegal(chosen) ? find(chosen) : undefined;
      if (spot) ringAt(ring, spot);
      else ring.hidden = true;
    }
    for (const each of byId("rows").tBodies[0].rows) each.classList.toggle("taken", Number(each.dataset.row) === chosen);
  }

  // All together ------------------------------------------------------------------------------------------------------

  let waiting = false;

  /** Filter, and draw every view, once before the next picture. */
  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      visible = [...Array(data.rows).keys()].filter(passes);
      const legal = visible.filter(isLegal).length;
      byId("count").textContent = `${count(visible.length)} of ${points(data.rows)}` + (legal < visible.length ? `, ${count(visible.length - legal)} illegal` : "");
      byId("reset").disabled = visible.length === data.rows;
      listed = ROWS_A_TIME;
      drawViews();
      drawTable(visible);
    });
  }

  function drawViews() {
    drawScatter(visible);
    if (varied.length) drawLines(visible);
    if (varied.length > 1) drawHeat(visible);
    markChosen();
  }

  function start() {
    const named = (list) => list.map((each) => [each.name, each.label]), has = (list, name) => list.find((each) => each.name === name)?.name;
    const numeric = has(varied, "clock_hz") ?? varied.find((knob) => knob.numbers)?.name ?? varied[0]?.name, others = varied.filter((knob) => knob.name !== numeric);
    const fewest = [...others].sort((one, other) => one.texts.length - other.texts.length)[0]?.name;
    options(byId("across"), named(quantities), quantities[0]?.name);
    options(byId("up"), named(quantities), has(quantities, "energy_uj") ?? quantities[1]?.name ?? quantities[0]?.name);
    options(byId("heat-quantity"), named(quantities), has(quantities, "energy_uj") ?? quantities[0]?.name);
    options(byId("colour"), [["", "one for all"], ...named(varied)], has(varied, "board") ?? fewest ?? numeric ?? "");
    options(byId("over-knob"), named(varied), numeric);
    options(byId("line-knob"), [["", "one for all"], ...named(varied)], has(varied, "board") ?? fewest ?? "");
    options(byId("heat-x"), named(varied), numeric);
    options(byId("heat-y"), named(varied), others[0]?.name);
    byId("sort").replaceChildren(element("option", { value: "-1" }, "rank"), ...columns.map((column, index) => element("option", { value: String(index) }, column.title)));
    byId("sort").addEventListener("change", (event) => sortBy(Number(event.target.value), false));
    byId("direction").addEventListener("click", () => sortBy(sortedBy, !downwards));
    byId("more").addEventListener("click", () => {
      listed += 2 * ROWS_A_TIME;
      drawTable(visible);
    });
    byId("reset").addEventListener("click", () => {
      buildFilters();
      draw();
    });
    byId("over-section").hidden = varied.length < 1;
    byId("heat-section").hidden = varied.length < 2;
    byId("filters").open = matchMedia("(min-width: 64rem)").matches;
    for (const id of ["scatter", "first-lines", "second-lines", "heat-map"]) answer(id);
    byId("live").hidden = false;
    byId("plain").hidden = true;
    for (const each of document.querySelectorAll(".live")) each.hidden = false;
    buildFilters();
    choose(0);
    draw();
    for (const screen of Object.values(screens)) screen.addEventListener("change", drawViews);
    let width = byId("live").clientWidth;
    new ResizeObserver(() => {
      if (width !== byId("live").clientWidth) drawViews();
      width = byId("live").clientWidth;
    }).observe(byId("live"));
  }

  if (data.rows && quantities.length) start();
})();
