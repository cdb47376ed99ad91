// What is said while the server is gone; it is asked every two seconds whether it is back.

import { call, onServer } from "./api.js";
import { el } from "./dom.js";

const EVERY = 2000; // ms

/**
 * The banner.
 * @param {boolean} gone whether it already is
 */
export function serverBanner(gone) {
  const node = el("div", { class: "banner", role: "alert" });
  let asking = 0;
  const show = (now) => {
    clearInterval(asking);
    node.hidden = !now;
    node.textContent = now ? "The server has stopped; start `frontal scope …` again. What you see stays, and goes on when it is back." : "";
    if (now) asking = setInterval(() => call("ping", {}, { fresh: true }).catch(() => null), EVERY);
  };
  onServer(show);
  show(gone);
  return node;
}
