"use strict";
// What the page of a sweep is drawn with: numbers as text, elements, axes, colours, and marks on a canvas.
const drawing = (() => {
  const VIRIDIS = [
    [68, 1, 84], [68, 57, 131], [49, 104, 142], [33, 145, 140], [53, 183, 121], [144, 215, 67], [253, 231, 37],
  ];
  const screens = { dark: matchMedia("(prefers-color-scheme: dark)"), paper: matchMedia("print") };

  const formats = [], tickFormat = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 }); // slow to make

  /** So many significant digits without an exponent: four as all of simtiny's reports have, three for ends. */
  function number(value, digits = 4) {
    if (!Number.isFinite(value)) return "-";
    if (value === 0) return "0";
    const rounded = Number(value.toPrecision(digits));
    const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded)) + 1e-12));
    const told = decimals === 0 && digits === 4 ? value : rounded, places = Math.min(20, decimals);
    const digitsAfter = { minimumFractionDigits: places, maximumFractionDigits: places };
    formats[places] ??= new Intl.NumberFormat("en-US", digitsAfter);
    return formats[places].format(told);
  }

  /** An element; attributes that are functions listen to the event of that name, children are elements or text. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (typeof value === "boolean") made.toggleAttribute(name, value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  /** The page's colours by name, as they are now. */
  function colours() {
    const style = getComputedStyle(document.documentElement), known = {};
    return (name) => (known[name] ??= style.getPropertyValue(`--${name}`).trim());
  }

  /** Red, green and blue of a colour of the scale, 0 to 1. Of its ends is left out what the page would hide. */
  function shade(share) {
    const [low, high] = screens.dark.matches && !screens.paper.matches ? [0.22, 1] : [0, 0.93];
    const place = (low + (high - low) * Math.min(1, Math.max(0, share))) * (VIRIDIS.length - 1);
    const index = Math.min(VIRIDIS.length - 2, Math.floor(place)), part = place - index;
    return VIRIDIS[index].map((from, channel) => Math.round(from + part * (VIRIDIS[index + 1][channel] - from)));
  }

  const rgb = (parts) => `rgb(${parts.join(" ")})`;

  /** An axis over the values, logarithmic where they spread by that factor. `at`: 0 to 1. */
  function axisOf(values, spread = 10) {
    let low = Infinity, high = -Infinity;
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
    if (low > high) [low, high] = [0, 1];
    return low > 0 && high / low >= spread ? logarithmic(low, high) : linear(low, high);
  }

  function logarithmic(lowest, highest) {
    const room = (highest / lowest) ** 0.03, low = lowest / room, high = highest * room;
    const parts = high / low > 1e4 ? [1] : high / low > 100 ? [1, 3] : [1, 2, 5], ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      ticks.push(...parts.map((part) => part * 10 ** power).filter((tick) => tick >= low && tick <= high));
    }
    return { log: true, ticks, at: (value) => Math.log(value / low) / Math.log(high / low) };
  }

  function linear(lowest, highest) {
    const room = (highest - lowest || Math.abs(highest) || 1) * 0.04, high = highest + room;
    const low = lowest >= 0 ? Math.max(0, lowest - room) : lowest - room;
    const least = (high - low) / 7, power = 10 ** Math.floor(Math.log10(least)), ticks = [];
    const step = [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
    for (let index = Math.ceil(low / step); index * step <= high; index++) ticks.push(index * step);
    return { log: false, ticks, at: (value) => (value - low) / (high - low) };
  }

  function tickText(value) {
    const [shown, unit] = Math.abs(value) >= 1e6 ? [value / 1e6, "M"] : [value, ""];
    return tickFormat.format(shown) + unit;
  }

  /** The canvas in its place, cleared, of that height and as wide as the place, in pixels of the page. */
  function sheet(place, height) {
    const canvas = place.querySelector("canvas"), pen = canvas.getContext("2d");
    const width = Math.floor(place.clientWidth), ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    return { canvas, pen, width, height, css: colours() };
  }

  /** Grid, ticks and titles of both axes; gives the functions that place values. `names`: texts of ticks across. */
  function frame({ pen, width, height, css }, across, up, titles, names = across.ticks.map(tickText)) {
    const widest = Math.max(8, ...up.ticks.map((tick) => pen.measureText(tickText(tick)).width));
    const left = widest + 12, right = width - 14, top = 26, bottom = height - 38;
    const x = (value) => left + across.at(value) * (right - left);
    const y = (value) => bottom - up.at(value) * (bottom - top);
    pen.strokeStyle = css("grid");
    pen.fillStyle = css("soft");
    for (const tick of across.ticks) line(pen, [[x(tick), top], [x(tick), bottom]]);
    for (const tick of up.ticks) line(pen, [[left, y(tick)], [right, y(tick)]]);
    writeApart(pen, names, across.ticks.map(x), bottom + 16, width);
    up.ticks.forEach((tick) => write(pen, tickText(tick), left - 6, y(tick) + 4, "right"));
    pen.fillStyle = css("text");
    write(pen, titles[1] + (up.log ? " (logarithmic)" : ""), 0, 13, "left");
    write(pen, titles[0] + (across.log ? " (logarithmic)" : ""), right, height - 5, "right");
    return { x, y };
  }

  function write(pen, text, x, y, align) {
    pen.textAlign = align;
    pen.fillText(text, x, y);
  }

  /** Texts centred below their places, but for those that would run into the one before. */
  function writeApart(pen, names, places, y, width) {
    let free = -Infinity;
    names.forEach((name, index) => {
      const half = pen.measureText(name).width / 2, centre = Math.max(half, Math.min(places[index], width - half));
      if (centre - half < free) return;
      free = centre + half + 8;
      write(pen, name, centre, y, "center");
    });
  }

  /** As much of the text as there is room for. */
  function shortened(pen, text, room) {
    let shown = text;
    while (shown.length > 2 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2)}\u2026`;
    return shown;
  }

  function line(pen, places) {
    pen.beginPath();
    places.forEach(([x, y]) => pen.lineTo(x, y));
    pen.stroke();
  }

  function dot(pen, x, y, radius, colour, hollow, ground) {
    pen.beginPath();
    pen.arc(x, y, hollow ? radius - 0.75 : radius, 0, 7);
    pen.fillStyle = hollow ? ground : colour;
    pen.strokeStyle = hollow ? colour : ground;
    pen.lineWidth = hollow ? 1.5 : 0.6;
    pen.fill();
    pen.stroke();
  }

  function star(pen, x, y, size, colour, ground) {
    pen.beginPath();
    for (let corner = 0; corner < 10; corner++) {
      const angle = (corner * Math.PI) / 5 - Math.PI / 2, far = corner % 2 ? size * 0.45 : size;
      pen.lineTo(x + far * Math.cos(angle), y + far * Math.sin(angle));
    }
    pen.closePath();
    pen.fillStyle = colour;
    pen.strokeStyle = ground;
    pen.lineWidth = 1.5;
    pen.fill();
    pen.stroke();
  }

  /** A list of marks, each with what it means. */
  function legend(list, entries) {
    list.replaceChildren(...entries.map(([mark, text]) => element("li", {}, mark, text)));
  }

  /** A mark of a legend. */
  function swatch(kind, background = "") {
    const made = element("span", { class: `swatch ${kind}` });
    made.style.background = background;
    return made;
  }

  /** The scale of `shade`. */
  function gradient() {
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => rgb(shade(share)));
    return swatch("gradient", `linear-gradient(to right, ${stops.join(", ")})`);
  }

  /** A piece of a line with its dashes. */
  function dashed(colour, dashes) {
    let at = 0;
    const stops = dashes.map((length, index) => {
      const from = at;
      at += length;
      return `${index % 2 ? "transparent" : colour} ${from}px ${at}px`;
    });
    return swatch("line", `repeating-linear-gradient(to right, ${stops.join(", ")})`);
  }

  return {
    screens, number, element, colours, shade, rgb, axisOf, sheet, frame, write, writeApart, shortened, line, dot, star,
    legend, swatch, gradient, dashed,
  };
})();
