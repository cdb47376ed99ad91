// What Trajectories can be told, and what its colours mean.

import { short } from "../chart_frame.js";
import { el } from "../dom.js";
import { state, update } from "../store.js";

const TRAILS = [[20, "20 steps"], [60, "60 steps"], [200, "200 steps"], [1000, "1000 steps"]];
const PACES = [[4, "4 a second"], [12, "12 a second"], [30, "30 a second"]];
const HUES = 10; // classes that have a colour of their own

/**
 * A row of native controls that change the state.
 * @param {{onPlay: (on: boolean) => void}} acts
 */
export function trajectoryControls({ onPlay }) {
  let on = false;
  const colour = choice("Colour", [], (value) => update({ colour: value }));
  const space = choice("States", [["0", "this one"], ["1", "all of its layer"]], (value) => update({ together: Number(value) }));
  const flat = choice("View", [["1", "two axes"], ["0", "three axes"]], (value) => update({ flat: Number(value) }));
  const trail = choice("Path, either way", TRAILS, (value) => update({ trail: Number(value) }));
  const pace = choice("Pace", PACES, () => onPlay(on));
  const play = el("button", { class: "trajectory-play", type: "button", text: "▶ Play", aria: { pressed: "false" }, on: { click: () => onPlay(!on) } });
  const node = el("div", { class: "trajectory-controls" }, colour, space, flat, trail, pace, play);
  node.pace = () => Number(pace.select.value);
  node.playing = (now) => {
    on = now;
    play.textContent = now ? "❚❚ Pause" : "▶ Play";
    play.setAttribute("aria-pressed", String(now));
  };
  node.redraw = ({ cloud, by }) => {
    const { together = 0, flat: two = 1, trail: long = 60, unit } = state();
    const options = [...cloud.colours.map((other) => [other.by, other.words]), ["time", "time"], ["unit", `unit ${unit}`]];
    colour.select.replaceChildren(...options.map(([value, text]) => el("option", { value, text })));
    colour.select.value = by;
    space.hidden = !cloud.state || cloud.states.length < 2;
    space.select.value = String(together);
    flat.select.value = String(two);
    trail.select.value = String(long);
  };
  return node;
}

function choice(label, options, act) {
  const select = el("select", { on: { change: () => act(select.value) } }, options.map(([value, text]) => el("option", { value: String(value), text })));
  const node = el("label", { class: "heat-choice" }, el("span", { class: "kicker", text: label }), select);
  node.select = select;
  return node;
}

/**
 * The colours of classes, as a canvas takes them.
 * @param {Element} within whose styles they are
 * @param {string[]} names
 * @returns {string[]}
 */
export function classColours(within, names) {
  const probe = el("span", { hidden: true });
  within.append(probe);
  const found = names.map((_, i) => {
    probe.style.setProperty("color", `var(--class-${i % HUES})`);
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}

/**
 * A palette whose faint colours can be seen as dots: mixed with grey, the more the nearer to nothing.
 * @param {Element} within whose colours grey is of
 * @param {string[]} palette of bytes
 * @param {number} nothing the byte that stands for it
 */
export function dotColours(within, palette, nothing) {
  const [grey] = classColours(within, [""]); // the first class is grey
  const parts = (colour) => (colour.startsWith("#") ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) : colour.match(/\d+/g).slice(0, 3).map(Number));
  const dim = parts(grey);
  const most = Math.max(nothing, 254 - nothing);
  return palette.slice(0, 255).map((colour, i) => {
    const share = 0.55 * (1 - Math.abs(i - nothing) / most);
    return `rgb(${parts(colour).map((part, k) => Math.round(part + (dim[k] - part) * share)).join(", ")})`;
  });
}

/**
 * What the colours mean.
 * @param {Object} shown
 * @returns {Node[]}
 */
export function trajectoryLegend({ cloud, coloured, palette, by }) {
  const words = cloud.colours.find((other) => other.by === by)?.words ?? (by === "time" ? "step" : `value of unit ${state().unit}`);
  if (!coloured.names) {
    const stops = [0, 64, 127, 191, 254].map((byte) => palette[byte]).join(", ");
    return [el("span", { class: "heat-ends" }, words, el("span", { class: "mono", text: short(coloured.low) }),
      el("span", { class: "heat-scale", style: { background: `linear-gradient(to right, ${stops})` } }), el("span", { class: "mono", text: short(coloured.high) }))];
  }
  const counts = new Map();
  for (const byte of coloured.bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  const shown = coloured.names.map((name, i) => ({ name, i, count: counts.get(i) ?? 0 })).filter((entry) => entry.count);
  return [el("ul", { class: "legend", aria: { label: words } }, shown.slice(0, 24).map(({ name, i, count }) =>
    el("li", {}, el("span", { class: "swatch", style: { background: palette[i] } }), name, el("span", { class: "muted", text: ` ${((100 * count) / coloured.bytes.length).toFixed(0)} %` }))))];
}
