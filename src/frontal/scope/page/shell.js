// The microscope: bar, rail, page, inspector and time, around one shared state.

import { onServer } from "./api.js";
import { loadColours } from "./colours.js";
import { el, fill } from "./dom.js";
import { exportView } from "./export.js";
import { helpDialog } from "./help.js";
import { inspector } from "./inspector.js";
import { listenToKeys } from "./keys.js";
import { loadLooks, looks, onLooks } from "./looks.js";
import { registerAll } from "./pages.js";
import { rail } from "./rail.js";
import { serverBanner } from "./server_banner.js";
import { sides } from "./sides.js";
import { state, watch } from "./store.js";
import { timeStrip } from "./time_strip.js";
import { topBar } from "./top_bar.js";
import { views } from "./view.js";

const NIGHT = matchMedia("(prefers-color-scheme: dark)");

/**
 * Open the microscope in an element.
 * @param {HTMLElement} root filled with it; carries data-theme
 * @param {{keys?: EventTarget}} how keys: who hears the keyboard; the root itself where nothing is given
 */
export async function openMicroscope(root, how = {}) {
  registerAll();
  root.classList.add("frontal-scope");
  setTheme(root);
  const waiting = el("p", { class: "opening", role: "status", text: "opening …" });
  fill(root, waiting);
  try {
    await Promise.all([loadColours(themeNow()), loadLooks()]);
    setTheme(root); // the address may have changed meanwhile
    await loadColours(themeNow());
  } catch (error) {
    waiting.textContent = error.message;
    const stop = onServer((gone) => gone || (stop(), openMicroscope(root, how)));
    fill(root, serverBanner(true), waiting);
    return;
  }
  build(root, how);
}

function build(root, how) {
  const main = el("main", { id: "page", tabindex: "-1" });
  const help = helpDialog();
  const failed = el("p", { class: "toast", role: "alert", hidden: true });
  const { turn, close } = sides(root);
  const acts = {
    help: () => help.open_(current(), views()),
    export: (kind) => exportView(kind, main.querySelector(".view")).catch((error) => toast(failed, error.message)),
    sides: turn,
  };
  const top = topBar(acts);
  const skip = el("a", { class: "skip", href: "#page", text: "to the page", on: { click: (event) => (event.preventDefault(), main.focus()) } });
  fill(root, skip, serverBanner(false), top.node, rail(), main, inspector(), timeStrip(), help, failed,
    el("div", { class: "scrim", on: { click: close } }));
  root.addEventListener("frontal-about", acts.help);
  listenToKeys(how.keys ?? root, { ...acts, search: top.search, compare: top.compare, export: top.export, theme: top.theme });
  const bare = () => root.classList.toggle("bare", !looks().length);
  bare();
  onLooks(bare);
  showPages(root, main, close);
  watch(["theme"], () => dress(root, main));
  NIGHT.addEventListener("change", () => dress(root, main));
  onServer((gone) => gone || loadLooks().then(() => main.querySelector(".view")?.refresh()));
}

function showPages(root, main, closeDrawers) {
  const made = new Map();
  const show = () => {
    const View = current();
    if (!made.has(View)) made.set(View, document.createElement(`frontal-${View.page}`));
    fill(main, made.get(View));
    main.scrollTop = 0;
    root.dataset.page = View.page;
    if (root.ownerDocument.title.includes("frontal")) document.title = `${View.tab ?? View.title} · frontal scope`;
    closeDrawers();
  };
  watch(["page"], show);
  show();
}

function current() {
  return views().find((View) => View.page === state().page) ?? views()[0];
}

/** The theme that was chosen; undefined for the system's, and for what an address calls one and is none. */
function wantedTheme() {
  return ["light", "dark"].find((known) => known === state().theme);
}

function themeNow() {
  return wantedTheme() ?? (NIGHT.matches ? "dark" : "light");
}

function setTheme(root) {
  const theme = wantedTheme();
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
}

async function dress(root, main) {
  setTheme(root);
  if (await loadColours(themeNow())) main.querySelector(".view")?.refresh();
}

function toast(node, text) {
  node.textContent = text;
  node.hidden = false;
  setTimeout(() => (node.hidden = true), 6000);
}
