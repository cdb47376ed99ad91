// How points, paths and fixed points look on a canvas.

const EDGE = 34; // px around the points
const DOT = 2.4; // px
const SHADES = 16; // of the path's fading
const MARK = 6; // px of a fixed point

/** Colours of kinds of fixed points; told apart by their shapes as well. */
export const KINDS = { stable: "#1f8a70", marginal: "#7a8087", saddle: "#e66101", unstable: "#c2255c" };

/**
 * Where a place (x, y, z) is on the canvas: a function to [x, y, depth].
 * @param {{places: Float32Array, flat: boolean}} options
 * @param {{turn: number, tilt: number, zoom: number, x: number, y: number}} camera
 * @param {number} width
 * @param {number} height
 */
export function placer({ places, flat }, camera, width, height) {
  const reach = reachOf(places);
  const size = flat
    ? Math.min((width - 2 * EDGE) / (reach.high[0] - reach.low[0]), (height - 2 * EDGE) / (reach.high[1] - reach.low[1]))
    : (Math.min(width, height) / 2 - EDGE) / reach.radius;
  const by = size * camera.zoom;
  const [cx, cy] = flat ? [(reach.low[0] + reach.high[0]) / 2, (reach.low[1] + reach.high[1]) / 2] : [0, 0];
  if (flat) return (x, y) => [width / 2 + camera.x + (x - cx) * by, height / 2 + camera.y - (y - cy) * by, 0];
  const [c, s, ct, st] = [Math.cos(camera.turn), Math.sin(camera.turn), Math.cos(camera.tilt), Math.sin(camera.tilt)];
  return (x, y, z) => {
    const [across, depth] = [c * x + s * z, -s * x + c * z];
    return [width / 2 + across * by, height / 2 - (ct * y - st * depth) * by, st * y + ct * depth];
  };
}

const reaches = new WeakMap();

function reachOf(places) {
  if (!reaches.has(places)) {
    const [low, high] = [[Infinity, Infinity], [-Infinity, -Infinity]];
    for (let i = 0; i < places.length; i += 3) {
      for (const k of [0, 1]) {
        low[k] = Math.min(low[k], places[i + k]);
        high[k] = Math.max(high[k], places[i + k]);
      }
    }
    for (const k of [0, 1]) if (!(high[k] > low[k])) [low[k], high[k]] = [(low[k] || 0) - 1, (high[k] || 0) + 1];
    const far = Float32Array.from({ length: places.length / 3 }, (_, i) => Math.hypot(...places.subarray(3 * i, 3 * i + 3))).sort();
    reaches.set(places, { low, high, radius: far[Math.floor(0.92 * (far.length - 1))] || 1 });
  }
  return reaches.get(places);
}

/** All points, and the lines of many sequences, as a canvas of its own: it stays while only the cursor moves. */
export function cloudLayer(options, at, width, height, ratio, colours) {
  const layer = document.createElement("canvas");
  layer.width = width * ratio;
  layer.height = height * ratio;
  const context = layer.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, width, height);
  frame(context, options, at, width, height, colours);
  if (options.sequence) sequences(context, options, at, colours);
  points(context, options, at, colours);
  return layer;
}

