"use strict";
// The views of a profile: the call tree as nested bars, the list of functions, annotated code, and memories.
// Needs drawing.js and icicle.js before it. Names are set as text and never read as HTML.
/** Of one profile: `data` as simtiny/report/profile_data.py makes it, and what its ids end in. */
function showProfile(data, suffix) {
  const { number, element } = drawing, byId = (id) => document.getElementById(id + suffix);
  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }), count = (value) => grouped.format(value);
  const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(part / whole >= 0.0995 ? 1 : 2)} %` : "-");
  const LEFT_OUT = "left out", MOST_CALLERS = 60, ROWS_A_TIME = innerWidth < 840 ? 10 : 25, NAMES = data.frames.map((frame) => frame[0]);
  const KINDS = { inlined: "inlined", asleep: "asleep", exception: "exception", thread: "thread" };
  const QUANTITIES = [
    { name: "cycles", label: "cycles", told: (value) => `${count(value)} cycles` },
    { name: "nj", label: "energy", told: (value) => `${number(value / 1000)} uJ` },
    { name: "instructions", label: "instructions", told: (value) => `${count(value)} instructions` },
  ].filter((quantity) => quantity.name !== "nj" || data.energy);

  function options(id, pairs) {
    byId(id).replaceChildren(...pairs.map(([value, text]) => element("option", { value: String(value) }, text)));
  }

  // Call tree -------------------------------------------------------------------------------------

  /** A tree as it is drawn: callers first. Of each node its own of all quantities, and its calls. */
  function fromCallers() {
    const { parent, frame } = data.tree;
    return { parent, frame, values: QUANTITIES.map(({ name }) => data.tree[name]), calls: data.tree.calls, cut: 0 };
  }

  /** Turned over: what the cycles went to first, and below it who called it. What a path has stands at its end. */
  function fromCallees() {
    const given = data.tree, parent = [-1], frame = [-1], known = [new Map()], values = QUANTITIES.map(() => [0]);
    let cut = 0;
    for (let leaf = 1; leaf < given.parent.length; leaf++) {
      if (!QUANTITIES.some(({ name }) => given[name][leaf])) continue;
      let at = 0, steps = 0;
      for (let node = leaf; node > 0 && steps < MOST_CALLERS; node = given.parent[node], steps++) {
        const key = given.frame[node];
        let next = known[at].get(key);
        if (next === undefined) {
          next = parent.length;
          known[at].set(key, next);
          known.push(new Map());
          parent.push(at);
          frame.push(key);
          for (const column of values) column.push(0);
        }
        at = next;
        if (steps === MOST_CALLERS - 1 && given.parent[node] > 0) cut++;
      }
      QUANTITIES.forEach(({ name }, index) => (values[index][at] += given[name][leaf]));
    }
    QUANTITIES.forEach(({ name }, index) => (values[index][0] += given[name][0]));
    return { parent, frame, values, calls: null, cut };
  }

  const trees = new Map(), VIEWS = { callers: fromCallers, callees: fromCallees };
  let tree = null, quantity = QUANTITIES[0], exact = null;

  const flame = icicle.of(byId("flame"), {
    tell: (node) => toldOf(node),
    told: (node) => (byId("flame-said").textContent = toldOf(node).join("\n")),
    zoomed: (node) => (byId("flame-out").disabled = node === 0),
  });

  function nameOf(node) {
    return node === 0 ? "all" : tree.frame[node] < 0 ? LEFT_OUT : NAMES[tree.frame[node]];
  }

  function toldOf(node) {
    const total = flame.total(node), own = flame.own(node), found = [nameOf(node)], frame = data.frames[tree.frame[node]];
    found.push(`${quantity.told(total)}, ${percent(total, flame.whole())} of all`);
    if (tree.calls && node > 0) {
      found.push(`its own: ${quantity.told(own)}, ${percent(own, flame.whole())}`);
      if (tree.calls[node]) found.push(`${count(tree.calls[node])} call${tree.calls[node] === 1 ? "" : "s"}`);
    } else if (tree.parent[node] > 0) {
      found.push("called this way");
    }
    if (frame) found.push([frame[1], frame[2]].filter(Boolean).join(", "));
    return found;
  }

  function showTree() {
    const view = byId("view").value;
    if (!trees.has(view)) trees.set(view, VIEWS[view]());
    tree = trees.get(view);
    quantity = QUANTITIES.find(({ name }) => name === byId("width").value);
    const label = tree.frame.map((_, node) => nameOf(node));
    const kind = tree.frame.map((frame, node) =>
      (node === 0 ? "root" : frame < 0 ? "left-out" : (KINDS[data.frames[frame][1]] ?? "")));
    flame.show({ parent: tree.parent, own: tree.values[QUANTITIES.indexOf(quantity)], label, kind });
    byId("flame-out").disabled = true;
    byId("flame-said").textContent = toldOf(0).join("\n");
    search();
  }

  function search() {
    const text = byId("search").value.trim().toLowerCase();
    if (!text && exact === null) {
      flame.search(null);
      byId("found").textContent = "";
      return;
    }
    const is = exact === null
      ? (node) => node > 0 && nameOf(node).toLowerCase().includes(text)
      : (node) => tree.frame[node] === exact;
    const { names, value } = flame.search(is);
    byId("found").textContent = names === 0 ? "nothing matches" :
      `${count(names)} name${names === 1 ? "" : "s"}: ${percent(value, flame.whole())} of the ${quantity.label}`;
  }

  // Functions -------------------------------------------------------------------------------------

  const whole = QUANTITIES.map(({ name }) => data.tree[name].reduce((sum, value) => sum + value, 0));
  const coded = new Map(data.code.map((each, index) => [each.frame, index]));
  const energyAt = data.energy ? QUANTITIES.findIndex(({ name }) => name === "nj") : -1;
  const COLUMNS = [
    { title: "function", of: (row) => NAMES[row[0]].toLowerCase(), text: (row) => NAMES[row[0]], names: true },
    { title: "own cycles", of: (row) => row[1], text: (row) => count(row[1]) },
    { title: "own share", of: (row) => row[1], text: (row) => percent(row[1], whole[0]), bar: true },
    { title: "total cycles", of: (row) => row[4], text: (row) => count(row[4]) },
    { title: "total share", of: (row) => row[4], text: (row) => percent(row[4], whole[0]) },
    ...(data.energy ? [
      { title: "own uJ", of: (row) => row[2], text: (row) => number(row[2] / 1000) },
      { title: "total uJ", of: (row) => row[5], text: (row) => number(row[5] / 1000) },
      { title: "own share of energy", of: (row) => row[2], text: (row) => percent(row[2], whole[energyAt]), minor: true },
    ] : []),
    { title: "instructions", of: (row) => row[3], text: (row) => count(row[3]), minor: true },
    { title: "calls", of: (row) => row[7], text: (row) => (row[7] ? count(row[7]) : "-") },
  ];
  let sorted = COLUMNS[1], down = true, most = ROWS_A_TIME;

  function showFunctions() {
    const text = byId("search").value.trim().toLowerCase(), sign = down ? -1 : 1;
    const rows = data.functions.filter((row) => !text || NAMES[row[0]].toLowerCase().includes(text));
    rows.sort((one, other) => {
      const [a, b] = [sorted.of(one), sorted.of(other)];
      return a < b ? -sign : a > b ? sign : 0;
    });
    byId("functions-head").replaceChildren(element("tr", {}, ...COLUMNS.map((column) => {
      const attributes = { scope: "col", ...(column.names ? {} : { class: "n" }) };
      if (column === sorted) attributes["aria-sort"] = down ? "descending" : "ascending";
      const mark = column === sorted ? (down ? " \u2193" : " \u2191") : "";
      return element("th", attributes, element("button", { type: "button", click: () => sortBy(column) },
        column.title + mark));
    })));
    byId("functions-body").replaceChildren(...rows.slice(0, most).map(rowOf));
    byId("sort").value = String(COLUMNS.indexOf(sorted));
    byId("functions-said").textContent = `${count(Math.min(most, rows.length))} of ${count(rows.length)} functions`;
    byId("more").hidden = rows.length <= most;
  }

  function sortBy(column) {
    [sorted, down] = [column, column === sorted ? !down : !column.names];
    showFunctions();
  }

  function rowOf(row) {
    return element("tr", {}, ...COLUMNS.map((column) => {
      if (!column.names) {
        const cell = element("td", { class: column.minor ? "n minor" : "n", "data-h": column.title }, column.text(row));
        if (column.bar) cell.style.background = heat(row[1] / whole[0]);
        return cell;
      }
      const [, kind, where] = data.frames[row[0]], at = coded.get(row[0]);
      const name = element("button", { type: "button", class: "plain", click: () => find(row[0]) }, NAMES[row[0]]);
      const small = [kind === "function" ? "" : kind, where].filter(Boolean).join(", ");
      const code = at === undefined ? [] : [element("button", { type: "button", class: "plain code-link",
        "aria-label": `code of ${NAMES[row[0]]}`, click: () => openCode(at) }, "code")];
      return element("th", { scope: "row" }, name, element("small", {}, small, " ", ...code));
    }));
  }

  /** Mark one function in the call tree. */
  function find(frame) {
    exact = frame;
    byId("search").value = NAMES[frame];
    search();
    byId("calls").scrollIntoView();
  }

  /** A bar of that share behind a cell's text. */
  function heat(share) {
    const place = `${Math.min(100, Math.max(0, 100 * share)).toFixed(1)}%`;
    return `linear-gradient(to right, var(--heat) ${place}, transparent ${place})`;
  }

  // Code ------------------------------------------------------------------------------------------

  const ADDRESS = 0, FILE = 1, LINE = 2, RUNS = 3, CYCLES = 4, ENERGY = 5, TEXT = 6, INNER = 7, WHY = 8;

  function openCode(at) {
    byId("code-of").value = String(at);
    showCode();
    byId("code").scrollIntoView();
    byId("code-of").focus({ preventScroll: true });
  }

  /** Cycles by effect of some rows, but for the one cycle that each instruction takes, the largest first. */
  function why(rows, runs) {
    const sums = new Map();
    for (const row of rows) {
      for (let at = 0; at < row[WHY].length; at += 2) {
        const name = data.effects[row[WHY][at]];
        if (name !== "issue") sums.set(name, (sums.get(name) ?? 0) + row[WHY][at + 1]);
      }
    }
    const found = [...sums].filter(([, cycles]) => Math.abs(cycles) >= 0.005 * Math.max(1, runs));
    found.sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
    return found.map(([name, cycles]) => `${name} ${Number((cycles / Math.max(1, runs)).toPrecision(3))}`).join(", ");
  }

  function sumsOf(rows) {
    let cycles = 0, energy = 0, runs = 0;
    for (const row of rows) {
      cycles += row[CYCLES];
      energy += row[ENERGY] ?? 0;
      runs = Math.max(runs, row[RUNS]);
    }
    return { cycles, energy, runs };
  }

  function showCode() {
    if (!data.code.length) return;
    const { frame, rows, left_out: leftOut } = data.code[Number(byId("code-of").value)], all = sumsOf(rows);
    const hasLines = rows.some((row) => row[FILE] >= 0 && row[LINE] > 0);
    byId("code-as").disabled = !hasLines;
    const asSource = hasLines && byId("code-as").value === "source";
    const found = asSource ? sourceRows(rows, all) : rows.map((row) => instructionRow(row, all, false));
    const titles = [[asSource ? "line" : "address", "n"], ["runs", "n minor"], ["cycles", "n"], ["share", "n"],
      ...(data.energy ? [["uJ", "n minor"]] : []), [asSource ? "source" : "instruction", ""], ["why", ""]];
    byId("code-head").replaceChildren(element("tr", {}, ...titles.map(([text, kind]) =>
      element("th", { scope: "col", class: kind }, text))));
    byId("code-body").replaceChildren(...found);
    showHottest(found);
    byId("code-said").textContent = `${NAMES[frame]}: ${count(all.cycles)} cycles of its code and what is inlined in it, ` +
      `${percent(all.cycles, whole[0])} of all${leftOut ? `; ${count(leftOut)} instructions that took less are left out` : ""}`;
  }

  /** Scroll the code to where most was spent, if that is below what is seen. */
  function showHottest(rows) {
    const at = (row) => Number(row.dataset.cycles ?? 0), hottest = rows.reduce((a, b) => (at(b) > at(a) ? b : a), rows[0]);
    const scroller = byId("code-body").closest(".scroll");
    scroller.scrollTop = 0;
    const below = hottest.offsetTop - scroller.clientHeight * 0.8;
    if (below > 0) scroller.scrollTop = hottest.offsetTop - scroller.clientHeight / 2;
  }

  function cells(first, { runs, cycles, energy }, all, text, reason, extra = {}) {
    const share = element("td", { class: "n" }, cycles ? percent(cycles, all.cycles) : "");
    share.style.background = heat(cycles / all.cycles);
    return element("tr", { ...extra, "data-cycles": String(cycles ?? 0) }, element("th", { scope: "row", class: "n" }, first),
      element("td", { class: "n minor" }, runs ? count(runs) : ""), element("td", { class: "n" }, cycles ? count(cycles) : ""),
      share, ...(data.energy ? [element("td", { class: "n minor" }, energy ? number(energy / 1000) : "")] : []),
      element("td", { class: "text" }, text), element("td", { class: "why" }, reason));
  }

  function instructionRow(row, all, nested) {
    const inner = row[INNER] >= 0 ? `  \u2039${NAMES[row[INNER]]}\u203a` : "";
    const address = `0x${row[ADDRESS].toString(16).padStart(8, "0")}`;
    return cells(address, { runs: row[RUNS], cycles: row[CYCLES], energy: row[ENERGY] }, all, row[TEXT] + inner,
      why([row], row[RUNS]), { class: nested ? "nested" : "", hidden: nested });
  }

  /** Lines by file, each that ran with a button for its instructions; the function's own file first. */
  function sourceRows(rows, all) {
    const byLine = new Map(), found = [];
    for (const row of rows) {
      const file = byLine.get(row[FILE]) ?? new Map();
      byLine.set(row[FILE], file.set(row[LINE], [...(file.get(row[LINE]) ?? []), row]));
    }
    const cyclesOf = (lines) => sumsOf([...lines.values()].flat()).cycles;
    for (const [file, lines] of [...byLine].sort((one, other) => cyclesOf(other[1]) - cyclesOf(one[1]))) {
      const known = data.lines[file] ?? {}, name = file < 0 ? "no line known" : data.files[file];
      const note = file >= 0 && !data.lines[file] ? ": the file was not found" : "";
      const columns = data.energy ? 7 : 6;
      found.push(element("tr", { class: "file" }, element("th", { colspan: String(columns), scope: "rowgroup" }, name + note)));
      let last = 0;
      for (const line of nearby([...lines.keys()], known)) {
        if (last && line > last + 1) found.push(element("tr", { class: "gap" }, element("td", { colspan: String(columns) }, "\u22ef")));
        last = line;
        found.push(...lineRows(line, lines.get(line) ?? [], known[line] ?? "", all));
      }
    }
    return found;
  }

  /** Numbers of the lines that ran and of those of the text around them, in order. */
  function nearby(ran, known) {
    const least = Math.min(...ran) - 3, most = Math.max(...ran) + 3, wanted = new Set(ran);
    for (const line of Object.keys(known).map(Number)) if (line >= least && line <= most) wanted.add(line);
    return [...wanted].sort((one, other) => one - other);
  }

  function lineRows(line, rows, text, all) {
    if (!rows.length) return [cells(String(line || "?"), {}, all, text, "", { class: "quiet" })];
    const sum = sumsOf(rows), below = rows.map((row) => instructionRow(row, all, true));
    const open = element("button", { type: "button", class: "open", "aria-expanded": "false",
      "aria-label": `instructions of line ${line}`, click: () => {
        const shut = open.getAttribute("aria-expanded") === "true";
        open.setAttribute("aria-expanded", String(!shut));
        for (const each of below) each.hidden = shut;
      } }, String(line || "?"));
    return [cells(open, sum, all, text, why(rows, sum.runs)), ...below];
  }

  // Memories --------------------------------------------------------------------------------------

  let memory = null;
  const bars = icicle.of(byId("map"), {
    tell: (node) => memoryTold(node),
    told: (node) => (byId("map-said").textContent = memoryTold(node).join("\n")),
    zoomed: (node) => (byId("map-out").disabled = node === 0),
  });

  const partName = (node) => (node === 0 ? `${memory.name}: in use` : memory.label[node] || LEFT_OUT);

  function memoryTold(node) {
    const bytes = bars.total(node), found = [partName(node)];
    for (let up = memory.parent[node]; up > 0; up = memory.parent[up]) found[0] = `${partName(up)} \u203a ${found[0]}`;
    found.push(`${count(bytes)} bytes, ${percent(bytes, bars.whole())} of what is in use, ` +
      `${percent(bytes, memory.size)} of ${memory.name}`);
    return found;
  }

  function showMemory() {
    memory = data.memories[Number(byId("memory-of").value)];
    const label = memory.parent.map((_, node) => partName(node));
    const kind = memory.parent.map((_, node) => (node === 0 ? "root" : memory.label[node] ? "" : "left-out"));
    bars.show({ parent: memory.parent, own: memory.bytes, label, kind });
    byId("map-out").disabled = true;
    byId("map-said").textContent = memoryTold(0).join("\n");
  }

  // Begin -----------------------------------------------------------------------------------------

  byId("plain").hidden = true;
  options("width", QUANTITIES.map(({ name, label }) => [name, label]));
  options("code-of", data.code.map(({ frame, rows }, at) =>
    [at, `${NAMES[frame]} (${percent(sumsOf(rows).cycles, whole[0])})`]));
  options("sort", COLUMNS.map(({ title: text }, at) => [at, text]));
  byId("sort").addEventListener("change", () => {
    sorted = null;
    sortBy(COLUMNS[Number(byId("sort").value)]);
  });
  options("memory-of", data.memories.map(({ name, used, size }, at) => [at, `${name}: ${percent(used, size)}`]));
  for (const id of ["view", "width"]) byId(id).addEventListener("change", showTree);
  byId("search").addEventListener("input", () => {
    [exact, most] = [null, ROWS_A_TIME];
    search();
    showFunctions();
  });
  byId("search").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    byId("search").value = "";
    byId("search").dispatchEvent(new Event("input"));
  });
  byId("flame-out").addEventListener("click", () => flame.go(0, false));
  byId("map-out").addEventListener("click", () => bars.go(0, false));
  byId("more").addEventListener("click", () => {
    most += 4 * ROWS_A_TIME;
    showFunctions();
  });
  for (const id of ["code-of", "code-as"]) byId(id).addEventListener("change", showCode);
  byId("memory-of").addEventListener("change", showMemory);
  byId("code-part").hidden = !data.code.length;
  byId("map-part").hidden = !data.memories.some(({ used }) => used > 0);
  showTree();
  showFunctions();
  showCode();
  if (data.memories.length) {
    const first = data.memories.findIndex(({ used }) => used > 0);
    byId("memory-of").value = String(Math.max(0, first));
    showMemory();
  }
}

for (const each of document.querySelectorAll(".live")) each.hidden = false;
JSON.parse(document.getElementById("data").textContent).forEach((data, index) =>
  showProfile(data, index === 0 ? "" : `-${index + 1}`));
