// The same cell at several steps, side by side, each handing its states to the next.

import { el } from "../dom.js";
import { diagram } from "./learn_diagram.js";

/**
 * A few steps.
 * @param {{now: Object, rolled: Object, step: number, chosen: number, onPick: (step: number) => void}} options
 *   rolled: as the call learn_unrolled gives it
 */
export function unrolled({ now, rolled, step, chosen, onPick }) {
  const width = now.nodes.length;
  const passed = now.states.map((state) => state.name).join(", ");
  const parts = rolled.steps.flatMap((at, i) => {
    const values = Array.from(rolled.values.subarray(i * width, (i + 1) * width), (value) => (Number.isNaN(value) ? null : value));
    const cell = el("button", {
      class: "unrolled-step", type: "button", aria: at === step ? { current: "step" } : {}, on: { click: () => onPick(at) },
    }, el("span", { class: "unrolled-head" }, el("b", { class: "mono", text: rolled.read[i] }), el("span", { class: "muted small", text: ` step ${at.toLocaleString("en")}` })),
      diagram({ now, values, chosen, small: true, label: `step ${at}, reading ${rolled.read[i]}` }));
    const joint = i === 0 ? [] : [el("span", { class: "joint", aria: { hidden: "true" }, text: rolled.fresh[i] ? "starts anew" : `${passed} →` })];
    return [...joint, cell];
  });
  return [el("div", { class: "unrolled" }, parts), el("p", { class: "caption", text: `What one step leaves in ${passed} is what the next one begins with. Click a step to go there.` })];
}