function points(context, { places, bytes, palette }, at, colours) {
  const groups = new Map();
  for (let i = 0; i < bytes.length; i++) {
    if (!groups.has(bytes[i])) groups.set(bytes[i], []);
    groups.get(bytes[i]).push(i);
  }
  context.globalAlpha = bytes.length > 5000 ? 0.62 : 0.85;
  const size = bytes.length > 5000 ? DOT : DOT + 1;
  for (const [byte, members] of groups) {
    context.fillStyle = byte === 255 ? colours.muted : palette[byte];
    for (const i of members) {
      const [x, y] = at(places[3 * i], places[3 * i + 1], places[3 * i + 2]);
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
  context.globalAlpha = 1;
}

function sequences(context, { places, bytes, palette, sequence }, at, colours) {
  context.lineWidth = 0.7;
  context.globalAlpha = 0.28;
  let open = false;
  for (let i = 0; i < sequence.length; i++) {
    const [x, y] = at(places[3 * i], places[3 * i + 1], places[3 * i + 2]);
    if (i === 0 || sequence[i] !== sequence[i - 1]) {
      if (open) context.stroke();
      context.beginPath();
      context.strokeStyle = bytes[i] === 255 ? colours.muted : palette[bytes[i]];
      context.moveTo(x, y);
      open = true;
    } else context.lineTo(x, y);
  }
  if (open) context.stroke();
  context.globalAlpha = 1;
}

function frame(context, { shares, flat, places }, at, width, height, colours) {
  context.font = "12px system-ui, sans-serif";
  const words = (k) => `axis ${k + 1} · ${(100 * (shares[k] ?? 0)).toFixed(0)} %`;
  context.fillStyle = colours.muted;
  context.strokeStyle = colours.muted;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  const { radius } = reachOf(places);
  const ends = flat ? [[1, 0, 0], [0, 1, 0]] : [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  ends.forEach((end, k) => {
    const far = flat ? 4 : 1;
    const [a, b] = [at(...end.map((e) => -e * radius * far)), at(...end.map((e) => e * radius * far))];
    context.beginPath();
    context.moveTo(a[0], a[1]);
    context.lineTo(b[0], b[1]);
    context.stroke();
    if (!flat) {
      context.globalAlpha = 1;
      context.fillText(words(k), b[0] + 4, b[1] - 4);
      context.globalAlpha = 0.5;
    }
  });
  context.globalAlpha = 1;
  if (!flat) return;
  context.textAlign = "right";
  context.fillText(words(0), width - 6, height - 8);
  context.textAlign = "left";
  context.fillText(words(1), 6, 16);
}

/** What moves: the path, the cursor, and fixed points. */
export function overlay(context, options, at, width, height, colours) {
  if (options.path) drawPath(context, options, at, colours);
  if (options.fixed) options.fixed.points.forEach((point, i) => drawFixed(context, inside(at(...options.fixed.places.subarray(3 * i, 3 * i + 3)), width, height), point, i, i === options.chosenFixed, colours));
}

/** A place, or the nearest one at the edge: a point out of the picture is drawn there, faint. */
function inside([x, y], width, height) {
  const [px, py] = [Math.min(width - 24, Math.max(12, x)), Math.min(height - 12, Math.max(12, y))];
  return [px, py, px !== x || py !== y];
}

function drawPath(context, { path, step, trail }, at, colours) {
  const here = (i) => at(path.places[3 * i], path.places[3 * i + 1], path.places[3 * i + 2]);
  const [first, last] = [Math.max(0, step - trail - path.first), Math.min(path.fresh.length - 1, step + trail - path.first)];
  const now = step - path.first;
  context.lineCap = "round";
  for (let i = first + 1; i <= last; i++) {
    if (path.fresh[i]) continue;
    const near = 1 - Math.abs(i - now) / (trail + 1);
    const past = i <= now;
    context.globalAlpha = Math.ceil(near * SHADES) / SHADES * (past ? 0.95 : 0.3);
    context.strokeStyle = past ? colours.ink : colours.muted;
    context.lineWidth = past ? 1.6 : 1;
    context.beginPath();
    context.moveTo(...here(i - 1).slice(0, 2));
    context.lineTo(...here(i).slice(0, 2));
    context.stroke();
  }
  context.globalAlpha = 1;
  if (now < 0 || now >= path.fresh.length) return;
  const [x, y] = here(now);
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = colours.accent;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours.panel;
  context.stroke();
}

function drawFixed(context, [x, y, out], { kind, fixed }, number, chosen, colours) {
  context.globalAlpha = out ? 0.45 : 1;
  context.beginPath();
  const size = chosen ? MARK + 3 : MARK;
  if (!fixed) {
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x - size, y + size);
    context.lineTo(x + size, y - size);
  } else if (kind === "saddle") context.rect(x - size * 0.9, y - size * 0.9, 1.8 * size, 1.8 * size);
  else if (kind === "unstable") {
    context.moveTo(x, y - size - 1);
    context.lineTo(x + size + 1, y + size);
    context.lineTo(x - size - 1, y + size);
    context.closePath();
  } else context.arc(x, y, size, 0, 2 * Math.PI);
  context.fillStyle = KINDS[kind];
  if (fixed) context.fill();
  context.lineWidth = fixed ? 2 : 3;
  context.strokeStyle = fixed ? (chosen ? colours.ink : colours.panel) : KINDS[kind];
  context.stroke();
  context.font = "600 12px system-ui, sans-serif";
  context.lineWidth = 4;
  context.strokeStyle = colours.panel;
  context.strokeText(String(number + 1), x + size + 5, y + 4);
  context.fillStyle = colours.ink;
  context.fillText(String(number + 1), x + size + 5, y + 4);
  context.globalAlpha = 1;
}
