"use strict";
// What the page of a sweep draws with: numbers as text, elements, axes, colours, and marks on a canvas.
const drawing = (() => {
  const VIRIDIS = [[68, 1, 84], [68, 57, 131], [49, 104, 142], [33, 145, 140], [53, 183, 121], [144, 215, 67], [253, 231, 37]];
  const screens = { dark: matchMedia("(prefers-color-scheme: dark)"), paper: matchMedia("print") };

  /** So many significant digits without an exponent: four as all of simtiny's reports have, three for ends. */
  function number(value, digits = 4) {
    if (!Number.isFinite(value)) return "-";
    if (value === 0) return "0";
    const rounded = Number(value.toPrecision(digits));
    const decimals = Math.min(20, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded)) + 1e-12)));
    return (decimals ? rounded : digits === 4 ? value : rounded).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
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

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };

  /** A colour of the scale, 0 to 1: its ends are left out where they would not be seen on the page. */
  function shade(share) {
    const [low, high] = screens.dark.matches && !screens.paper.matches ? [0.22, 1] : [0, 0.93];
    const place = (low + (high - low) * Math.min(1, Math.max(0, share))) * (VIRIDIS.length - 1);
    const index = Math.min(VIRIDIS.length - 2, Math.floor(place)), part = place - index;
    return VIRIDIS[index].map((from, channel) => Math.round(from + part * (VIRIDIS[index + 1][channel] - from)));
  }

  const rgb = (parts) => `rgb(${parts.join(" ")})`;

  /** An axis over what is finite of the values, logarithmic where they spread by that factor. `at`: 0 to 1. */
  function axisOf(values, spread = 10) {
    let low = Infinity, high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) [low, high] = [0, 1];
    const log = low > 0 && high / low >= spread, ticks = [];
    if (log) {
      const room = (high / low) ** 0.03;
      [low, high] = [low / room, high * room];
      const parts = high / low > 1e4 ? [1] : high / low > 100 ? [1, 3] : [1, 2, 5];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
        for (const part of parts) if (part * 10 ** power >= low && part * 10 ** power <= high) ticks.push(part * 10 ** power);
      }
      return { low, high, log, ticks, at: (value) => Math.log(value / low) / Math.log(high / low) };
    }
    const room = (high - low || Math.abs(high) || 1) * 0.04;
    [low, high] = [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
    const least = (high - low) / 6, power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
    for (let index = Math.ceil(low / step); index * step <= high; index++) ticks.push(index * step);
    return { low, high, log, ticks, at: (value) => (value - low) / (high - low) };
  }

  const tickText = (value) => (Math.abs(value) >= 1e6 ? `${Number((value / 1e6).toPrecision(6))}M` : Number(value.toPrecision(6)).toLocaleString("en-US", { maximumSignificantDigits: 6 }));

  /** A clear canvas of that height, as wide as its place, drawn in pixels of the screen. */
  function sheet(place, height) {
    const canvas = place.querySelector("canvas"), width = Math.floor(place.clientWidth), ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, sans-serif";
    return { pen, width, height, css: colours(), canvas };
  }

  /** Grid, ticks and titles of both axes; the functions that place values. */
  function frame({ pen, width, height, css }, across, up, titles) {
    const widest = Math.max(...up.ticks.map((tick) => pen.measureText(tickText(tick)).width), 8);
    const box = { left: widest + 12, right: width - 14, top: 26, bottom: height - 38 };
    const x = (value) => box.left + across.at(value) * (box.right - box.left), y = (value) => box.bottom - up.at(value) * (box.bottom - box.top);
    pen.strokeStyle = css("grid");
    pen.fillStyle = css("soft");
    let free = -Infinity;
    across.ticks.forEach((tick, index) => {
      line(pen, [[x(tick), box.top], [x(tick), box.bottom]]);
      const text = across.text ? across.text(index) : tickText(tick), half = pen.measureText(text).width / 2;
      const centre = Math.min(Math.max(x(tick), half), width - half);
      if (centre - half < free) return;
      free = centre + half + 8;
      write(pen, text, centre, box.bottom + 16, "center");
    });
    for (const tick of up.ticks) {
      line(pen, [[box.left, y(tick)], [box.right, y(tick)]]);
      write(pen, tickText(tick), box.left - 6, y(tick) + 4, "right");
    }
    pen.fillStyle = css("text");
    write(pen, titles[1] + (up.log ? " (logarithmic)" : ""), 0, 13, "left");
    write(pen, titles[0] + (across.log ? " (logarithmic)" : ""), box.right, height - 5, "right");
    return { x, y, box };
  }

  function line(pen, places) {
    pen.beginPath();
    places.forEach(([x, y]) => pen.lineTo(x, y));
    pen.stroke();
  }

  function write(pen, text, x, y, align) {
    pen.textAlign = align;
    pen.fillText(text, x, y);
  }

  function dot(pen, x, y, radius, colour, hollow, ground) {
    pen.beginPath();
    pen.arc(x, y, hollow ? radius - 0.75 : radius, 0, 7);
    pen.fillStyle = hollow ? ground : colour;
    pen.fill();
    pen.strokeStyle = hollow ? colour : ground;
    pen.lineWidth = hollow ? 1.5 : 0.6;
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

  return { screens, number, element, colours, shade, rgb, axisOf, sheet, frame, line, write, dot, star };
})();
