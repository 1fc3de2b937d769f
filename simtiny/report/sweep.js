"use strict";
// The views of a sweep: one set of filters, and a scatter, lines, a heat map and a table of the points that it leaves.
// Needs points.js and drawing.js before it. Names are set as text and never read as HTML.
(() => {
  const ROWS_A_TIME = innerWidth < 840 ? 20 : 50, MOST_LINES = 12, MOST_CHIPS = 12, MOST_HUES = 8;
  const KNOB_SPREAD = 100, COLOUR_SPREAD = 4; // from which on a knob's axis, and a heat map's colours, are logarithmic
  const DASHES = [[1, 0], [11, 6], [4, 4], [12, 4, 3, 4]]; // so that lines show through where they are the same
  const { knobs, varied, quantities, validated, front, isLegal, meetsGoal, valueText, better, bestBy } = points;
  const { number, element, shade, rgb, axisOf, sheet, frame, write, line, dot, legend, swatch, gradient } = drawing;

  const byId = (id) => document.getElementById(id);
  const byName = (list, id) => list.find((each) => each.name === byId(id).value);
  const pair = () => [byName(quantities, "across"), byName(quantities, "up")];
  const grouped = new Intl.NumberFormat("en-US"), count = (size) => grouped.format(size);
  const counted = (size) => `${count(size)} point${size === 1 ? "" : "s"}`;
  const titled = (each) => each.label + (each.unit && `, ${each.unit}`);
  const withUnit = (quantity, value) => `${number(value)} ${quantity.unit}`.trim();
  let visible = [], chosen = 0;

  // Filters ---------------------------------------------------------------------------------------

  const open = new Map(varied.map((knob) => [knob, new Uint8Array(knob.texts.length)])); // by code: whether shown
  const limits = new Map(), only = new Set();
  const CONDITIONS = [
    ["meets the goal", meetsGoal, points.meeting < points.rows],
    ["on the front", (row) => front[row] === 1, points.rows > 1],
    ["validated", (row) => validated[row] === 1, new Set(validated).size > 1],
  ];

  function passes(row) {
    for (const [knob, shown] of open) if (!shown[knob.codes[row]]) return false;
    for (const [quantity, limit] of limits) {
      const value = quantity.values[row];
      if (value !== limit && !better(quantity, value, limit)) return false;
    }
    for (const condition of only) if (!condition(row)) return false;
    return true;
  }

  /** The controls of all filters, anew, so that all points are shown. */
  function buildFilters() {
    limits.clear();
    only.clear();
    for (const shown of open.values()) shown.fill(1);
    const isLong = (knob) => knob.numbers && knob.texts.length > MOST_CHIPS;
    const groups = varied.map((knob) => (isLong(knob) ? range(knob) : toggles(knob)));
    const limited = quantities.filter((quantity) => quantity.limited && quantity.varies);
    if (limited.length) groups.push(group("limits", [], ...limited.map(limit)));
    const useful = CONDITIONS.filter(([, , isUseful]) => isUseful);
    const setOnly = (condition) => (checked) => only[checked ? "add" : "delete"](condition);
    const chips = useful.map(([text, condition]) => chip(text, false, setOnly(condition)));
    if (chips.length) groups.push(group("only what", [], element("div", { class: "chips" }, ...chips)));
    byId("filters").replaceChildren(byId("filters").firstElementChild, ...groups);
  }

  function group(name, buttons, ...children) {
    const beside = element("div", { class: "all" }, ...buttons);
    return element("fieldset", {}, element("legend", {}, name), beside, ...children);
  }

  function chip(text, checked, change) {
    const box = element("input", { type: "checkbox", checked, change: () => (change(box.checked), draw()) });
    return element("label", { class: "chip" }, box, element("span", {}, text));
  }

  function toggles(knob) {
    const shown = open.get(knob);
    const chips = knob.order.map((code) => chip(knob.texts[code], true, (checked) => (shown[code] = checked)));
    const setAll = (checked) => () => {
      shown.fill(checked);
      for (const each of chips) each.firstElementChild.checked = checked;
      draw();
    };
    const buttons = [["all", true], ["none", false]].map(([word, checked]) =>
      element("button", { type: "button", "aria-label": `${word} of ${knob.label}`, click: setAll(checked) }, word));
    return group(knob.label, buttons, element("div", { class: "chips" }, ...chips));
  }

  function range(knob) {
    const last = String(knob.order.length - 1), told = [element("output"), element("output")];
    const ends = ["0", last].map((value, index) =>
      element("input", { type: "range", min: "0", max: last, value, input: () => move(index) }));
    function move(moved) {
      const at = ends.map((end) => Number(end.value));
      if (at[0] > at[1]) at[1 - moved] = at[moved];
      at.forEach((place, index) => {
        ends[index].value = place;
        told[index].textContent = knob.texts[knob.order[place]];
        ends[index].setAttribute("aria-valuetext", told[index].textContent);
      });
      knob.order.forEach((code, place) => (open.get(knob)[code] = place >= at[0] && place <= at[1]));
      draw();
    }
    move(0);
    const rows = ["from", "to"].map((word, index) => element("label", {}, word, ends[index], told[index]));
    return group(knob.label, [], element("div", { class: "range" }, ...rows));
  }

  function limit(quantity) {
    const box = element("input", { type: "number", min: "0", step: "any", inputmode: "decimal", input: () => {
      if (box.value === "") limits.delete(quantity);
      else limits.set(quantity, Number(box.value));
      draw();
    } });
    const words = `${quantity.label} at ${quantity.more ? "least" : "most"}`;
    return element("label", { class: "limit" }, element("span", {}, titled({ ...quantity, label: words })), box);
  }

  // What lies under a pointer ---------------------------------------------------------------------

  /** By id, as drawn: `spots` of x, y, row and what is `told` of it; `stops` that keys go along; `find` one by row. */
  const charts = new Map();

  /** Make a chart answer to pointer and keys. */
  function answer(id) {
    const canvas = byId(id).querySelector("canvas");
    const over = byId(id).appendChild(element("span", { class: "ring over", hidden: true }));
    byId(id).appendChild(element("span", { class: "ring chosen", hidden: true }));
    const leave = () => (over.hidden = byId("tip").hidden = true);
    const point = (event) => {
      const spot = nearest(charts.get(id), canvas.getBoundingClientRect(), event);
      if (!spot) return leave();
      if (event.type === "click") choose(spot.row);
      ringAt(over, spot);
      return tell(spot.told ? spot.told() : summary(spot.row), event);
    };
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("click", point);
    canvas.addEventListener("pointerleave", leave);
    addEventListener("scroll", leave, { passive: true });
    canvas.addEventListener("keydown", (event) => {
      const { stops } = charts.get(id);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") leave();
      if (!step || !stops.length) return;
      event.preventDefault();
      const now = stops.findIndex((spot) => spot.row === chosen);
      choose(stops[now < 0 ? 0 : (now + step + stops.length) % stops.length].row);
    });
  }

  /** The spot next to the pointer, within `reach` pixels across and down. */
  function nearest({ spots, reach = [24, 24] }, box, event) {
    let found = null, least = 1;
    for (const spot of spots) {
      const across = (spot.x - event.clientX + box.left) / reach[0];
      const down = (spot.y - event.clientY + box.top) / reach[1];
      if (across ** 2 + down ** 2 < least) [found, least] = [spot, across ** 2 + down ** 2];
    }
    return found;
  }

  function ringAt(ring, { x, y, size }) {
    const [wide, high] = size ?? [20, 20];
    const style = { left: x, top: y, width: wide, height: high, borderRadius: size ? 3 : 10 };
    for (const [name, value] of Object.entries(style)) ring.style[name] = `${value}px`;
    ring.hidden = false;
  }

  function tell(text, { clientX, clientY }) {
    const tip = byId("tip");
    tip.textContent = text;
    tip.hidden = false;
    const below = clientY + 18 + tip.offsetHeight <= innerHeight;
    tip.style.left = `${Math.max(4, Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? clientY + 18 : Math.max(4, clientY - tip.offsetHeight - 10)}px`;
  }

  function summary(row) {
    const said = varied.map((knob) => `${knob.label}: ${valueText(knob, row)}`);
    for (const quantity of new Set(pair())) said.push(`${quantity.label}: ${withUnit(quantity, quantity.values[row])}`);
    return [...said, ...(validated[row] ? [] : ["not validated"])].join("\n");
  }

  // Colours and legends ---------------------------------------------------------------------------

  /** Codes of a knob's values that any of the rows has, in their order. */
  function present(knob, rows) {
    const found = new Set(rows.map((row) => knob.codes[row]));
    return knob.order.filter((code) => found.has(code));
  }

  /** The colours of a knob's values, by code: a few names by hue, numbers and many names along the scale. */
  function paletteOf(knob, css) {
    const size = knob.order.length, along = size > MOST_HUES || (knob.numbers && size > 2), found = [];
    knob.order.forEach((code, place) => (found[code] = along ? rgb(shade(place / (size - 1))) : css(`c${place}`)));
    return found;
  }

  // Scatter ---------------------------------------------------------------------------------------

  function drawScatter(legal) {
    const both = pair(), [one, other] = both, knob = byName(varied, "colour");
    const known = legal.filter((row) => Number.isFinite(one.values[row]) && Number.isFinite(other.values[row]));
    const on = sheet(byId("scatter"), Math.min(520, Math.max(340, byId("scatter").clientWidth * 0.62)));
    const axes = both.map((quantity) => axisOf(known.map((row) => quantity.values[row])));
    const { x, y } = frame(on, ...axes, both.map(titled)), { pen, css } = on;
    const spotOf = (row) => ({ x: x(one.values[row]), y: y(other.values[row]), row });
    const spots = known.map(spotOf), stops = points.frontOf(known, both).map(spotOf);
    const colour = knob && paletteOf(knob, css), radius = known.length > 3000 ? 2.6 : known.length > 500 ? 3.4 : 4.5;
    for (const spot of [...spots].reverse()) {
      const own = colour ? colour[knob.codes[spot.row]] : css("c0");
      dot(pen, spot.x, spot.y, radius, own, !validated[spot.row], css("page"));
    }
    const corners = stops.flatMap((spot, index) => [[spot.x, stops[Math.max(0, index - 1)].y], [spot.x, spot.y]]);
    for (const [ink, width] of [[css("page"), 4.5], [css("text"), 1.8]]) {
      Object.assign(pen, { strokeStyle: ink, lineWidth: width });
      line(pen, corners);
    }
    const best = spots.find((spot) => meetsGoal(spot.row));
    if (best) drawing.star(pen, best.x, best.y, 10, css("second"), css("page"));
    const hollow = known.filter((row) => !validated[row]).length;
    legend(byId("scatter-legend"), [
      ...(knob ? keyTo(knob, known, colour) : []),
      ...(best ? [[element("span", { class: "star" }, "\u2605"), "the best that meets the goal"]] : []),
      [swatch("line", css("text")), `front: no other point is better in ${one.label} and ${other.label}`],
      ...(hollow ? [[swatch("hollow"), `not validated: no record covers it (${count(hollow)})`]] : []),
    ]);
    const missing = legal.length - known.length, illegal = visible.length - legal.length;
    const left = [[missing, `without ${one.label} or ${other.label}`], [illegal, "illegal"]].filter(([size]) => size);
    byId("scatter-said").textContent = `${counted(known.length)} drawn`
      + (left.length ? `; ${left.map(([size, words]) => `${count(size)} ${words}`).join(" and ")} are not` : "")
      + ". A click on a point shows all of it; the arrow keys go along the front.";
    on.canvas.setAttribute("aria-label", `Scatter of ${counted(known.length)}: ${other.label} against ${one.label}`);
    charts.set("scatter", { spots, stops, find: (row) => spots.find((spot) => spot.row === row) });
  }

  /** Legend entries of a knob's colours, of the values that the rows have. */
  function keyTo(knob, rows, colour, mark = (code) => swatch("", colour[code])) {
    const shown = present(knob, rows), first = knob.texts[knob.order[0]], last = knob.texts[knob.order.at(-1)];
    if (shown.length > MOST_LINES) return [[gradient(), `${knob.label}: ${first} to ${last}`]];
    return [["", `${knob.label}:`], ...shown.map((code) => [mark(code), knob.texts[code]])];
  }

  // Lines -----------------------------------------------------------------------------------------

  function drawLines(legal) {
    const over = byName(varied, "over-knob"), knob = byName(varied, "line-knob");
    const codeOf = knob ? (row) => knob.codes[row] : () => 0;
    const all = knob ? present(knob, legal) : [0], lines = all.slice(0, MOST_LINES);
    const palette = knob ? paletteOf(knob, drawing.colours()) : [drawing.colours()("c0")];
    const styles = new Map(lines.map((code, index) => [code, [palette[code], DASHES[index % DASHES.length]]]));
    const drawn = legal.filter((row) => styles.has(codeOf(row)));
    pair().forEach((quantity, index) => {
      const id = ["first", "second"][index];
      byId(`${id}-title`).textContent = `${quantity.label} over ${over.label}`;
      drawLinesOf(`${id}-lines`, quantity, over, codeOf, styles, drawn);
    });
    const key = knob ? keyTo(knob, drawn, palette, (code) => drawing.dashed(...styles.get(code))) : [];
    legend(byId("lines-legend"), key);
    byId("lines-said").textContent = `At each mark, the best of the points that share its ${over.label}`
      + `${knob ? ` and ${knob.label}` : ""}, from ${counted(legal.length)}`
      + (all.length > lines.length ? `; the first ${MOST_LINES} of ${all.length} lines are drawn.` : ".");
  }

  function drawLinesOf(id, quantity, over, codeOf, styles, rows) {
    const on = sheet(byId(id), 320), { pen, css } = on;
    const found = bestBy(rows, quantity, codeOf, (row) => over.codes[row]);
    const cells = [...found.values()].flatMap((line) => [...line.values()]), best = cells.map((cell) => cell.row);
    const codes = present(over, best), values = best.map((row) => quantity.values[row]);
    const places = new Map(codes.map((code, index) => [code, over.numbers ? over.numbers[code] ?? 0 : index]));
    const across = axisOf(places.values(), KNOB_SPREAD), up = axisOf(values);
    if (!over.numbers) across.ticks = [...places.values()];
    const names = over.numbers ? undefined : codes.map((code) => over.texts[code]);
    const { x, y } = frame(on, across, up, [titled(over), titled(quantity)], names), spots = [];
    for (const [code, [colour, dashes]] of styles) {
      const own = codes.filter((each) => found.get(code)?.has(each)).map((each) => {
        const { row, count: size } = found.get(code).get(each);
        const told = () => `${summary(row)}\nthe best of ${counted(size)}`;
        return { x: x(places.get(each)), y: y(quantity.values[row]), row, told, key: `${code} ${each}` };
      });
      Object.assign(pen, { strokeStyle: colour, lineWidth: 2 });
      pen.setLineDash(dashes);
      line(pen, own.map((spot) => [spot.x, spot.y]));
      pen.setLineDash([]);
      for (const spot of own) dot(pen, spot.x, spot.y, 3.4, colour, !validated[spot.row], css("page"));
      spots.push(...own);
    }
    on.canvas.setAttribute("aria-label", `${quantity.label} over ${over.label}, of ${counted(rows.length)}`);
    const find = (row) => spots.find((spot) => spot.key === `${codeOf(row)} ${over.codes[row]}`);
    charts.set(id, { spots, stops: spots, find });
  }

  // Heat map --------------------------------------------------------------------------------------

  function drawHeat(legal) {
    const across = byName(varied, "heat-x"), down = byName(varied, "heat-y");
    const quantity = byName(quantities, "heat-quantity");
    const known = legal.filter((row) => Number.isFinite(quantity.values[row]));
    const columns = present(across, known), lines = present(down, known), top = 22;
    const found = bestBy(known, quantity, (row) => across.codes[row], (row) => down.codes[row]);
    const cells = [...found.values()].flatMap((line) => [...line.values()]);
    const values = cells.map((cell) => quantity.values[cell.row]), scale = axisOf(values, COLOUR_SPREAD);
    const low = Math.min(...values), high = Math.max(...values);
    const share = (value) => (scale.at(value) - scale.at(low)) / (scale.at(high) - scale.at(low) || 1);
    const tall = Math.max(14, Math.min(34, 900 / (lines.length || 1))), bottom = top + lines.length * tall;
    const on = sheet(byId("heat-map"), bottom + 36), { pen, css, width } = on;
    const names = lines.map((code) => pen.measureText(down.texts[code]).width + 10);
    const left = Math.min(width * 0.32, Math.max(40, ...names)), wide = (width - left - 2) / (columns.length || 1);
    const x = (code) => left + (columns.indexOf(code) + 0.5) * wide;
    const y = (code) => top + (lines.indexOf(code) + 0.5) * tall;
    pen.fillStyle = css("soft");
    for (const code of lines) {
      write(pen, drawing.shortened(pen, down.texts[code], left - 8), left - 6, y(code) + 4, "right");
    }
    drawing.writeApart(pen, columns.map((code) => across.texts[code]), columns.map(x), bottom + 16, width);
    pen.fillStyle = css("text");
    write(pen, down.label, 0, 13, "left");
    write(pen, across.label, width - 2, bottom + 33, "right");
    pen.strokeStyle = css("grid");
    pen.strokeRect(left, top, wide * columns.length, bottom - top);
    const gap = wide > 6 ? 1 : 0;
    const keyOf = (row) => `${across.codes[row]} ${down.codes[row]}`;
    const spots = cells.map(({ row, count: size }) => {
      const value = quantity.values[row], parts = shade(share(value)), shown = number(value, 3);
      const spot = { x: x(across.codes[row]), y: y(down.codes[row]), row, key: keyOf(row), size: [wide + 3, tall + 3] };
      pen.fillStyle = rgb(parts);
      pen.fillRect(spot.x - wide / 2, spot.y - tall / 2, wide - gap, tall - gap);
      if (tall >= 16 && pen.measureText(shown).width < wide - 6) {
        pen.fillStyle = 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] > 120 ? "#000" : "#fff";
        write(pen, shown, spot.x, spot.y + 4, "center");
      }
      const first = `${quantity.label}: ${withUnit(quantity, value)}`;
      return { ...spot, told: () => `${first}\n${summary(row)}\nthe best of ${counted(size)}` };
    });
    const ends = `${titled(quantity)}: ${number(low)} to ${number(high)}${scale.log ? " (logarithmic)" : ""}`;
    legend(byId("heat-legend"), cells.length ? [[gradient(), ends]] : []);
    byId("heat-said").textContent = `In each cell, the ${quantity.more ? "most" : "least"} ${quantity.label} of the `
      + `points that share both values, from ${counted(known.length)}. Cells without a legal point are empty.`;
    const words = `Heat map of ${quantity.label} by ${across.label} and ${down.label}, of ${counted(known.length)}`;
    on.canvas.setAttribute("aria-label", words);
    const find = (row) => spots.find((spot) => spot.key === keyOf(row));
    charts.set("heat-map", { spots, stops: spots, reach: [wide, tall], find });
  }

  // Table -----------------------------------------------------------------------------------------

  const yes = (flag) => (flag ? "yes" : "no");
  const columns = [
    ...(varied.length ? [] : [{ title: "point", cell: (row) => String(row + 1), value: (row) => row }]),
    ...varied.map((knob) => {
      const place = new Map(knob.order.map((code, index) => [code, index]));
      return { title: knob.label, cell: (row) => valueText(knob, row), value: (row) => place.get(knob.codes[row]) };
    }),
    ...quantities.filter((quantity, index) => index < 2 || quantity.varies).map((quantity) => ({
      title: `${quantity.label} ${quantity.unit}`.trim(), right: true,
      cell: (row) => number(quantity.values[row]), value: (row) => quantity.values[row],
    })),
    { title: "validated", cell: (row) => yes(validated[row]), value: (row) => -validated[row] },
    { title: "front", cell: (row) => yes(front[row]), value: (row) => -front[row] },
  ];
  const table = { by: -1, down: false, most: ROWS_A_TIME }; // sorted by which column, -1: as they rank; rows listed

  /** Rows by a column; what has no value comes last, and illegal points behind all. */
  function sorted(rows) {
    const sign = table.down ? -1 : 1, value = table.by < 0 ? (row) => row : columns[table.by].value;
    return rows.map((row) => [row, value(row)]).sort(([one, a], [other, b]) => {
      if (isLegal(one) !== isLegal(other)) return isLegal(one) ? -1 : 1;
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b) || one - other;
      return sign * (a - b) || one - other;
    }).map(([row]) => row);
  }

  function drawTable() {
    const shown = sorted(visible).slice(0, table.most), { tHead: head, tBodies: [body] } = byId("rows");
    const focused = document.activeElement?.closest("#rows thead th")?.cellIndex;
    head.replaceChildren(element("tr", {}, ...columns.map(headCell)));
    if (focused !== undefined) head.rows[0].cells[focused].firstElementChild.focus();
    body.replaceChildren(...shown.map((row) =>
      element("tr", { "data-row": String(row), click: () => choose(row) }, ...cellsOf(row))));
    byId("table-said").textContent = `${count(shown.length)} of ${counted(visible.length)}`;
    byId("more").hidden = shown.length >= visible.length;
    byId("sort").value = String(table.by);
    const orders = table.by < 0 ? ["best first", "worst first"] : ["ascending", "descending"];
    byId("direction").textContent = orders[Number(table.down)];
    markChosen();
  }

  function headCell({ title, right }, index) {
    const by = index === table.by, sort = by ? (table.down ? "descending" : "ascending") : "none";
    const button = element("button", { type: "button", click: () => sortBy(index, by && !table.down) }, title);
    return element("th", { scope: "col", class: right ? "n" : "", "aria-sort": sort }, button);
  }

  function cellsOf(row) {
    const first = Math.max(1, varied.length), { title, cell } = columns[0];
    const made = [element("th", { scope: "row", "data-h": title }, element("button", { type: "button" }, cell(row)))];
    for (const column of columns.slice(1, isLegal(row) ? undefined : first)) {
      made.push(element("td", { class: column.right ? "n" : "", "data-h": column.title }, column.cell(row)));
    }
    const span = { colspan: String(columns.length - first), class: "whole bad", "data-h": "illegal" };
    return isLegal(row) ? made : [...made, element("td", span, points.reason(row))];
  }

  function sortBy(by, down) {
    Object.assign(table, { by, down, most: ROWS_A_TIME });
    drawTable();
  }

  // The chosen point ------------------------------------------------------------------------------

  function choose(row) {
    chosen = row;
    const item = ([name, text]) => [element("dt", {}, name), element("dd", {}, text)];
    const named = (knob) => [knob.label, valueText(knob, row)];
    const met = row === 0 ? "the best" : "meets the goal", missed = isLegal(row) ? "misses the goal" : "illegal";
    const title = `Chosen point: ${meetsGoal(row) ? met : missed}${front[row] ? ", on the front" : ""}`;
    const fixed = knobs.filter((knob) => !knob.varied);
    const facts = isLegal(row) ? [
      ...quantities.map((quantity) => [quantity.label, withEnds(quantity, row)]),
      ["validated", validated[row] ? "yes" : `no: ${points.notValidated(row) || "no record covers it"}`],
      ["priced", points.priced(row)],
    ] : [["illegal", points.reason(row)]];
    const lists = [varied.map(named), facts, fixed.map(named)].filter((entries) => entries.length);
    const made = lists.map((entries) => element("dl", {}, ...entries.flatMap(item)));
    byId("chosen").replaceChildren(element("h3", {}, title), ...made);
    markChosen();
  }

  function withEnds(quantity, row) {
    const value = quantity.values[row], ends = quantity.ends.map((share) => share[row] * value).filter(Number.isFinite);
    const between = ends.map((end) => number(end, 3)).join(" to ");
    return withUnit(quantity, value) + (ends.length ? ` (${points.interval} ${between})` : "");
  }

  function markChosen() {
    const isShown = isLegal(chosen) && visible.includes(chosen);
    for (const [id, { find }] of charts) {
      const ring = byId(id).querySelector(".ring.chosen"), spot = isShown ? find(chosen) : undefined;
      if (spot) ringAt(ring, spot);
      else ring.hidden = true;
    }
    const { rows } = byId("rows").tBodies[0], taken = String(chosen);
    for (const each of rows) each.classList.toggle("taken", each.dataset.row === taken);
  }

  // All together ----------------------------------------------------------------------------------

  let waiting = false;

  /** Filter, and draw every view, once before the next picture. */
  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      visible = [...Array(points.rows).keys()].filter(passes);
      const illegal = visible.filter((row) => !isLegal(row)).length;
      byId("count").textContent = `${count(visible.length)} of ${counted(points.rows)}`
        + (illegal ? `, ${count(illegal)} of them illegal` : "");
      byId("reset").disabled = visible.length === points.rows;
      table.most = ROWS_A_TIME;
      drawViews();
      drawTable();
    });
  }

  function drawViews() {
    const legal = visible.filter(isLegal);
    drawScatter(legal);
    if (varied.length) drawLines(legal);
    if (varied.length > 1) drawHeat(legal);
    markChosen();
  }

  function options(id, list, first, ...before) {
    if (!byId(id)) return;
    const entries = [...before, ...list.map((each) => [each.name, each.label])];
    byId(id).replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
    byId(id).value = first ?? "";
  }

  /** Knobs and quantities that the views begin with: over the clock, of each board. */
  function buildChoices() {
    const has = (list, name) => list.find((each) => each.name === name)?.name, all = ["", "nothing"];
    const over = has(varied, "clock_hz") ?? (varied.find((knob) => knob.numbers) ?? varied[0])?.name;
    const others = varied.filter((knob) => knob.name !== over);
    others.sort((one, other) => one.texts.length - other.texts.length);
    const each = has(others, "board") ?? others[0]?.name, up = has(quantities, "energy_uj") ?? quantities[1]?.name;
    options("across", quantities, quantities[0].name);
    options("up", quantities, up ?? quantities[0].name);
    options("colour", varied, each ?? over, all);
    options("over-knob", varied, over);
    options("line-knob", varied, each, all);
    options("heat-x", varied, over);
    options("heat-y", varied, others.at(-1)?.name);
    options("heat-quantity", quantities, up ?? quantities[0].name);
    for (const select of document.querySelectorAll(".views select")) select.addEventListener("change", draw);
    options("sort", columns.map(({ title }, index) => ({ name: String(index), label: title })), "-1", ["-1", "rank"]);
  }

  function start() {
    for (const [id, least] of [["over", 1], ["heat", 2]]) if (varied.length < least) byId(`${id}-section`).remove();
    for (const chart of document.querySelectorAll(".chart")) answer(chart.id);
    byId("filters").open = matchMedia("(min-width: 64rem)").matches;
    byId("live").hidden = false;
    byId("plain").hidden = true;
    for (const link of document.querySelectorAll("nav .live")) link.hidden = !document.querySelector(link.hash);
    buildChoices();
    buildFilters();
    choose(0);
    byId("sort").addEventListener("change", () => sortBy(Number(byId("sort").value), false));
    byId("direction").addEventListener("click", () => sortBy(table.by, !table.down));
    byId("reset").addEventListener("click", () => (buildFilters(), draw()));
    byId("more").addEventListener("click", () => ((table.most += 2 * ROWS_A_TIME), drawTable()));
    for (const screen of Object.values(drawing.screens)) screen.addEventListener("change", drawViews);
    let width = byId("live").clientWidth;
    new ResizeObserver(() => {
      if (width !== byId("live").clientWidth) drawViews();
      width = byId("live").clientWidth;
    }).observe(byId("live"));
    draw();
  }

  if (points.rows && quantities.length) start();
})();
