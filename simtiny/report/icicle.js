"use strict";
// A tree as nested bars: the root on top, and below each node its children, as wide as what they have. A click zooms.
// Nodes are numbered so that a parent comes before its children; node 0 is the root. Names are set as text.
const icicle = (() => {
  const ROW = 22, LEAST_PIXELS = 2, LABEL_PIXELS = 26, TINTS = 8;

  /** What each node has with all below it, where it begins, how deep it is, and its children, the largest first. */
  function layout(parent, own) {
    const size = parent.length, total = Float64Array.from(own), start = new Float64Array(size);
    const depth = new Uint32Array(size), children = Array.from({ length: size }, () => []);
    for (let node = size - 1; node > 0; node--) total[parent[node]] += total[node];
    for (let node = 1; node < size; node++) {
      depth[node] = depth[parent[node]] + 1;
      children[parent[node]].push(node);
    }
    for (let node = 0; node < size; node++) {
      children[node].sort((one, other) => total[other] - total[one] || one - other);
      let at = start[node];
      for (const child of children[node]) {
        start[child] = at;
        at += total[child];
      }
    }
    return { total, start, depth, children };
  }

  /** A tint by name, always the same. */
  function tint(name) {
    let hash = 0;
    for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
    return hash % TINTS;
  }

  /** Draws into `place`. `tell(node)` says what is shown of a node, `share(part)` it in words; `zoomed` is told. */
  function of(place, { tell, told, zoomed }) {
    let tree = null, laid = null, zoom = 0, matches = null, focused = 0, boxes = new Map();

    function show(made, node = 0) {
      tree = made;
      laid = layout(tree.parent, tree.own);
      zoom = focused = laid.total[node] > 0 ? node : 0;
      draw();
    }

    /** The nodes above the one that is zoomed to, the root first. */
    function above(node) {
      const found = [];
      for (let at = node; at > 0; at = tree.parent[at]) found.push(tree.parent[at]);
      return found.reverse();
    }

    function draw() {
      const width = place.clientWidth, whole = laid.total[zoom], made = document.createDocumentFragment();
      const inside = new Uint8Array(tree.parent.length), ancestors = above(zoom);
      boxes = new Map();
      let deepest = laid.depth[zoom];
      for (const node of ancestors) made.append(box(node, 0, width, "above"));
      for (let node = zoom; whole > 0 && node < inside.length; node++) {
        inside[node] = node === zoom || (inside[tree.parent[node]] && node > zoom) ? 1 : 0;
        const pixels = (laid.total[node] / whole) * width;
        if (!inside[node] || pixels < LEAST_PIXELS) {
          inside[node] = 0; // nothing below it is wider
          continue;
        }
        made.append(box(node, ((laid.start[node] - laid.start[zoom]) / whole) * width, pixels, ""));
        deepest = Math.max(deepest, laid.depth[node]);
      }
      place.replaceChildren(made);
      place.style.height = `${(deepest + 1) * ROW}px`;
      if (!boxes.has(focused)) focused = zoom;
      boxes.get(focused)?.setAttribute("tabindex", "0");
    }

    function box(node, left, width, extra) {
      const name = tree.label[node], kind = tree.kind[node];
      const hit = matches !== null && matches(node);
      const classes = ["box", extra, kind || `tint${tint(name)}`, matches === null ? "" : hit ? "hit" : "miss"];
      const made = drawing.element("button", {
        type: "button", tabindex: "-1", class: classes.filter(Boolean).join(" "), "aria-label": tell(node).join(", "),
        click: () => go(node), pointerenter: () => told(node), focus: () => (focus(node), told(node)),
      }, width >= LABEL_PIXELS ? name : "");
      made.dataset.node = node;
      made.style.left = `${left}px`;
      made.style.width = `${Math.max(1, width - 1)}px`;
      made.style.top = `${laid.depth[node] * ROW}px`;
      boxes.set(node, made);
      return made;
    }

    function focus(node) {
      boxes.get(focused)?.setAttribute("tabindex", "-1");
      focused = node;
      boxes.get(node)?.setAttribute("tabindex", "0");
    }

    /** Zoom to a node; to the one that is zoomed to: one further out. */
    function go(node, held = true) {
      zoom = node === zoom && node > 0 ? tree.parent[node] : node;
      focused = node;
      draw();
      if (held) boxes.get(focused)?.focus({ preventScroll: true });
      told(zoom);
      zoomed(zoom);
    }

    /** The drawn node next to the focused one in the direction of an arrow key. */
    function next(key) {
      if (key === "ArrowUp") return focused > 0 ? tree.parent[focused] : undefined;
      const drawn = (list) => list.filter((node) => boxes.has(node));
      if (key === "ArrowDown") return drawn(laid.children[focused])[0];
      const row = drawn(focused > 0 ? laid.children[tree.parent[focused]] : [0]), at = row.indexOf(focused);
      return row[at + (key === "ArrowRight" ? 1 : -1)];
    }

    place.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && zoom > 0) {
        event.preventDefault();
        go(0);
      }
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const node = next(event.key);
      if (node !== undefined) boxes.get(node)?.focus();
    });

    /** Mark what matches, `null` for nothing. Gives how many names do, and what they have, each path once. */
    function search(matching) {
      matches = matching;
      draw();
      if (!matching) return { names: 0, value: 0 };
      const names = new Set(), covered = new Uint8Array(tree.parent.length);
      let value = 0;
      for (let node = 0; node < covered.length; node++) {
        const is = matching(node), under = node > 0 && covered[tree.parent[node]] === 1;
        if (is) names.add(tree.label[node]);
        if (is && !under) value += laid.total[node];
        covered[node] = is || under ? 1 : 0;
      }
      return { names: names.size, value };
    }

    new ResizeObserver(() => tree && place.clientWidth && draw()).observe(place);
    return {
      show, search, go, redraw: () => tree && draw(),
      total: (node) => laid.total[node], own: (node) => tree.own[node], whole: () => laid.total[0],
      kept: () => zoom,
    };
  }

  return { of };
})();
