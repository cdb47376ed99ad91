// What the server computes in the background: asked for until it is there, with its progress and a way to stop it.

import { call } from "./api.js";
import { el } from "./dom.js";

const AGAIN = 400; // ms between two questions; where nobody asks any more the server stops by itself

/**
 * The answer once it is there; null where it was stopped, or is no longer wanted.
 * @param {string} name
 * @param {Object} parameters
 * @param {(done: number) => boolean} wanted told how far it is
 */
export async function finished(name, parameters, wanted) {
  let answer = await call(name, parameters, { fresh: true });
  while (answer.done < 1) {
    if (answer.stopped || !wanted(answer.done)) return null;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    if (!wanted(answer.done)) return null;
    answer = await call(name, { ...parameters, going: true }, { fresh: true });
  }
  return call(name, parameters); // kept, so that an exported file has it
}

/**
 * A row that says how far something is, with a button to stop it; it is seen as long as that takes.
 * @param {string} label what is being done
 * @param {{onStop?: () => void}} acts
 * @returns {HTMLElement & {ask: (name: string, parameters: Object, wanted?: () => boolean) => Promise<Object|null>}}
 *   `ask` gives what `finished` gives, null also where the row was taken off the page
 */
export function working(label, { onStop = () => {} } = {}) {
  const bar = el("progress", { max: 1, value: 0, aria: { label } });
  const words = el("span", { class: "muted small", role: "status" });
  let asked = null;
  const stop = el("button", { type: "button", text: "Stop", on: { click: () => end() } });
  const node = el("div", { class: "row working", hidden: true }, bar, words, stop);
  const end = () => {
    const [name, parameters] = asked;
    asked = null;
    node.hidden = true;
    call(name, { ...parameters, stop: true }, { fresh: true }).catch((error) => console.warn(error.message));
    onStop();
  };
  node.ask = async (name, parameters, wanted = () => true) => {
    const mine = [name, parameters];
    asked = mine;
    try {
      return await finished(name, parameters, (done) => {
        const here = asked === mine && node.isConnected && wanted();
        if (here) {
          node.hidden = false;
          bar.value = done;
          words.textContent = `${label}: ${Math.round(100 * done)} %`;
        }
        return here;
      });
    } finally {
      if (asked === mine || asked === null) node.hidden = true;
    }
  };
  return node;
}
